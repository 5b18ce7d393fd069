"""Deleting a tenant with everything it has, verified to zero."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import structlog

from ragtenancy.app.optimistic_writes import retry_stale
from ragtenancy.app.search.manifests import Manifests
from ragtenancy.app.search.query_vectors import QueryVectors
from ragtenancy.app.tenant_records import TenantRecords
from ragtenancy.domain.content import Lexicons
from ragtenancy.domain.deletions import DeletionStatus, TenantDeletion
from ragtenancy.domain.errors import (
    ConflictError,
    NotFoundError,
    RagTenancyError,
    StaleWriteError,
)
from ragtenancy.domain.ids import DeletionId, TenantId
from ragtenancy.domain.tenants import TenantScope, TenantStatus
from ragtenancy.ports.api_keys import ApiKeyRepository
from ragtenancy.ports.blobs import BlobStore
from ragtenancy.ports.chat_models import ChatModel
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.deletions import DeletionRepository
from ragtenancy.ports.ids import Ids
from ragtenancy.ports.intents import IntentLog
from ragtenancy.ports.jobs import JobRepository
from ragtenancy.ports.lexical import LexicalIndex
from ragtenancy.ports.tenant_configs import TenantConfigRepository
from ragtenancy.ports.tenant_storage import TenantStorage
from ragtenancy.ports.tenants import TenantRepository
from ragtenancy.ports.vectors import VectorIndex

log = structlog.get_logger(__name__)


class TenantStores:
    """Every store, and every cache of this process, that holds something of a tenant."""

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


class TenantDeletions:
    """Ends a tenant's keys at once, then removes its data from every store.

    What a crash or an absent store leaves is resumed by the sweeper. Deletions go one by one: two
    requests for one client make one.
    """

    def __init__(
        self,
        tenant_records: TenantRecords,
        tenants: TenantRepository,
        deletions: DeletionRepository,
        tenant_stores: TenantStores,
        ids: Ids,
        clock: Clock,
    ) -> None:
        self._tenant_records = tenant_records
        self._tenants = tenants
        self._deletions = deletions
        self._tenant_stores = tenant_stores
        self._ids = ids
        self._clock = clock
        self._one = asyncio.Lock()

    async def delete(self, tenant_id: TenantId, *, requested_by: str) -> TenantDeletion:
        """Return the deletion, verified if every store was there. Raises `NotFoundError`."""
        async with self._one:
            return await self._carry_on(await self._begun(tenant_id, requested_by))

    async def resume(self, deletion: TenantDeletion) -> TenantDeletion:
        """Carry a deletion as far as the stores allow; twice is fine."""
        async with self._one:
            known = await self._deletions.get(deletion.deletion_id) or deletion
            if known.status is DeletionStatus.VERIFIED:
                return known
            return await self._carry_on(known)

    async def get(self, deletion_id: DeletionId) -> TenantDeletion:
        """Return the receipt of a deletion. Raises `NotFoundError`."""
        deletion = await self._deletions.get(deletion_id)
        if deletion is None:
            raise NotFoundError("There is no such deletion.")
        return deletion

    async def _begun(self, tenant_id: TenantId, requested_by: str) -> TenantDeletion:
        """Return the client's deletion that is under way, or a new one."""
        tenant = await self._tenant_records.find(tenant_id)
        deletion = await self._deletions.blocking(tenant.tenant_id, tenant.namespace)
        if deletion is None:
            deletion = TenantDeletion(
                deletion_id=DeletionId(self._ids.new("del")),
                tenant_id=tenant.tenant_id,
                tenant_uid=tenant.tenant_uid,
                namespace=tenant.namespace,
                requested_by=requested_by,
                requested_at=self._clock.now(),
            )
            await self._deletions.add(deletion)
        return deletion

    async def _carry_on(self, deletion: TenantDeletion) -> TenantDeletion:
        await self._end_keys(deletion)
        try:
            removed = await self._tenant_stores.census(deletion.scope)
            await self._tenant_stores.drop(deletion.scope)
            remaining = await self._tenant_stores.census(deletion.scope)
        except RagTenancyError as error:
            log.warning("deletion_interrupted", code=error.reason)
            return deletion
        counted = deletion.counted(removed=removed, remaining=remaining, at=self._clock.now())
        if counted.status is DeletionStatus.VERIFIED:
            await self._tenants.delete(deletion.tenant_uid)
        return await self._saved(counted)

    async def _saved(self, deletion: TenantDeletion) -> TenantDeletion:
        """Write a deletion; where another process was quicker, what it wrote holds."""
        try:
            return await self._deletions.save(deletion)
        except StaleWriteError:
            return await self._deletions.get(deletion.deletion_id) or deletion

    async def _end_keys(self, deletion: TenantDeletion) -> None:
        """Mark the tenant as being deleted, which ends its keys, whatever else changes it."""

        async def attempt() -> None:
            tenant = await self._tenants.find(deletion.tenant_uid)
            if tenant is not None and tenant.status is not TenantStatus.DELETING:
                now = self._clock.now()
                await self._tenants.save(tenant.changed(at=now, status=TenantStatus.DELETING))

        await retry_stale(
            attempt, ConflictError("The client is changing too fast.", code="client_busy")
        )
