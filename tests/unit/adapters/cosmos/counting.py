"""What the operations of a chat ask of Cosmos DB, and what that costs by a model.

`make bill` writes the tables of docs/cosmos.md.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from benchmarks.table import markdown
from ragtenancy.adapters.cosmos.chunks import CosmosChunkRepository
from ragtenancy.adapters.cosmos.client import Cosmos
from ragtenancy.adapters.cosmos.conversations import (
    CosmosConversationRepository,
    CosmosSessionLocks,
)
from ragtenancy.adapters.cosmos.documents import CosmosDocumentRepository
from ragtenancy.adapters.cosmos.items import Items
from ragtenancy.adapters.cosmos.tenant_state import CosmosTenantStorage
from ragtenancy.domain.usage import Counts, UsageRow
from tests.emulators.cosmos import cosmos_database
from tests.emulators.request_units import write_units
from tests.factories import (
    ACME,
    DOCUMENT_ID,
    NOW,
    REVISION,
    SECOND,
    SESSION_ID,
    active_document,
    chunk,
    conversation,
    turn,
)
from tests.scripted.holders import ScriptedHolders

if TYPE_CHECKING:
    from azure.cosmos.aio import ContainerProxy

PAGE = Path(__file__).parents[4] / "docs" / "cosmos.md"
MARKER = "requests"
UNTIL = NOW + 30 * SECOND
CHUNKS = [chunk(n) for n in range(5)]
TEXT = "passage " * 200
USED = UsageRow(day=NOW.date(), key_id="key1", model="gpt", counts=Counts(questions=1))
POINT_READ, WRITE, QUERY = 1, 6, 3  # request units, of up to 1 KB each


class Recorder:
    """A container that tells what its batches are made of."""

    def __init__(self, container: ContainerProxy, requests: list[str]) -> None:
        self._container = container
        self._requests = requests

    def __getattr__(self, name: str) -> Any:
        return getattr(self._container, name)

    async def execute_item_batch(self, operations: Sequence[Any], *given: Any, **more: Any) -> Any:
        """Do the batch."""
        done = await self._container.execute_item_batch(operations, *given, **more)
        self._requests[-1] += f": {', '.join(operation[0] for operation in operations)}"
        return done


class Counting(Cosmos):
    """Lists its requests, e.g. `read documents` or `batch conversations: read, create`."""

    def __init__(self, cosmos: Cosmos) -> None:
        super().__init__("", None, cosmos.database_name)
        self.inner = cosmos
        self.requests: list[str] = []
        self.partitions: list[str] = []

    async def container(self, name: str) -> ContainerProxy:
        recorder: Any = Recorder(await self.inner.container(name), self.requests)
        return recorder  # type: ignore[no-any-return]

    def count_charge(
        self, container: str, operation: str, client_id: str, headers: Mapping[str, Any]
    ) -> None:
        self.inner.count_charge(container, operation, client_id, headers)
        self.requests.append(f"{operation} {container}")
        self.partitions.append(client_id)


class Stores(Struct, frozen=True, kw_only=True):
    """The stores that a chat turn uses."""

    documents: CosmosDocumentRepository
    chunks: CosmosChunkRepository
    conversations: CosmosConversationRepository
    locks: CosmosSessionLocks


def stores(cosmos: Cosmos) -> Stores:
    """Return the stores of a database."""
    return Stores(
        documents=CosmosDocumentRepository(cosmos),
        chunks=CosmosChunkRepository(cosmos),
        conversations=CosmosConversationRepository(cosmos),
        locks=CosmosSessionLocks(cosmos, ScriptedHolders()),
    )


Use = Callable[[Stores], Awaitable[object]]
TURN: Mapping[str, Use] = {
    "lock the session": lambda to: to.locks.acquire(ACME, SESSION_ID, "one", now=NOW, until=UNTIL),
    "read the session and its last turns": lambda to: to.conversations.get(
        ACME, SESSION_ID, last=6
    ),
    "read the manifest, unchanged": lambda to: to.documents.manifest(ACME, since=1),
    "read the hits' texts": lambda to: to.chunks.get(ACME, [each.chunk_id for each in CHUNKS]),
    "read the hits' neighbours": lambda to: to.chunks.neighbours(ACME, CHUNKS, 6),
    "add the turn": lambda to: to.conversations.append(ACME, conversation(), turn(1), [USED]),
    "unlock the session": lambda to: to.locks.release(ACME, SESSION_ID, "one"),
}
OTHERS: Mapping[str, Use] = {
    "add a session's first turn": lambda to: to.conversations.append(
        ACME, conversation(session_id="new"), turn(0)
    ),
    "read the manifest, one document changed": lambda to: to.documents.manifest(ACME, since=0),
    "read the whole manifest": lambda to: to.documents.manifest(ACME),
    "save a document": lambda to: to.documents.save(ACME, active_document()),
}


@asynccontextmanager
async def counting() -> AsyncIterator[Counting]:
    """Open a database with a document and a session of one turn."""
    async with cosmos_database() as opened:
        await CosmosTenantStorage(opened).create(ACME)
        filled = stores(opened)
        await filled.documents.add(ACME, active_document())
        await filled.chunks.stage(ACME, DOCUMENT_ID, REVISION, CHUNKS)
        await filled.conversations.append(ACME, conversation(), turn(0))
        yield Counting(opened)


async def table() -> str:
    """Return the requests of each operation as a table."""
    async with counting() as cosmos:
        to = stores(cosmos)
        in_turn = [(name, await _requests(cosmos, use(to))) for name, use in TURN.items()]
        others = [(name, await _requests(cosmos, use(to))) for name, use in OTHERS.items()]
    whole = [request for _, requests in in_turn for request in requests]
    rows = [_row(*each) for each in [*in_turn, ("**a whole turn**", whole), *others]]
    return markdown(("operation", "reads", "writes", "queries", "estimated RU"), rows)


async def staging() -> str:
    """Return what staging a revision of a hundred chunks sends and costs, as a table."""
    async with cosmos_database() as opened:
        await CosmosTenantStorage(opened).create(ACME)
        cosmos = Counting(opened)
        chunks = [chunk(n, text=TEXT) for n in range(100)]
        await CosmosChunkRepository(cosmos).stage(ACME, DOCUMENT_ID, REVISION, chunks)
        items = await Items(opened, "chunks").query(ACME.tenant_id, "*", "c.ordinal >= 0")
    sizes = [len(json.dumps(item)) for item in items]
    units = sum(map(write_units, sizes)) + QUERY + POINT_READ
    row = (
        f"stage {len(items)} chunks of 200 words",
        str(len(cosmos.requests)),
        f"{sum(sizes) / len(sizes) / 1_000:.1f}",
        f"{units:.0f}",
        f"{units / len(items):.1f}",
    )
    return markdown(("operation", "requests", "kB per item", "estimated RU", "per chunk"), [row])


async def _requests(cosmos: Counting, use: Awaitable[object]) -> list[str]:
    before = len(cosmos.requests)
    await use
    return cosmos.requests[before:]


def _row(name: str, requests: Sequence[str]) -> Sequence[str]:
    kinds = Counter(request.partition(" ")[0] for request in requests)
    reads, queries = kinds.pop("read", 0), kinds.pop("query", 0)
    counted = (reads, kinds.total(), queries, sum(map(_units, requests)))
    return (name, *(str(n) if n else "" for n in counted))


def _units(request: str) -> int:
    kind, _, rest = request.partition(" ")
    if kind == "batch":
        return sum(map(_units, rest.partition(": ")[2].split(", ")))
    return {"read": POINT_READ, "query": QUERY}.get(kind, WRITE)
