"""Configurations in memory."""

from __future__ import annotations

from ragtenancy.adapters.memory.client import Memory
from ragtenancy.domain.errors import StaleWriteError
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.tenant_config import ConfigVersion
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.persistence.cursors import cursor_position, cut, position_cursor
from ragtenancy.ports.tenant_configs import TenantConfigRepository


class InMemoryTenantConfigRepository(TenantConfigRepository):
    """Versions by tenant and number."""

    def __init__(self, memory: Memory) -> None:
        self._configs = memory.configs

    async def current(self, scope: TenantScope) -> ConfigVersion | None:
        return await self.get(scope, self._highest(scope))

    async def newest(self, scope: TenantScope) -> int:
        return self._highest(scope)

    async def get(self, scope: TenantScope, version: int) -> ConfigVersion | None:
        found = self._configs.get((scope.tenant_uid, version))
        if found is not None:
            scope.require_own(found.tenant_uid, "tenant_configs")
        return found

    async def add(self, scope: TenantScope, config: ConfigVersion) -> None:
        scope.require_own(config.tenant_uid, "tenant_configs")
        if config.version != self._highest(scope) + 1:
            raise StaleWriteError("The configuration changed since it was read.")
        self._configs.add((scope.tenant_uid, config.version), config)

    async def page(
        self, scope: TenantScope, *, after: Cursor | None = None, limit: int = 50
    ) -> Page[ConfigVersion]:
        newest = self._highest(scope) if after is None else cursor_position(after) - 1
        wanted = range(newest, max(newest - limit - 1, 0), -1)
        found = [config for version in wanted if (config := await self.get(scope, version))]
        return cut(found, limit, lambda config: position_cursor(config.version))

    async def drop(self, scope: TenantScope) -> None:
        self._configs.remove_where(lambda key: key[0] == scope.tenant_uid)

    def _highest(self, scope: TenantScope) -> int:
        keys = self._configs.keys()
        return max((version for uid, version in keys if uid == scope.tenant_uid), default=0)
