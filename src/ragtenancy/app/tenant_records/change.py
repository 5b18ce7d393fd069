"""Renaming, suspending and restoring a tenant."""

from __future__ import annotations

from ragtenancy.app.optimistic_writes import retry_stale
from ragtenancy.app.tenant_records.find import FindTenant
from ragtenancy.domain.errors import ConflictError, VersionMismatchError
from ragtenancy.domain.ids import TenantId
from ragtenancy.domain.tenants import Tenant, TenantStatus, tenant_name
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.tenants import TenantRepository


class ChangeTenant:
    """Changes a tenant's name or status; without a version, after whoever is changing it too."""

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
        """Return the tenant as it is now.

        Raises `MalformedError`, `NotFoundError`, `ConflictError`; `StaleWriteError` unless it is as expected.
        """
        name = None if name is None else tenant_name(name)

        async def attempt() -> Tenant:
            tenant = await self._find_tenant(tenant_id)
            require_version(tenant.version, expected_version)
            if tenant.status is TenantStatus.DELETING:
                raise ConflictError("The client is being deleted.", code="client_deleting")
            changed = tenant.changed(at=self._clock.now(), name=name, status=status)
            return await self._tenants.save(changed)

        return await retry_stale(
            attempt, ConflictError("The client is changing too fast.", code="client_busy")
        )


def require_version(version: int, expected: int | None) -> None:
    """Raise `VersionMismatchError` unless the record is the one that the caller saw."""
    if expected is not None and expected != version:
        raise VersionMismatchError("The record changed since it was read.")
