"""Deleting a client with everything it has, verified to zero."""

from __future__ import annotations

import asyncio

import structlog
from msgspec import structs

from ragtenancy.app.tenant_records.find import FindTenant
from ragtenancy.app.tenants.residents import Residents
from ragtenancy.domain.deletions import DeletionStatus, TenantDeletion
from ragtenancy.domain.errors import (
    ConflictError,
    NotFoundError,
    RagTenancyError,
    StaleWriteError,
)
from ragtenancy.domain.ids import DeletionId, TenantId
from ragtenancy.domain.tenants import TenantScope, TenantStatus
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.deletions import DeletionRepository
from ragtenancy.ports.ids import Ids
from ragtenancy.ports.tenants import TenantRepository

log = structlog.get_logger(__name__)

MAX_WRITES = 5


class DeleteTenant:
    """Ends a tenant's keys at once, then removes its data from every store.

    What a crash or an absent store leaves is resumed by the sweeper. Deletions go one by one: two
    requests for one client make one.
    """

    def __init__(
        self,
        find_tenant: FindTenant,
        tenants: TenantRepository,
        deletions: DeletionRepository,
        residents: Residents,
        ids: Ids,
        clock: Clock,
    ) -> None:
        self._find_tenant = find_tenant
        self._tenants = tenants
        self._deletions = deletions
        self._residents = residents
        self._ids = ids
        self._clock = clock
        self._one = asyncio.Lock()

    async def __call__(self, tenant_id: TenantId, *, requested_by: str) -> TenantDeletion:
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

    async def _begun(self, tenant_id: TenantId, requested_by: str) -> TenantDeletion:
        """Return the client's deletion that is under way, or a new one."""
        tenant = await self._find_tenant(tenant_id)
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
        scope = TenantScope(
            tenant_id=deletion.tenant_id,
            tenant_uid=deletion.tenant_uid,
            namespace=deletion.namespace,
        )
        try:
            removed = await self._residents.census(scope)
            await self._residents.drop(scope)
            remaining = await self._residents.census(scope)
        except RagTenancyError as error:
            log.warning("deletion_interrupted", code=error.reason)
            return deletion
        counted = dict(deletion.removed) or {k: n for k, n in removed.items() if n}
        if any(remaining.values()):
            return await self._saved(
                structs.replace(deletion, removed=counted, remaining=remaining)
            )
        await self._tenants.delete(deletion.tenant_uid)
        return await self._saved(
            structs.replace(
                deletion,
                removed=counted,
                remaining=dict.fromkeys(remaining, 0),
                status=DeletionStatus.VERIFIED,
                finished_at=self._clock.now(),
            )
        )

    async def _saved(self, deletion: TenantDeletion) -> TenantDeletion:
        """Write a deletion; where another process was quicker, what it wrote holds."""
        try:
            return await self._deletions.save(deletion)
        except StaleWriteError:
            return await self._deletions.get(deletion.deletion_id) or deletion

    async def _end_keys(self, deletion: TenantDeletion) -> None:
        """Mark the client, whatever else changes it at the same time."""
        for _ in range(MAX_WRITES):
            tenant = await self._tenants.find(deletion.tenant_uid)
            if tenant is None or tenant.status is TenantStatus.DELETING:
                return
            ended = tenant.changed(at=self._clock.now(), status=TenantStatus.DELETING)
            try:
                await self._tenants.save(ended)
            except StaleWriteError:
                continue
            return
        raise ConflictError("The client is changing too fast.", code="client_busy")


class GetDeletion:
    """The receipt of a client's deletion."""

    def __init__(self, deletions: DeletionRepository) -> None:
        self._deletions = deletions

    async def __call__(self, deletion_id: DeletionId) -> TenantDeletion:
        """Return it. Raises `NotFoundError`."""
        deletion = await self._deletions.get(deletion_id)
        if deletion is None:
            raise NotFoundError("There is no such deletion.")
        return deletion
