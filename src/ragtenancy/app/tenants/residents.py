"""Every place where something of a tenant lives."""

from __future__ import annotations

from collections.abc import Mapping

from ragtenancy.app.search.manifests import Manifests
from ragtenancy.app.search.query_vectors import QueryVectors
from ragtenancy.domain.content import Lexicons
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.api_keys import ApiKeyRepository
from ragtenancy.ports.blobs import BlobStore
from ragtenancy.ports.chat_models import ChatModel
from ragtenancy.ports.intents import IntentLog
from ragtenancy.ports.jobs import JobRepository
from ragtenancy.ports.lexical import LexicalIndex
from ragtenancy.ports.tenant_configs import TenantConfigRepository
from ragtenancy.ports.tenant_storage import TenantStorage
from ragtenancy.ports.vectors import VectorIndex


class Residents:
    """Counts and removes what a tenant has, store by store, caches of this process included."""

    def __init__(
        self,
        storage: TenantStorage,
        keys: ApiKeyRepository,
        configs: TenantConfigRepository,
        jobs: JobRepository,
        intents: IntentLog,
        blobs: BlobStore,
        vectors: VectorIndex,
        lexical: LexicalIndex,
        manifests: Manifests,
        query_vectors: QueryVectors,
        lexicons: Lexicons,
        chat_model: ChatModel,
    ) -> None:
        self._storage = storage
        self._keys = keys
        self._configs = configs
        self._jobs = jobs
        self._intents = intents
        self._blobs = blobs
        self._vectors = vectors
        self._lexical = lexical
        self._manifests = manifests
        self._query_vectors = query_vectors
        self._lexicons = lexicons
        self._chat_model = chat_model

    async def census(self, scope: TenantScope) -> Mapping[str, int]:
        """Count what each store holds of the tenant."""
        return await self._storage.census(scope)

    async def drop(self, scope: TenantScope) -> None:
        """Remove everything; twice is fine."""
        await self._keys.drop(scope)
        await self._jobs.drop(scope)
        await self._configs.drop(scope)
        await self._vectors.drop(scope)
        await self._lexical.drop(scope)
        await self._blobs.drop(scope)
        await self._storage.drop(scope)
        await self._intents.drop(scope)
        self._manifests.forget(scope)
        self._query_vectors.forget(scope)
        self._lexicons.forget(scope)
        self._chat_model.forget(scope)
