"""Every store of one family at once, with two tenants in it."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import apsw
from msgspec import Struct

from ragtenancy.adapters.files.blobs import FileBlobStore
from ragtenancy.adapters.memory.api_keys import InMemoryApiKeyRepository
from ragtenancy.adapters.memory.blobs import InMemoryBlobStore
from ragtenancy.adapters.memory.chunks import InMemoryChunkRepository
from ragtenancy.adapters.memory.client import Memory
from ragtenancy.adapters.memory.conversations import InMemoryConversationRepository
from ragtenancy.adapters.memory.deletions import InMemoryDeletionRepository
from ragtenancy.adapters.memory.derived_cache import InMemoryDerivedCache
from ragtenancy.adapters.memory.documents import InMemoryDocumentRepository
from ragtenancy.adapters.memory.idempotency import InMemoryIdempotencyStore
from ragtenancy.adapters.memory.intents import InMemoryDutyRoster, InMemoryIntentLog
from ragtenancy.adapters.memory.jobs import InMemoryJobRepository
from ragtenancy.adapters.memory.sentence_vectors import InMemorySentenceVectorCache
from ragtenancy.adapters.memory.session_locks import InMemorySessionLocks
from ragtenancy.adapters.memory.tenant_configs import InMemoryTenantConfigRepository
from ragtenancy.adapters.memory.tenant_storage import InMemoryTenantStorage
from ragtenancy.adapters.memory.tenants import InMemoryTenantRepository
from tests.scripted.holders import ScriptedHolders
from ragtenancy.adapters.sqlite.api_keys import SqliteApiKeyRepository
from ragtenancy.adapters.sqlite.chunks import SqliteChunkRepository
from ragtenancy.adapters.sqlite.client import ControlFile
from ragtenancy.adapters.sqlite.conversations import SqliteConversationRepository
from ragtenancy.adapters.sqlite.deletions import SqliteDeletionRepository
from ragtenancy.adapters.sqlite.derived_cache import SqliteDerivedCache
from ragtenancy.adapters.sqlite.documents import SqliteDocumentRepository
from ragtenancy.adapters.sqlite.idempotency import SqliteIdempotencyStore
from ragtenancy.adapters.sqlite.intents import SqliteDutyRoster, SqliteIntentLog
from ragtenancy.adapters.sqlite.jobs import SqliteJobRepository
from ragtenancy.adapters.sqlite.sentence_vectors import SqliteSentenceVectorCache
from ragtenancy.adapters.sqlite.session_locks import SqliteSessionLocks
from ragtenancy.adapters.sqlite.tenant_configs import SqliteTenantConfigRepository
from ragtenancy.adapters.sqlite.tenant_files import TenantFiles
from ragtenancy.adapters.sqlite.tenant_storage import SqliteTenantStorage
from ragtenancy.adapters.sqlite.tenants import SqliteTenantRepository
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.api_keys import ApiKeyRepository
from ragtenancy.ports.blobs import BlobStore
from ragtenancy.ports.chunks import ChunkRepository
from ragtenancy.ports.conversations import ConversationRepository
from ragtenancy.ports.deletions import DeletionRepository
from ragtenancy.ports.derived_cache import DerivedCache
from ragtenancy.ports.documents import DocumentRepository
from ragtenancy.ports.duties import DutyRoster
from ragtenancy.ports.idempotency import IdempotencyStore
from ragtenancy.ports.intents import IntentLog
from ragtenancy.ports.jobs import JobRepository
from ragtenancy.ports.sentence_vectors import SentenceVectorCache
from ragtenancy.ports.session_locks import SessionLocks
from ragtenancy.ports.tenant_configs import TenantConfigRepository
from ragtenancy.ports.tenant_storage import TenantStorage
from ragtenancy.ports.tenants import TenantRepository
from tests.contract.backends import Backend, Tier, params
from tests.factories import ACME, GLOBEX

Misfile = Callable[[TenantScope, TenantScope], Awaitable[None]]


class House(Struct, frozen=True, kw_only=True):
    """The stores of a family; `misfile(one, other)` puts what is one's where the other's lies."""

    tenants: TenantRepository
    configs: TenantConfigRepository
    api_keys: ApiKeyRepository
    jobs: JobRepository
    deletions: DeletionRepository
    intents: IntentLog
    duties: DutyRoster
    documents: DocumentRepository
    chunks: ChunkRepository
    conversations: ConversationRepository
    locks: SessionLocks
    idempotency: IdempotencyStore
    derived: DerivedCache
    blobs: BlobStore
    storage: TenantStorage
    holders: ScriptedHolders
    misfile: Misfile
    sentence_vectors: SentenceVectorCache | None = None


@asynccontextmanager
async def memory_house(folder: Path) -> AsyncIterator[House]:  # noqa: ARG001 - the frame gives it
    memory, holders = Memory(), ScriptedHolders()

    async def misfile(one: TenantScope, other: TenantScope) -> None:
        memory.containers[other.tenant_uid] = memory.containers[one.tenant_uid]
        for table in (memory.configs, memory.api_keys, memory.jobs):
            table.rekey(lambda key: (other.tenant_uid, key[1]) if key[0] == one.tenant_uid else key)
        owners = memory.key_owners
        owners.update({k: other.tenant_uid for k, uid in owners.items() if uid == one.tenant_uid})

    house = House(
        tenants=InMemoryTenantRepository(memory),
        configs=InMemoryTenantConfigRepository(memory),
        api_keys=InMemoryApiKeyRepository(memory),
        jobs=InMemoryJobRepository(memory, holders),
        deletions=InMemoryDeletionRepository(memory),
        intents=InMemoryIntentLog(memory),
        duties=InMemoryDutyRoster(memory),
        documents=InMemoryDocumentRepository(memory),
        chunks=InMemoryChunkRepository(memory),
        conversations=InMemoryConversationRepository(memory),
        locks=InMemorySessionLocks(memory),
        idempotency=InMemoryIdempotencyStore(memory),
        derived=InMemoryDerivedCache(memory),
        sentence_vectors=InMemorySentenceVectorCache(memory),
        blobs=InMemoryBlobStore(memory),
        storage=InMemoryTenantStorage(memory),
        holders=holders,
        misfile=misfile,
    )
    await move_in(house)
    yield house


@asynccontextmanager
async def sqlite_house(folder: Path) -> AsyncIterator[House]:
    control, files = ControlFile(folder / "control.db"), TenantFiles(folder / "tenants")
    holders = ScriptedHolders()

    async def misfile(one: TenantScope, other: TenantScope) -> None:
        shutil.rmtree(files.folder(other))
        shutil.copytree(files.folder(one), files.folder(other))
        for table in ("tenant_configs", "api_keys", "jobs"):
            await control.write(partial(_rename_owner, table, one, other))

    house = House(
        tenants=SqliteTenantRepository(control),
        configs=SqliteTenantConfigRepository(control),
        api_keys=SqliteApiKeyRepository(control),
        jobs=SqliteJobRepository(control, holders),
        deletions=SqliteDeletionRepository(control),
        intents=SqliteIntentLog(control),
        duties=SqliteDutyRoster(control),
        documents=SqliteDocumentRepository(files),
        chunks=SqliteChunkRepository(files),
        conversations=SqliteConversationRepository(files),
        locks=SqliteSessionLocks(files),
        idempotency=SqliteIdempotencyStore(files),
        derived=SqliteDerivedCache(control, files),
        sentence_vectors=SqliteSentenceVectorCache(files),
        blobs=FileBlobStore(folder / "tenants"),
        storage=SqliteTenantStorage(control, files),
        holders=holders,
        misfile=misfile,
    )
    await move_in(house)
    yield house
    await files.close()
    await control.close()


def _rename_owner(table: str, one: TenantScope, other: TenantScope, db: apsw.Connection) -> None:
    query = f"UPDATE {table} SET tenant_uid = ? WHERE tenant_uid = ?"  # noqa: S608 - a test's
    db.execute(query, (other.tenant_uid, one.tenant_uid))


def in_houses(in_memory: type, embedded: type) -> list[Any]:
    """Return a suite's backends: an adapter of each family."""
    return params(
        Backend[House](name="memory", tier=Tier.FAKE, adapter=in_memory, open=memory_house),
        Backend[House](name="sqlite", tier=Tier.EMBEDDED, adapter=embedded, open=sqlite_house),
    )


async def move_in(house: House) -> None:
    """Make the containers of two tenants; whatever registers tenants is there before them."""
    await house.tenants.page(limit=1)
    await house.storage.create(ACME)
    await house.storage.create(GLOBEX)
