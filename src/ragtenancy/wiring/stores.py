"""Every store of records and bytes, of the backends that the settings choose."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack

from msgspec import Struct

from ragtenancy.ports.api_keys import ApiKeyRepository, PepperStore
from ragtenancy.ports.blobs import BlobStore
from ragtenancy.ports.chunks import ChunkRepository
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.conversations import ConversationRepository
from ragtenancy.ports.deletions import DeletionRepository
from ragtenancy.ports.derived_cache import DerivedCache
from ragtenancy.ports.documents import DocumentRepository
from ragtenancy.ports.health import Probe
from ragtenancy.ports.holders import Holders
from ragtenancy.ports.idempotency import IdempotencyStore
from ragtenancy.ports.jobs import JobRepository
from ragtenancy.ports.session_locks import SessionLocks
from ragtenancy.ports.tenant_configs import TenantConfigRepository
from ragtenancy.ports.tenant_storage import TenantStorage
from ragtenancy.ports.tenants import TenantRepository
from ragtenancy.ports.vectors import VectorIndex
from ragtenancy.settings import Settings


class Stores(Struct, frozen=True, kw_only=True):
    """Every store of records and bytes, from one family of backends."""

    tenants: TenantRepository
    tenant_configs: TenantConfigRepository
    api_keys: ApiKeyRepository
    peppers: PepperStore
    jobs: JobRepository
    deletions: DeletionRepository
    documents: DocumentRepository
    chunks: ChunkRepository
    conversations: ConversationRepository
    session_locks: SessionLocks
    idempotency: IdempotencyStore
    derived_cache: DerivedCache
    blobs: BlobStore
    storage: TenantStorage
    vectors: VectorIndex
    probes: Sequence[Probe] = ()


def stores(settings: Settings, holders: Holders, clock: Clock, closers: AsyncExitStack) -> Stores:
    """Return the stores that the settings choose."""
    if settings.backends.records == "memory":
        return _memory_stores(holders, clock)
    return _sqlite_stores(settings, holders, closers)


def _memory_stores(holders: Holders, clock: Clock) -> Stores:
    from ragtenancy.adapters.memory.api_keys import InMemoryApiKeyRepository
    from ragtenancy.adapters.memory.blobs import InMemoryBlobStore
    from ragtenancy.adapters.memory.chunks import InMemoryChunkRepository
    from ragtenancy.adapters.memory.client import Memory
    from ragtenancy.adapters.memory.conversations import InMemoryConversationRepository
    from ragtenancy.adapters.memory.deletions import InMemoryDeletionRepository
    from ragtenancy.adapters.memory.derived_cache import InMemoryDerivedCache
    from ragtenancy.adapters.memory.documents import InMemoryDocumentRepository
    from ragtenancy.adapters.memory.idempotency import InMemoryIdempotencyStore
    from ragtenancy.adapters.memory.jobs import InMemoryJobRepository
    from ragtenancy.adapters.memory.peppers import InMemoryPepperStore
    from ragtenancy.adapters.memory.session_locks import InMemorySessionLocks
    from ragtenancy.adapters.memory.tenant_configs import InMemoryTenantConfigRepository
    from ragtenancy.adapters.memory.tenant_storage import InMemoryTenantStorage
    from ragtenancy.adapters.memory.tenants import InMemoryTenantRepository
    from ragtenancy.adapters.memory.vectors import InMemoryVectorIndex

    memory = Memory()
    return Stores(
        tenants=InMemoryTenantRepository(memory),
        tenant_configs=InMemoryTenantConfigRepository(memory),
        api_keys=InMemoryApiKeyRepository(memory),
        peppers=InMemoryPepperStore(),
        jobs=InMemoryJobRepository(memory, holders),
        deletions=InMemoryDeletionRepository(memory),
        documents=InMemoryDocumentRepository(memory),
        chunks=InMemoryChunkRepository(memory),
        conversations=InMemoryConversationRepository(memory),
        session_locks=InMemorySessionLocks(memory),
        idempotency=InMemoryIdempotencyStore(memory),
        derived_cache=InMemoryDerivedCache(memory),
        blobs=InMemoryBlobStore(memory, clock.now),
        storage=InMemoryTenantStorage(memory),
        vectors=InMemoryVectorIndex(memory),
    )


def _sqlite_stores(settings: Settings, holders: Holders, closers: AsyncExitStack) -> Stores:
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
    from ragtenancy.adapters.sqlite.jobs import SqliteJobRepository
    from ragtenancy.adapters.sqlite.probe import SqliteProbe
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
        documents=SqliteDocumentRepository(files),
        chunks=SqliteChunkRepository(files),
        conversations=SqliteConversationRepository(files),
        session_locks=SqliteSessionLocks(files),
        idempotency=SqliteIdempotencyStore(files),
        derived_cache=SqliteDerivedCache(files),
        blobs=FileBlobStore(settings.data_dir / "tenants"),
        storage=SqliteTenantStorage(control, files),
        vectors=SqliteVectorIndex(
            files, max_bytes=settings.index_bytes, most_exact=settings.exact_chunks
        ),
        probes=[SqliteProbe(control)],
    )
