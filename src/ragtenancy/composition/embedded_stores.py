"""The stores that need no service: in memory, and in SQLite with files."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from ragtenancy.composition.every_store import Stores
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.holders import Holders
from ragtenancy.settings import Settings

if TYPE_CHECKING:
    from ragtenancy.adapters.memory.client import Memory
    from ragtenancy.domain.api_keys import Pepper


def memory_stores(
    holders: Holders, clock: Clock, *, memory: Memory | None = None, pepper: Pepper | None = None
) -> Stores:
    """Return stores that are gone with the process."""
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
    from ragtenancy.adapters.memory.peppers import InMemoryPepperStore
    from ragtenancy.adapters.memory.sentence_vectors import InMemorySentenceVectorCache
    from ragtenancy.adapters.memory.session_locks import InMemorySessionLocks
    from ragtenancy.adapters.memory.tenant_configs import InMemoryTenantConfigRepository
    from ragtenancy.adapters.memory.tenant_storage import InMemoryTenantStorage
    from ragtenancy.adapters.memory.tenants import InMemoryTenantRepository
    from ragtenancy.adapters.memory.vectors import InMemoryVectorIndex

    memory = memory or Memory()
    return Stores(
        tenants=InMemoryTenantRepository(memory),
        tenant_configs=InMemoryTenantConfigRepository(memory),
        api_keys=InMemoryApiKeyRepository(memory),
        peppers=InMemoryPepperStore(pepper),
        jobs=InMemoryJobRepository(memory, holders),
        deletions=InMemoryDeletionRepository(memory),
        intent_log=InMemoryIntentLog(memory),
        duties=InMemoryDutyRoster(memory),
        documents=InMemoryDocumentRepository(memory),
        chunks=InMemoryChunkRepository(memory),
        conversations=InMemoryConversationRepository(memory),
        session_locks=InMemorySessionLocks(memory),
        idempotency=InMemoryIdempotencyStore(memory),
        derived_cache=InMemoryDerivedCache(memory),
        blobs=InMemoryBlobStore(memory, clock.now),
        storage=InMemoryTenantStorage(memory),
        vectors=InMemoryVectorIndex(memory),
        sentence_vectors=InMemorySentenceVectorCache(memory),
    )


def sqlite_stores(settings: Settings, holders: Holders, closers: AsyncExitStack) -> Stores:
    """Return the stores of a data folder."""
    from ragtenancy.adapters.files.blobs import FileBlobStore
    from ragtenancy.adapters.files.peppers import FilePepperStore
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
    from ragtenancy.adapters.sqlite.probe import SqliteProbe
    from ragtenancy.adapters.sqlite.sentence_vectors import SqliteSentenceVectorCache
    from ragtenancy.adapters.sqlite.session_locks import SqliteSessionLocks
    from ragtenancy.adapters.sqlite.tenant_configs import SqliteTenantConfigRepository
    from ragtenancy.adapters.sqlite.tenant_files import TenantFiles
    from ragtenancy.adapters.sqlite.tenant_storage import SqliteTenantStorage
    from ragtenancy.adapters.sqlite.tenants import SqliteTenantRepository
    from ragtenancy.adapters.sqlite.vectors import SqliteVectorIndex

    control = ControlFile(settings.data_dir / "control.db")
    files = TenantFiles(settings.data_dir / "tenants")
    closers.push_async_callback(control.close)
    closers.push_async_callback(files.close)
    return Stores(
        tenants=SqliteTenantRepository(control),
        tenant_configs=SqliteTenantConfigRepository(control),
        api_keys=SqliteApiKeyRepository(control),
        peppers=FilePepperStore(settings.data_dir / "pepper.json"),
        jobs=SqliteJobRepository(control, holders),
        deletions=SqliteDeletionRepository(control),
        intent_log=SqliteIntentLog(control),
        duties=SqliteDutyRoster(control),
        documents=SqliteDocumentRepository(files),
        chunks=SqliteChunkRepository(files),
        conversations=SqliteConversationRepository(files),
        session_locks=SqliteSessionLocks(files),
        idempotency=SqliteIdempotencyStore(files),
        derived_cache=SqliteDerivedCache(control, files),
        blobs=FileBlobStore(settings.data_dir / "tenants"),
        storage=SqliteTenantStorage(control, files),
        vectors=SqliteVectorIndex(
            files, max_bytes=settings.index_bytes, most_exact=settings.exact_chunks
        ),
        sentence_vectors=SqliteSentenceVectorCache(files),
        probes=[SqliteProbe(control)],
    )
