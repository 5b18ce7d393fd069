"""API keys, cached for a few seconds for authentication."""

from __future__ import annotations

from ragtenancy.adapters.caching.lookups import Lookups
from ragtenancy.domain.api_keys import ApiKey, Signature
from ragtenancy.domain.ids import ApiKeyId
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.api_keys import ApiKeyRepository
from ragtenancy.ports.clock import Clock

CACHE_SECONDS = 5.0
MAX_KEYS = 10_000


class CachingApiKeyRepository(ApiKeyRepository):
    """Caches the results of `find` for five seconds.

    No other result is cached, nor that a key is absent. What `refresh` writes leaves the cache as it
    is: it changes nothing of what a key may do.

    That is half of the ten seconds within which a revocation takes effect everywhere; the rest
    allows for replication lag. This process sees its own writes at once.
    """

    def __init__(self, keys: ApiKeyRepository, clock: Clock) -> None:
        self._keys = keys
        self._known: Lookups[ApiKeyId, ApiKey] = Lookups(
            clock, seconds=CACHE_SECONDS, most=MAX_KEYS
        )

    async def find(self, key_id: ApiKeyId) -> ApiKey | None:
        return await self._known.get(key_id, lambda _: self._keys.find(key_id))

    async def signatures(self) -> frozenset[Signature]:
        return await self._keys.signatures()

    async def get(self, scope: TenantScope, key_id: ApiKeyId) -> ApiKey | None:
        return await self._keys.get(scope, key_id)

    async def add(self, scope: TenantScope, key: ApiKey) -> None:
        await self._keys.add(scope, key)

    async def save(self, scope: TenantScope, key: ApiKey) -> None:
        try:
            await self._keys.save(scope, key)
        finally:
            self._known.forget(key.key_id)

    async def refresh(self, scope: TenantScope, known: ApiKey, fresh: ApiKey) -> bool:
        return await self._keys.refresh(scope, known, fresh)

    async def page(
        self, scope: TenantScope, *, after: Cursor | None = None, limit: int = 50
    ) -> Page[ApiKey]:
        return await self._keys.page(scope, after=after, limit=limit)

    async def drop(self, scope: TenantScope) -> None:
        try:
            await self._keys.drop(scope)
        finally:
            self._known.forget_where(lambda key: key.tenant_uid == scope.tenant_uid)
