"""Configurations, cached for five minutes."""

from __future__ import annotations

from ragtenancy.adapters.caching.lookups import Lookups
from ragtenancy.domain.ids import TenantUid
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.tenant_config import ConfigVersion
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.tenant_configs import TenantConfigRepository

CACHE_SECONDS = 300.0
MAX_CLIENTS = 100


class CachingTenantConfigRepository(TenantConfigRepository):
    """Caches the version in force of the 100 most recently used clients for five minutes.

    After that a conditional read refreshes it. This process sees its own writes at once.
    """

    def __init__(self, configs: TenantConfigRepository, clock: Clock) -> None:
        self._configs = configs
        self._known: Lookups[TenantUid, ConfigVersion] = Lookups(
            clock, seconds=CACHE_SECONDS, most=MAX_CLIENTS
        )

    async def current(self, scope: TenantScope) -> ConfigVersion | None:
        found = await self._known.get(
            scope.tenant_uid, lambda known: self._configs.refreshed(scope, known)
        )
        if found is not None:
            scope.require_own(found.tenant_uid, "config_cache")
        return found

    async def newest(self, scope: TenantScope) -> int:
        return await self._configs.newest(scope)

    async def get(self, scope: TenantScope, version: int) -> ConfigVersion | None:
        return await self._configs.get(scope, version)

    async def add(self, scope: TenantScope, config: ConfigVersion) -> None:
        try:
            await self._configs.add(scope, config)
        finally:
            self._known.forget(scope.tenant_uid)

    async def page(
        self, scope: TenantScope, *, after: Cursor | None = None, limit: int = 50
    ) -> Page[ConfigVersion]:
        return await self._configs.page(scope, after=after, limit=limit)

    async def drop(self, scope: TenantScope) -> None:
        try:
            await self._configs.drop(scope)
        finally:
            self._known.forget(scope.tenant_uid)
