"""Memory: everything is gone with the process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragtenancy.backend.offers import Backend, Place, RecordsOffer
from ragtenancy.backend.resources import Beside, Resources
from ragtenancy.backend.stores import Stores

if TYPE_CHECKING:
    from ragtenancy.adapters.memory.client import Memory
    from ragtenancy.ports.clock import Clock
    from ragtenancy.ports.holders import Holders


def open_memory(_: Resources) -> Memory:
    """Return what is in memory: nothing yet."""
    from ragtenancy.adapters.memory.client import Memory

    return Memory()


def memory_stores(
    memory: Memory, holders: Holders, clock: Clock, beside: Beside | None = None
) -> Stores:
    """Return stores on one memory."""
    from ragtenancy.adapters.memory.api_keys import InMemoryApiKeyRepository
    from ragtenancy.adapters.memory.blobs import InMemoryBlobStore
    from ragtenancy.adapters.memory.chunks import InMemoryChunkRepository
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

    beside = beside or Beside()
    return Stores(
        tenants=InMemoryTenantRepository(memory),
        tenant_configs=InMemoryTenantConfigRepository(memory),
        api_keys=InMemoryApiKeyRepository(memory),
        peppers=beside.peppers or InMemoryPepperStore(),
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
        blobs=beside.blobs or InMemoryBlobStore(memory, clock.now),
        storage=InMemoryTenantStorage(memory),
        vectors=beside.vectors or InMemoryVectorIndex(memory),
        sentence_vectors=InMemorySentenceVectorCache(memory),
    )


def _open(resources: Resources, beside: Beside) -> Stores:
    memory = resources.once(open_memory)
    return memory_stores(memory, resources.holders, resources.clock, beside)


MEMORY = Backend(
    name="memory",
    records=RecordsOffer(
        name="memory", open=_open, place=Place.PROCESS, vectors="memory", blobs="memory"
    ),
)
