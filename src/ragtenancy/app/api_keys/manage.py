"""Listing and revoking keys."""

from __future__ import annotations

from ragtenancy.app.tenant_records.find import FindTenant
from ragtenancy.domain.api_keys import ApiKey
from ragtenancy.domain.errors import NotFoundError
from ragtenancy.domain.ids import ApiKeyId, TenantId
from ragtenancy.domain.pages import DEFAULT_LIMIT, Cursor, Page
from ragtenancy.ports.api_keys import ApiKeyRepository
from ragtenancy.ports.clock import Clock


class ListApiKeys:
    """A tenant's key records; never a key."""

    def __init__(self, find_tenant: FindTenant, keys: ApiKeyRepository) -> None:
        self._find_tenant = find_tenant
        self._keys = keys

    async def __call__(
        self, tenant_id: TenantId, *, after: Cursor | None = None, limit: int = DEFAULT_LIMIT
    ) -> Page[ApiKey]:
        """Return a page, oldest first. Raises `NotFoundError`."""
        tenant = await self._find_tenant(tenant_id)
        return await self._keys.page(tenant.scope, after=after, limit=limit)


class RevokeApiKey:
    """Ends a key at once, on every replica."""

    def __init__(self, find_tenant: FindTenant, keys: ApiKeyRepository, clock: Clock) -> None:
        self._find_tenant = find_tenant
        self._keys = keys
        self._clock = clock

    async def __call__(self, tenant_id: TenantId, key_id: ApiKeyId) -> None:
        """Revoke the key; twice is fine. Raises `NotFoundError`."""
        tenant = await self._find_tenant(tenant_id)
        key = await self._keys.get(tenant.scope, key_id)
        if key is None:
            raise NotFoundError("There is no such key.")
        await self._keys.save(tenant.scope, key.revoked(self._clock.now()))
