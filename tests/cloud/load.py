"""How long a chat's requests take while a bulk load uses the throughput of Cosmos DB.

`python -m tests.cloud.load` writes the table of docs/cosmos.md.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from statistics import quantiles

from msgspec import Struct

from benchmarks.table import markdown, put_between
from ragtenancy.adapters.cosmos.chunks import CosmosChunkRepository
from ragtenancy.adapters.cosmos.client import Cosmos
from ragtenancy.domain.ids import Revision
from tests.cloud.gateway import Throttling
from tests.emulators.cosmos import KEY
from tests.emulators.gateway import running
from tests.factories import ACME, DOCUMENT_ID, chunk, conversation, turn
from tests.unit.adapters.cosmos.counting import TURN, Stores, counting, stores

PAGE = Path(__file__).parents[2] / "docs" / "cosmos.md"
MARKER = "load"
THROUGHPUT = 400
LATENCY = 0.01  # seconds; a request within a region
PAUSE = 0.2  # seconds between two turns
LOADED = [chunk(n, text="Words of a passage. " * 60) for n in range(100)]


class Measured(Struct, frozen=True, kw_only=True):
    """The seconds of each turn, and the chunks loaded per second meanwhile."""

    turns: Sequence[float]
    chunks: float = 0.0

    @property
    def p95(self) -> float:
        """The 95th percentile of the turns' seconds."""
        return quantiles(self.turns, n=20, method="inclusive")[-1]


class Service(Struct, frozen=True, kw_only=True):
    """A database of 400 request units per second with a document and a session."""

    endpoint: str
    name: str

    def opened(self, throughput: int | None = THROUGHPUT) -> Cosmos:
        """Return the client of one process."""
        return Cosmos(self.endpoint, KEY, self.name, throughput=throughput)


@asynccontextmanager
async def service() -> AsyncIterator[Service]:
    """Serve until the context ends."""
    async with counting() as filled:
        endpoint = (await filled.inner.client()).client_connection.url_connection
        with running(Throttling(endpoint, latency=LATENCY, throughput=THROUGHPUT)) as way:
            yield Service(endpoint=way.endpoint, name=filled.database_name)


async def chat(to: Stores, seconds: float, first: int) -> Sequence[float]:
    """Run the requests of one turn after another; return the seconds of each."""
    end, taken = time.monotonic() + seconds, list[float]()
    for n in count(first):
        start = time.monotonic()
        if start > end:
            break
        for name, use in TURN.items():
            if name == "add the turn":
                await to.conversations.append(ACME, conversation(), turn(n))
            else:
                await use(to)
        taken.append(time.monotonic() - start)
        await asyncio.sleep(PAUSE)
    return taken


async def load(cosmos: Cosmos, staged: list[int], name: str = "1") -> None:
    """Stage one revision of a hundred chunks after another until cancelled."""
    chunks = CosmosChunkRepository(cosmos)
    for n in count():
        await chunks.stage(ACME, DOCUMENT_ID, Revision(f"{name}{n}-1"), LOADED)
        staged.append(len(LOADED))


async def beside_load(cosmos: Cosmos, seconds: float, first: int) -> Measured:
    """Measure turns in the process that loads."""
    staged: list[int] = []
    loading = asyncio.create_task(load(cosmos, staged))
    await asyncio.sleep(1)
    turns = await chat(stores(cosmos), seconds, first)
    loading.cancel()
    await asyncio.wait([loading])
    return Measured(turns=turns, chunks=sum(staged) / (seconds + 1))


async def beside_loaders(
    service: Service, seconds: float, first: int, *, processes: int
) -> Measured:
    """Measure turns while other processes load."""
    cosmos = service.opened()
    command = [sys.executable, "-m", __spec__.name, service.endpoint, service.name]
    loaders = [
        await asyncio.create_subprocess_exec(
            *command, str(n + 2), stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[2]
        )
        for n in range(processes)
    ]
    await asyncio.gather(*(loader.stdout.readline() for loader in loaders if loader.stdout))
    turns = await chat(stores(cosmos), seconds, first)
    for loader in loaders:
        loader.kill()
    told = await asyncio.gather(*(loader.communicate() for loader in loaders))
    await cosmos.close()
    loaded = sum(out.count(b"\n") for out, _ in told) * len(LOADED)
    return Measured(turns=turns, chunks=loaded / seconds)


async def solo(cosmos: Cosmos, seconds: float, first: int) -> Measured:
    """Measure turns alone."""
    return Measured(turns=await chat(stores(cosmos), seconds, first))


async def table(seconds: float = 30.0) -> str:
    """Return what was measured in each case."""
    async with service() as served:
        told, untold = served.opened(), served.opened(throughput=None)
        rows = [
            ("nobody", await solo(told, seconds, 1_000)),
            ("the same process", await beside_load(told, seconds, 2_000)),
            (
                "the same process, throughput not set",
                await beside_load(untold, seconds, 3_000),
            ),
            ("another process", await beside_loaders(served, seconds, 4_000, processes=1)),
            ("three others", await beside_loaders(served, seconds, 5_000, processes=3)),
        ]
        await told.close()
        await untold.close()
    return markdown(("load by", "turns", "p95 of a turn, ms", "chunks/s"), map(_row, rows))


def _row(named: tuple[str, Measured]) -> Sequence[str]:
    name, measured = named
    figures = (len(measured.turns), 1_000 * measured.p95, measured.chunks)
    return (name, *(f"{figure:.0f}" for figure in figures))


async def _loader(endpoint: str, database: str, name: str) -> None:
    """Load until killed, with a line for each revision."""
    staged = _Printed()
    await load(Service(endpoint=endpoint, name=database).opened(), staged, name)


class _Printed(list[int]):
    def append(self, staged: int) -> None:
        """Print what was staged."""
        print(staged, flush=True)  # noqa: T201 - whoever started this process counts it


if __name__ == "__main__":
    if len(sys.argv) == 4:
        asyncio.run(_loader(*sys.argv[1:]))
    else:
        put_between(PAGE, MARKER, asyncio.run(table()))
