"""Memory: all data is lost when the process ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragtenancy.backend.offers import Backend, Place, RecordsOffer
from ragtenancy.backend.resources import Beside, Resources
from ragtenancy.backend.stores import Stores

if TYPE_CHECKING:
    from ragtenancy.adapters.memory.client import Memory
    from ragtenancy.ports.clock import Clock
    from ragtenancy.ports.jobs import Holders


def open_memory(_: Resources) -> Memory:
    """Return an empty memory."""
    from ragtenancy.adapters.memory.client import Memory

    return Memory()


def memory_stores(
    memory: Memory, holders: Holders, clock: Clock, beside: Beside | None = None
) -> Stores:
    """Return stores that share one memory."""
    from ragtenancy.adapters.memory.blobs import InMemoryBlobStore, InMemoryTenantStorage
    from ragtenancy.adapters.memory.conversations import (
        InMemoryConversationRepository,
        InMemorySessionLocks,
    )
    from ragtenancy.adapters.memory.documents import (
        InMemoryChunkRepository,
        InMemoryDocumentRepository,
    )
    from ragtenancy.adapters.memory.jobs import (
        InMemoryDutyRoster,
        InMemoryIdempotencyStore,
        InMemoryIntentLog,
        InMemoryJobRepository,
    )
    from ragtenancy.adapters.memory.tenants import (
        InMemoryApiKeyRepository,
        InMemoryDeletionRepository,
        InMemoryPepperStore,
        InMemoryTenantConfigRepository,
        InMemoryTenantRepository,
    )
    from ragtenancy.adapters.memory.vectors import (
        InMemoryDerivedCache,
        InMemorySentenceVectorCache,
        InMemoryVectorIndex,
    )

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
