"""Deleting a client with everything it has, verified to zero."""

from __future__ import annotations

import structlog
from msgspec import structs

from ragtenancy.app.tenants.find import FindTenant
from ragtenancy.app.tenants.residents import Residents
from ragtenancy.domain.deletions import DeletionStatus, TenantDeletion
from ragtenancy.domain.errors import NotFoundError, RagTenancyError
from ragtenancy.domain.ids import DeletionId, TenantId
from ragtenancy.domain.tenants import TenantScope, TenantStatus
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.deletions import DeletionRepository
from ragtenancy.ports.ids import Ids
from ragtenancy.ports.tenants import TenantRepository

log = structlog.get_logger(__name__)


class DeleteTenant:
    """Ends a tenant's keys at once, then removes its data from every store.

    What a crash or an absent store leaves is resumed by the sweeper.
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

    async def __call__(self, tenant_id: TenantId, *, requested_by: str) -> TenantDeletion:
        """Return the deletion, verified if every store was there. Raises `NotFoundError`."""
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
        return await self.resume(deletion)

    async def resume(self, deletion: TenantDeletion) -> TenantDeletion:
        """Carry a deletion as far as the stores allow; twice is fine."""
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
            return await self._deletions.save(
                structs.replace(deletion, removed=counted, remaining=remaining)
            )
        await self._tenants.delete(deletion.tenant_uid)
        return await self._deletions.save(
            structs.replace(
                deletion,
                removed=counted,
                remaining=dict.fromkeys(remaining, 0),
                status=DeletionStatus.VERIFIED,
                finished_at=self._clock.now(),
            )
        )

    async def _end_keys(self, deletion: TenantDeletion) -> None:
        tenant = await self._tenants.find(deletion.tenant_uid)
        if tenant is not None and tenant.status is not TenantStatus.DELETING:
            await self._tenants.save(
                tenant.changed(at=self._clock.now(), status=TenantStatus.DELETING)
            )


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
