"""Memory: all data is lost when the process ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragtenancy.backend.offers import Backend, Place, RecordsOffer
from ragtenancy.backend.resources import OtherStores, Resources
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
    memory: Memory, holders: Holders, clock: Clock, elsewhere: OtherStores | None = None
) -> Stores:
    """Return stores that share one memory."""
    from ragtenancy.adapters.memory import (
        audit,
        blobs,
        conversations,
        deletion_ledger,
        documents,
        jobs,
        tenants,
        usage,
        vectors,
        webhooks,
    )

    elsewhere = elsewhere or OtherStores()
    return Stores(
        tenants=tenants.InMemoryTenantRepository(memory),
        tenant_configs=tenants.InMemoryTenantConfigRepository(memory),
        api_keys=tenants.InMemoryApiKeyRepository(memory),
        peppers=elsewhere.peppers or tenants.InMemoryPepperStore(),
        jobs=jobs.InMemoryJobRepository(memory, holders),
        deletions=tenants.InMemoryDeletionRepository(memory),
        deletion_ledger=deletion_ledger.InMemoryDeletionLedger(memory),
        audit=audit.InMemoryAuditLog(memory),
        intent_log=jobs.InMemoryIntentLog(memory),
        duties=jobs.InMemoryDutyRoster(memory),
        webhooks=webhooks.InMemoryWebhookRepository(memory),
        documents=documents.InMemoryDocumentRepository(memory),
        chunks=documents.InMemoryChunkRepository(memory),
        conversations=conversations.InMemoryConversationRepository(memory),
        session_locks=conversations.InMemorySessionLocks(memory, holders),
        usage=usage.InMemoryUsageRepository(memory),
        idempotency=jobs.InMemoryIdempotencyStore(memory, holders),
        derived_cache=vectors.InMemoryDerivedCache(memory),
        blobs=elsewhere.blobs or blobs.InMemoryBlobStore(memory, clock.now),
        storage=blobs.InMemoryTenantStorage(memory),
        vectors=elsewhere.vectors or vectors.InMemoryVectorIndex(memory),
        sentence_vectors=vectors.InMemorySentenceVectorCache(memory),
    )


def _open(resources: Resources, elsewhere: OtherStores) -> Stores:
    memory = resources.once(open_memory)
    return memory_stores(memory, resources.holders, resources.clock, elsewhere)


MEMORY = Backend(
    name="memory",
    records=RecordsOffer(
        name="memory", open=_open, place=Place.PROCESS, vectors="memory", blobs="memory"
    ),
)
