"""The register of tenants, in memory."""

from __future__ import annotations

from msgspec import structs

from ragtenancy.adapters.memory.paging import page_of
from ragtenancy.domain.errors import AlreadyExistsError, StaleWriteError
from ragtenancy.domain.ids import TenantId, TenantUid
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.tenants import Tenant
from ragtenancy.ports.tenants import TenantRepository


class InMemoryTenantRepository(TenantRepository):
    """Tenants by uid."""

    def __init__(self) -> None:
        self._tenants: dict[TenantUid, Tenant] = {}

    async def get(self, tenant_id: TenantId) -> Tenant | None:
        """Return a tenant by its id."""
        return next((t for t in self._tenants.values() if t.tenant_id == tenant_id), None)

    async def find(self, tenant_uid: TenantUid) -> Tenant | None:
        """Return a tenant by its uid."""
        return self._tenants.get(tenant_uid)

    async def add(self, tenant: Tenant) -> None:
        """Keep a new tenant."""
        for known in self._tenants.values():
            if known.tenant_id == tenant.tenant_id or known.namespace == tenant.namespace:
                raise AlreadyExistsError("The client's id or namespace is taken.")
        self._tenants[tenant.tenant_uid] = tenant

    async def save(self, tenant: Tenant) -> Tenant:
        """Write a tenant."""
        known = self._tenants.get(tenant.tenant_uid)
        if known is None or known.version != tenant.version:
            raise StaleWriteError("The client changed since it was read.")
        saved = structs.replace(tenant, version=tenant.version + 1)
        self._tenants[tenant.tenant_uid] = saved
        return saved

    async def page(self, *, after: Cursor | None = None, limit: int = 50) -> Page[Tenant]:
        """Return tenants by id."""
        return page_of(self._tenants.values(), lambda t: t.tenant_id, after=after, limit=limit)

    async def delete(self, tenant_uid: TenantUid) -> None:
        """Remove the record."""
        self._tenants.pop(tenant_uid, None)
