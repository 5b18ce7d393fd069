"""Finding a tenant for the operator."""

from __future__ import annotations

from ragtenancy.domain.errors import NotFoundError
from ragtenancy.domain.ids import TenantId
from ragtenancy.domain.pages import DEFAULT_LIMIT, Cursor, Page
from ragtenancy.domain.tenants import Tenant
from ragtenancy.ports.tenants import TenantRepository


class FindTenant:
    """One tenant by its id."""

    def __init__(self, tenants: TenantRepository) -> None:
        self._tenants = tenants

    async def __call__(self, tenant_id: TenantId) -> Tenant:
        """Return the tenant. Raises `NotFoundError`."""
        tenant = await self._tenants.get(tenant_id)
        if tenant is None:
            raise NotFoundError("There is no such client.")
        return tenant


class ListTenants:
    """All tenants, by id."""

    def __init__(self, tenants: TenantRepository) -> None:
        self._tenants = tenants

    async def __call__(
        self, *, after: Cursor | None = None, limit: int = DEFAULT_LIMIT
    ) -> Page[Tenant]:
        """Return a page."""
        return await self._tenants.page(after=after, limit=limit)
