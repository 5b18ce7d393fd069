"""Renaming, suspending and restoring a tenant."""

from __future__ import annotations

from ragtenancy.app.tenants.find import FindTenant
from ragtenancy.domain.errors import ConflictError, StaleWriteError
from ragtenancy.domain.ids import TenantId
from ragtenancy.domain.tenants import Tenant, TenantStatus
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.tenants import TenantRepository


class ChangeTenant:
    """Changes a tenant's name or status."""

    def __init__(self, find_tenant: FindTenant, tenants: TenantRepository, clock: Clock) -> None:
        self._find_tenant = find_tenant
        self._tenants = tenants
        self._clock = clock

    async def __call__(
        self,
        tenant_id: TenantId,
        *,
        name: str | None = None,
        status: TenantStatus | None = None,
        expected_version: int | None = None,
    ) -> Tenant:
        """Return the tenant as it is now. Raises `NotFoundError`, `StaleWriteError`."""
        tenant = await self._find_tenant(tenant_id)
        require_version(tenant.version, expected_version)
        if tenant.status is TenantStatus.DELETING:
            raise ConflictError("The client is being deleted.", code="client_deleting")
        return await self._tenants.save(
            tenant.changed(at=self._clock.now(), name=name, status=status)
        )


def require_version(version: int, expected: int | None) -> None:
    """Raise `StaleWriteError` unless the record is the one that the caller saw."""
    if expected is not None and expected != version:
        raise StaleWriteError("The record changed since it was read.")
