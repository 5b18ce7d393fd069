"""The registry of tenants, cached for a few seconds for authentication."""

from __future__ import annotations

from ragtenancy.adapters.caching.lookups import Lookups
from ragtenancy.domain.ids import TenantId, TenantUid
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.tenants import Tenant
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.tenants import TenantRepository

CACHE_SECONDS = 5.0
MAX_TENANTS = 10_000


class CachingTenantRepository(TenantRepository):
    """Caches the results of `find` for five seconds.

    No other result is cached, nor that a tenant is absent.

    That is half of the ten seconds within which a suspension takes effect everywhere; the rest
    allows for replication lag. This process sees its own writes at once.
    """

    def __init__(self, tenants: TenantRepository, clock: Clock) -> None:
        self._tenants = tenants
        self._known: Lookups[TenantUid, Tenant] = Lookups(
            clock, seconds=CACHE_SECONDS, most=MAX_TENANTS
        )

    async def get(self, tenant_id: TenantId) -> Tenant | None:
        return await self._tenants.get(tenant_id)

    async def find(self, tenant_uid: TenantUid) -> Tenant | None:
        return await self._known.get(tenant_uid, lambda _: self._tenants.find(tenant_uid))

    async def add(self, tenant: Tenant) -> None:
        await self._tenants.add(tenant)

    async def save(self, tenant: Tenant) -> Tenant:
        try:
            return await self._tenants.save(tenant)
        finally:
            self._known.forget(tenant.tenant_uid)

    async def page(self, *, after: Cursor | None = None, limit: int = 50) -> Page[Tenant]:
        return await self._tenants.page(after=after, limit=limit)

    async def delete(self, tenant_uid: TenantUid) -> None:
        try:
            await self._tenants.delete(tenant_uid)
        finally:
            self._known.forget(tenant_uid)
