"""Tenant records, as the operator reads and changes them."""

from __future__ import annotations

from ragtenancy.app.optimistic_writes import require_version, retry_stale
from ragtenancy.domain.errors import ConflictError, NotFoundError
from ragtenancy.domain.ids import TenantId
from ragtenancy.domain.pages import DEFAULT_LIMIT, Cursor, Page
from ragtenancy.domain.tenants import Tenant, TenantStatus, tenant_name
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.tenants import TenantRepository


class TenantRecords:
    """Finds, lists, renames, suspends and restores tenants."""

    def __init__(self, tenants: TenantRepository, clock: Clock) -> None:
        self._tenants = tenants
        self._clock = clock

    async def find(self, tenant_id: TenantId) -> Tenant:
        """Return a tenant. Raises `NotFoundError`."""
        tenant = await self._tenants.get(tenant_id)
        if tenant is None:
            raise NotFoundError("There is no such client.")
        return tenant

    async def page(
        self, *, after: Cursor | None = None, limit: int = DEFAULT_LIMIT
    ) -> Page[Tenant]:
        """Return a page of all tenants, ordered by id."""
        return await self._tenants.page(after=after, limit=limit)

    async def change(
        self,
        tenant_id: TenantId,
        *,
        name: str | None = None,
        status: TenantStatus | None = None,
        expected_version: int | None = None,
    ) -> Tenant:
        """Change a tenant's name or status and return the new record.

        Raises `MalformedError`; `NotFoundError`; `ConflictError` while it is being deleted;
        `VersionMismatchError` if `expected_version` is given and is not the stored version.
        """
        name = None if name is None else tenant_name(name)

        async def attempt() -> Tenant:
            tenant = await self.find(tenant_id)
            require_version(tenant.version, expected_version)
            changed = tenant.changed(at=self._clock.now(), name=name, status=status)
            return await self._tenants.save(changed)

        return await retry_stale(
            attempt,
            ConflictError(
                "Other requests keep changing this client; try again.", code="client_busy"
            ),
        )
