"""How many requests an operation makes; docs/cosmos.md has them as a table."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from msgspec import Struct

from ragtenancy.adapters.cosmos.chunks import CosmosChunkRepository
from ragtenancy.adapters.cosmos.client import Cosmos
from ragtenancy.adapters.cosmos.conversations import CosmosConversationRepository
from ragtenancy.adapters.cosmos.documents import CosmosDocumentRepository
from ragtenancy.adapters.cosmos.session_locks import CosmosSessionLocks
from ragtenancy.adapters.cosmos.tenant_storage import CosmosTenantStorage
from ragtenancy.domain.ids import ChunkId
from tests.emulators.cosmos import cosmos_database
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
from tests.unit.adapters.cosmos.interrupted import Counting

pytestmark = pytest.mark.emulator


class Stores(Struct, frozen=True, kw_only=True):
    """The stores that a chat asks."""

    documents: CosmosDocumentRepository
    chunks: CosmosChunkRepository
    conversations: CosmosConversationRepository
    locks: CosmosSessionLocks


def stores(cosmos: Cosmos) -> Stores:
    return Stores(
        documents=CosmosDocumentRepository(cosmos),
        chunks=CosmosChunkRepository(cosmos),
        conversations=CosmosConversationRepository(cosmos),
        locks=CosmosSessionLocks(cosmos),
    )


@pytest.fixture
async def database() -> AsyncIterator[Cosmos]:
    async with cosmos_database() as opened:
        await CosmosTenantStorage(opened).create(ACME)
        filled = stores(opened)
        await filled.documents.add(ACME, active_document())
        await filled.chunks.stage(ACME, DOCUMENT_ID, REVISION, [chunk(n) for n in range(5)])
        await filled.conversations.append(ACME, conversation(), turn(0))
        yield opened


Use = Callable[[Stores], Awaitable[object]]
CHUNKS = [ChunkId(f"{DOCUMENT_ID}#{REVISION}#{n:06d}") for n in range(5)]
UNTIL = NOW + 30 * SECOND
USES: dict[str, tuple[Use, list[str]]] = {
    "manifest, nothing new": (
        lambda to: to.documents.manifest(ACME, since=1),
        ["read documents"],
    ),
    "manifest, whole": (
        lambda to: to.documents.manifest(ACME),
        ["read documents", "query documents", "read documents"],
    ),
    "manifest, one moved": (
        lambda to: to.documents.manifest(ACME, since=0),
        ["read documents", "query documents", "read documents", "read documents"],
    ),
    "chunks": (lambda to: to.chunks.get(ACME, CHUNKS), ["query chunks"]),
    "conversation": (
        lambda to: to.conversations.get(ACME, SESSION_ID, last=6),
        ["read conversations", "query conversations"],
    ),
    "append": (
        lambda to: to.conversations.append(ACME, conversation(), turn(1)),
        ["read conversations", "batch conversations"],
    ),
    "acquire": (
        lambda to: to.locks.acquire(ACME, SESSION_ID, "one", now=NOW, until=UNTIL),
        ["read documents", "create locks"],
    ),
    "document": (lambda to: to.documents.get(ACME, DOCUMENT_ID), ["read documents"]),
    "save": (
        lambda to: to.documents.save(ACME, active_document()),
        ["read documents", "read documents", "batch documents"],
    ),
}


@pytest.mark.parametrize(("use", "requests"), USES.values(), ids=USES)
async def test_an_operation_makes_few_requests(
    database: Cosmos, use: Use, requests: list[str]
) -> None:
    counting = Counting(database)

    await use(stores(counting))

    assert counting.requests == requests


async def test_a_release_reads_the_lock_and_deletes_that_version(database: Cosmos) -> None:
    await stores(database).locks.acquire(ACME, SESSION_ID, "one", now=NOW, until=UNTIL)
    counting = Counting(database)

    await stores(counting).locks.release(ACME, SESSION_ID, "one")

    assert counting.requests == ["read locks", "batch locks"]
