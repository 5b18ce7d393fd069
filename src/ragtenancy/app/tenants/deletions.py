"""Deleting a tenant with all its data, and verifying that nothing is left."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import structlog

from ragtenancy.app.optimistic_writes import retry_stale
from ragtenancy.app.search.manifests import Manifests
from ragtenancy.app.search.query_vectors import QueryVectors
from ragtenancy.app.tenant_records import TenantRecords
from ragtenancy.domain.content import Lexicons
from ragtenancy.domain.deletion_ledger import client_entry
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
from ragtenancy.ports.deletion_ledger import DeletionLedger
from ragtenancy.ports.deletions import DeletionRepository
from ragtenancy.ports.ids import Ids
from ragtenancy.ports.intents import IntentLog
from ragtenancy.ports.jobs import JobRepository
from ragtenancy.ports.lexical import LexicalIndex
from ragtenancy.ports.tenant_configs import TenantConfigRepository
from ragtenancy.ports.tenant_storage import TenantStorage
from ragtenancy.ports.tenants import TenantRepository
from ragtenancy.ports.vectors import VectorIndex
from ragtenancy.ports.webhooks import WebhookRepository

log = structlog.get_logger(__name__)


class TenantStores:
    """Every store, and every cache in this process, that holds a tenant's data."""

    def __init__(
        self,
        storage: TenantStorage,
        keys: ApiKeyRepository,
        configs: TenantConfigRepository,
        jobs: JobRepository,
        intents: IntentLog,
        webhooks: WebhookRepository,
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
        self._webhooks = webhooks
        self._blobs = blobs
        self._vectors = vectors
        self._lexical = lexical
        self._manifests = manifests
        self._query_vectors = query_vectors
        self._lexicons = lexicons
        self._chat_model = chat_model

    async def census(self, scope: TenantScope) -> Mapping[str, int]:
        """Return how many of the tenant's items each store holds."""
        return await self._storage.census(scope)

    async def drop(self, scope: TenantScope) -> None:
        """Remove everything; idempotent."""
        await self._keys.drop(scope)
        await self._jobs.drop(scope)
        await self._webhooks.drop(scope)
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
    """Revokes a tenant's keys at once, then removes its data from every store.

    The sweeper resumes a deletion that a crash or an unreachable store interrupted. Deletions run
    one at a time, so two requests for the same client share one deletion.
    """

    def __init__(
        self,
        tenant_records: TenantRecords,
        tenants: TenantRepository,
        deletions: DeletionRepository,
        ledger: DeletionLedger,
        tenant_stores: TenantStores,
        ids: Ids,
        clock: Clock,
    ) -> None:
        self._tenant_records = tenant_records
        self._tenants = tenants
        self._deletions = deletions
        self._ledger = ledger
        self._tenant_stores = tenant_stores
        self._ids = ids
        self._clock = clock
        self._lock = asyncio.Lock()

    async def delete(self, tenant_id: TenantId, *, requested_by: str) -> TenantDeletion:
        """Delete a tenant; the deletion is verified if every store was reachable.

        Raises `NotFoundError`.
        """
        async with self._lock:
            return await self._carry_on(await self._open_or_start(tenant_id, requested_by))

    async def resume(self, deletion: TenantDeletion) -> TenantDeletion:
        """Take a deletion as far as the stores allow; idempotent."""
        async with self._lock:
            known = await self._deletions.get(deletion.deletion_id) or deletion
            if known.status is DeletionStatus.VERIFIED:
                return known
            return await self._carry_on(known)

    async def repeat(self, deletion: TenantDeletion) -> bool:
        """Remove what a late write left after a deletion; return whether there was anything."""
        async with self._lock:
            if not any((await self._tenant_stores.census(deletion.scope)).values()):
                return False
            await self._carry_on(deletion)
            return True

    async def get(self, deletion_id: DeletionId) -> TenantDeletion:
        """Return a deletion's receipt. Raises `NotFoundError`."""
        deletion = await self._deletions.get(deletion_id)
        if deletion is None:
            raise NotFoundError("There is no such deletion.")
        return deletion

    async def _open_or_start(self, tenant_id: TenantId, requested_by: str) -> TenantDeletion:
        """Return the client's deletion in progress, or start one."""
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
        await self._ledger.record(deletion.scope, client_entry(deletion))
        await self._revoke_keys(deletion)
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
        """Save a deletion; if another process saved first, return its record."""
        try:
            return await self._deletions.save(deletion)
        except StaleWriteError:
            return await self._deletions.get(deletion.deletion_id) or deletion

    async def _revoke_keys(self, deletion: TenantDeletion) -> None:
        """Revoke the keys by marking the tenant as being deleted, despite concurrent changes."""

        async def attempt() -> None:
            tenant = await self._tenants.find(deletion.tenant_uid)
            if tenant is not None and tenant.status is not TenantStatus.DELETING:
                now = self._clock.now()
                await self._tenants.save(tenant.changed(at=now, status=TenantStatus.DELETING))

        await retry_stale(
            attempt,
            ConflictError(
                "Other requests keep changing this client; try again.", code="client_busy"
            ),
        )
