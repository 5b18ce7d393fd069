"""The register of tenants in memory."""

from __future__ import annotations

from msgspec import structs

from ragtenancy.adapters.memory.client import Memory
from ragtenancy.domain.errors import AlreadyExistsError, StaleWriteError
from ragtenancy.domain.ids import TenantId, TenantUid
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.tenants import Tenant
from ragtenancy.persistence.cursors import cut, decode_cursor, encode_cursor
from ragtenancy.ports.tenants import TenantRepository


class InMemoryTenantRepository(TenantRepository):
    """Tenants by id."""

    def __init__(self, memory: Memory) -> None:
        self._tenants = memory.tenants

    async def get(self, tenant_id: TenantId) -> Tenant | None:
        return self._tenants.get(tenant_id)

    async def find(self, tenant_uid: TenantUid) -> Tenant | None:
        return next((t for t in self._tenants if t.tenant_uid == tenant_uid), None)

    async def add(self, tenant: Tenant) -> None:
        if any(_clash(tenant, other) for other in self._tenants):
            raise AlreadyExistsError("The client id or its namespace is taken.")
        self._tenants.add(tenant.tenant_id, tenant)

    async def save(self, tenant: Tenant) -> Tenant:
        stored = self._tenants.get(tenant.tenant_id)
        if stored is None or (stored.tenant_uid, stored.version) != (
            tenant.tenant_uid,
            tenant.version,
        ):
            raise StaleWriteError("The client changed since it was read.")
        saved = structs.replace(tenant, version=tenant.version + 1)
        self._tenants.put(tenant.tenant_id, saved)
        return saved

    async def page(self, *, after: Cursor | None = None, limit: int = 50) -> Page[Tenant]:
        start = "" if after is None else decode_cursor(after)
        found = sorted((t for t in self._tenants if t.tenant_id > start), key=lambda t: t.tenant_id)
        return cut(found, limit, lambda tenant: encode_cursor(tenant.tenant_id))

    async def delete(self, tenant_uid: TenantUid) -> None:
        tenant = await self.find(tenant_uid)
        if tenant is not None:
            self._tenants.remove(tenant.tenant_id)


def _clash(one: Tenant, other: Tenant) -> bool:
    return (
        one.tenant_id == other.tenant_id
        or one.tenant_uid == other.tenant_uid
        or one.namespace == other.namespace
    )
