"""The bill of Cosmos DB and Pinecone, for installations of 10 and of 10,000 clients.

`python -m tests.cloud.bill` runs the product between charging gateways and writes the tables of
docs/cosmos.md and docs/pinecone.md. The other clients are copies of one with a small document.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import Any

from msgspec import Struct

from benchmarks.table import markdown, put_between
from ragtenancy.app.webhooks.announcing import LONGEST_IDLE
from ragtenancy.container import Container
from ragtenancy.library.rag import RagTenancy
from ragtenancy.settings import load_settings
from tests.emulators import pinecone, state
from tests.emulators.charging_gateway import ChargingGateway, charging_gateway
from tests.emulators.tariffs import Charge, CosmosTariff, PineconeTariff
from tests.process.cloud import Cloud, cloud_services
from tests.process.running import OPERATOR
from tests.unit.adapters.cosmos.counting import MARKER, staging, table
from tests.unit.adapters.cosmos.counting import PAGE as COSMOS_PAGE

PINECONE_PAGE = COSMOS_PAGE.with_name("pinecone.md")
SIZES: Mapping[int, int] = {10: 1, 10_000: 10}  # clients: physical partitions of each container
CHUNKS = 800
LOOKS_PER_HOUR, SWEEPS_PER_HOUR = 1_800, 12
DELIVERIES_PER_HOUR = 3_600 // int(LONGEST_IDLE.total_seconds())
QUESTION = "What is rule 17?"
TEMPLATE = "template-0000"
LETTERS = str.maketrans("0123456789", "abcdefghij")  # a uid has no 0 and no 1
CONFIG = {"chunking": {"target_tokens": 64, "overlap_tokens": 0}}


class Bill(Struct, frozen=True, kw_only=True):
    """The charges of one use, by service."""

    cosmos: Sequence[Charge]
    pinecone: Sequence[Charge]

    def times(self, number: int) -> Bill:
        return Bill(cosmos=list(self.cosmos) * number, pinecone=list(self.pinecone) * number)

    def plus(self, other: Bill) -> Bill:
        return Bill(
            cosmos=[*self.cosmos, *other.cosmos], pinecone=[*self.pinecone, *other.pinecone]
        )


Bills = Mapping[str, Bill]


class Desk(Struct, frozen=True, kw_only=True):
    """An installation between two gateways."""

    rag: RagTenancy
    container: Container
    cosmos: ChargingGateway
    pinecone: ChargingGateway

    async def bill(self, use: Awaitable[object]) -> Bill:
        """Return what a use costs; free requests are left out."""
        self.cosmos.bill.clear()
        self.pinecone.bill.clear()
        await use
        return Bill(cosmos=_charged(self.cosmos), pinecone=_charged(self.pinecone))


def _charged(gateway: ChargingGateway) -> Sequence[Charge]:
    return [charge for charge in gateway.bill if charge.units]


def document(chunks: int = CHUNKS) -> bytes:
    """Return a document of as many chunks."""
    rules = (f"Rule {n} " + " ".join(f"word{n}x{i}" for i in range(8)) for n in range(chunks))
    return "".join(f"# {rule.split(' word')[0]}\n\n{rule}.\n\n" for rule in rules).encode()


async def bills_of(desk: Desk) -> Bills:
    """Return the bill of every use of the table."""
    sweeper, worker = desk.container.sweeper(), desk.container.worker()
    await desk.rag.create_tenant("acme", config=CONFIG)
    acme = desk.rag.tenant("acme")
    look = await desk.bill(worker.run(until_idle=True))
    deliver = await desk.bill(desk.container.deliverer().deliver_due())
    own = await desk.bill(sweeper.sweep_in_turn())
    others = await desk.bill(sweeper.sweep_in_turn())

    async def upload() -> None:
        job = await acme.ingest(document(), filename="rules.md", wait=False)
        await worker.run(until_idle=True)
        done = await acme.job(job.job_id)
        print(f"{done.job.counts.total_chunks} chunks", file=sys.stderr)  # noqa: T201

    uploaded = await desk.bill(upload())
    await acme.ask(QUESTION, session_id="one")
    asked = await desk.bill(acme.ask("What is rule 18?", session_id="one"))
    deleted = await desk.bill(desk.rag.delete_tenant("acme"))
    deliveries = deliver.times(DELIVERIES_PER_HOUR)
    looks = look.times(LOOKS_PER_HOUR).plus(deliveries)
    return {
        "an idle hour: a server that sweeps, and a worker": looks.plus(own.times(SWEEPS_PER_HOUR)),
        "an idle hour of each further worker": looks,
        "an idle hour of each further server": others.times(SWEEPS_PER_HOUR).plus(deliveries),
        f"an upload of {CHUNKS} chunks": uploaded,
        "a question": asked,
        f"a client deleted, with {CHUNKS} chunks": deleted,
    }


@asynccontextmanager
async def desk(services: Cloud, folder: Path, partitions: int) -> AsyncIterator[Desk]:
    """Open an installation whose requests pass the gateways."""
    given = services.variables
    pinecone_server = pinecone.server().url
    with (
        charging_gateway(given["COSMOS_ENDPOINT"], CosmosTariff(partitions)) as cosmos,
        charging_gateway(pinecone_server, PineconeTariff()) as vectors,
    ):
        variables = {
            **given,
            "COSMOS_ENDPOINT": cosmos.url,
            "RAGTENANCY_PINECONE_HOST": vectors.url,
            "ADMIN_API_KEY": OPERATOR,
            "RAGTENANCY_DATA_DIR": str(folder),
        }
        container = Container(settings=load_settings(variables))
        async with RagTenancy.open(container=container, worker=False) as rag:
            yield Desk(rag=rag, container=container, cosmos=cosmos, pinecone=vectors)


async def one_client(services: Cloud, folder: Path) -> dict[str, Any]:
    """Create a client with a small document; return what the services hold."""
    async with desk(services, folder, 1) as at:
        await at.rag.create_tenant(TEMPLATE)
        await at.rag.tenant(TEMPLATE).ingest(document(1), filename="one.md", wait=False)
        await at.rag.work(until_idle=True)
        await at.rag.deliver(until_idle=True)
    return {
        "cosmos": state.dump_cosmos(services.variables["COSMOS_ENDPOINT"]),
        "pinecone": state.dump_pinecone(services.project),
        "blobs": state.dump_azurite(services.variables["RAGTENANCY_BLOB_ENDPOINT"]),
    }


def load_copies(kept: Mapping[str, Any], clients: int, services: Cloud) -> None:
    """Give the services copies of the client; their originals are left out."""
    cosmos = deepcopy(dict(kept["cosmos"]))
    for name, container in cosmos.items():
        container["definition"].pop("defaultTtl", None)  # the emulator walks all items for it
        container["items"] = list(_copied(name, container["items"], clients))
    vectors = dict(kept["pinecone"])
    spaces = vectors["namespaces"]
    renamed = {name: space for name, space in spaces.items() if name != TEMPLATE}
    renamed |= {_client(n): spaces[TEMPLATE] for n in range(clients)}
    state.load_cosmos(services.variables["COSMOS_ENDPOINT"], cosmos)
    state.load_pinecone(services.project, {**vectors, "namespaces": renamed})
    blobs = services.variables["RAGTENANCY_BLOB_ENDPOINT"]
    state.load_azurite(blobs, {name: {} for name in kept["blobs"]})


def _copied(container: str, items: Sequence[Any], clients: int) -> Sequence[Any]:
    text = json.dumps([item for item in items if TEMPLATE in json.dumps(item)])
    shared = [item for item in items if TEMPLATE not in json.dumps(item)]
    uids = {item["tenant_uid"] for item in json.loads(text) if "tenant_uid" in item}
    copies = []
    for number in range(clients):
        copy = text.replace(TEMPLATE, _client(number))
        for uid in uids:
            copy = copy.replace(uid, _numbered(uid, number))
        made = json.loads(copy)
        if container.endswith("/api_keys"):
            made = [{**item, "id": _numbered(item["id"], number)} for item in made]
        copies += made
    return [*shared, *copies]


def _numbered(name: str, number: int) -> str:
    return name[:-5] + f"{number:05d}".translate(LETTERS)


def _client(number: int) -> str:
    return f"client-{number:06d}"


async def measured() -> Mapping[int, Bills]:
    """Return the bills for each number of clients."""
    found: dict[int, Bills] = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        with cloud_services(folder / "template") as services:
            kept = await one_client(services, folder / "data")
        for clients, partitions in SIZES.items():
            load = partial(load_copies, kept, clients - 1)
            with cloud_services(folder / "setup", load=load) as services:
                async with desk(services, folder / f"data-{clients}", partitions) as at:
                    found[clients] = await bills_of(at)
    return found


def cosmos_table(found: Mapping[int, Bills]) -> str:
    """Return the table of docs/cosmos.md."""
    head = [
        cell
        for size in found
        for cell in (f"requests, {size:,} clients", "RU by Session", "RU by Strong")
    ]
    rows = [
        (use, *(cell for bills in found.values() for cell in _cells(bills[use].cosmos)))
        for use in next(iter(found.values()))
    ]
    return markdown(("", *head), rows)


def pinecone_table(found: Mapping[int, Bills]) -> str:
    """Return the table of docs/pinecone.md."""
    head = [
        cell
        for size in found
        for cell in (f"requests, {size:,} clients", "read units", "write units")
    ]
    rows = [
        (use, *(cell for bills in found.values() for cell in _cells_of_both(bills[use].pinecone)))
        for use in next(iter(found.values()))
    ]
    return markdown(("", *head), rows)


def _cells(charges: Sequence[Charge]) -> Sequence[str]:
    reads, writes = sum(c.reads for c in charges), sum(c.writes for c in charges)
    return (f"{len(charges):,}", f"{reads + writes:,.0f}", f"{2 * reads + writes:,.0f}")


def _cells_of_both(charges: Sequence[Charge]) -> Sequence[str]:
    reads, writes = sum(c.reads for c in charges), sum(c.writes for c in charges)
    return (f"{len(charges):,}", f"{reads:,.2f}", f"{writes:,.0f}")


def main() -> None:
    """Write both pages."""
    put_between(COSMOS_PAGE, MARKER, asyncio.run(table()))
    put_between(COSMOS_PAGE, "staging", asyncio.run(staging()))
    found = asyncio.run(measured())
    put_between(COSMOS_PAGE, "bill", cosmos_table(found))
    put_between(PINECONE_PAGE, "bill", pinecone_table(found))


if __name__ == "__main__":
    main()
