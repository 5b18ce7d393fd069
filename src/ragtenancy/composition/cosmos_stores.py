"""The stores of records in Cosmos DB."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragtenancy.composition.every_store import Stores
from ragtenancy.ports.blobs import BlobStore
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.holders import Holders
from ragtenancy.ports.vectors import VectorIndex

if TYPE_CHECKING:
    from ragtenancy.adapters.cosmos.client import Cosmos


def cosmos_stores(
    cosmos: Cosmos, vectors: VectorIndex, blobs: BlobStore, *, holders: Holders, clock: Clock
) -> Stores:
    """Return the stores of a database; what every request reads is remembered for a while."""
    from ragtenancy.adapters.caching.api_keys import CachingApiKeyRepository
    from ragtenancy.adapters.caching.tenant_configs import CachingTenantConfigRepository
    from ragtenancy.adapters.caching.tenants import CachingTenantRepository
    from ragtenancy.adapters.cosmos.api_keys import CosmosApiKeyRepository
    from ragtenancy.adapters.cosmos.chunks import CosmosChunkRepository
    from ragtenancy.adapters.cosmos.conversations import CosmosConversationRepository
    from ragtenancy.adapters.cosmos.deletions import CosmosDeletionRepository
    from ragtenancy.adapters.cosmos.derived_cache import CosmosDerivedCache
    from ragtenancy.adapters.cosmos.documents import CosmosDocumentRepository
    from ragtenancy.adapters.cosmos.idempotency import CosmosIdempotencyStore
    from ragtenancy.adapters.cosmos.intents import CosmosDutyRoster, CosmosIntentLog
    from ragtenancy.adapters.cosmos.jobs import CosmosJobRepository
    from ragtenancy.adapters.cosmos.peppers import CosmosPepperStore
    from ragtenancy.adapters.cosmos.probe import CosmosProbe
    from ragtenancy.adapters.cosmos.session_locks import CosmosSessionLocks
    from ragtenancy.adapters.cosmos.tenant_configs import CosmosTenantConfigRepository
    from ragtenancy.adapters.cosmos.tenant_storage import CosmosTenantStorage
    from ragtenancy.adapters.cosmos.tenants import CosmosTenantRepository

    return Stores(
        tenants=CachingTenantRepository(CosmosTenantRepository(cosmos), clock),
        tenant_configs=CachingTenantConfigRepository(CosmosTenantConfigRepository(cosmos), clock),
        api_keys=CachingApiKeyRepository(CosmosApiKeyRepository(cosmos), clock),
        peppers=CosmosPepperStore(cosmos),
        jobs=CosmosJobRepository(cosmos, holders),
        deletions=CosmosDeletionRepository(cosmos),
        intent_log=CosmosIntentLog(cosmos),
        duties=CosmosDutyRoster(cosmos),
        documents=CosmosDocumentRepository(cosmos),
        chunks=CosmosChunkRepository(cosmos),
        conversations=CosmosConversationRepository(cosmos),
        session_locks=CosmosSessionLocks(cosmos),
        idempotency=CosmosIdempotencyStore(cosmos),
        derived_cache=CosmosDerivedCache(cosmos),
        blobs=blobs,
        storage=CosmosTenantStorage(cosmos),
        vectors=vectors,
        probes=[CosmosProbe(cosmos)],
    )
