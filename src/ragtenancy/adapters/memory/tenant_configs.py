"""Configurations, in memory."""

from __future__ import annotations

from ragtenancy.adapters.memory.paging import page_of
from ragtenancy.domain.errors import StaleWriteError
from ragtenancy.domain.ids import TenantUid
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.tenant_config import ConfigVersion
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.tenant_configs import TenantConfigRepository


class InMemoryTenantConfigRepository(TenantConfigRepository):
    """Versions by tenant uid."""

    def __init__(self) -> None:
        self._versions: dict[TenantUid, dict[int, ConfigVersion]] = {}

    async def current(self, scope: TenantScope) -> ConfigVersion | None:
        """Return the version in force."""
        versions = self._versions.get(scope.tenant_uid, {})
        return versions[max(versions)] if versions else None

    async def get(self, scope: TenantScope, version: int) -> ConfigVersion | None:
        """Return one version."""
        return self._versions.get(scope.tenant_uid, {}).get(version)

    async def add(self, scope: TenantScope, config: ConfigVersion) -> None:
        """Put the next version in force."""
        versions = self._versions.setdefault(scope.tenant_uid, {})
        if config.version != max(versions, default=0) + 1:
            raise StaleWriteError("The configuration changed since it was read.")
        versions[config.version] = config

    async def page(
        self, scope: TenantScope, *, after: Cursor | None = None, limit: int = 50
    ) -> Page[ConfigVersion]:
        """Return versions, newest first."""
        versions = self._versions.get(scope.tenant_uid, {}).values()
        return page_of(
            versions, lambda v: f"{v.version:012d}", after=after, limit=limit, newest_first=True
        )

    async def drop(self, scope: TenantScope) -> None:
        """Remove every version of the tenant."""
        self._versions.pop(scope.tenant_uid, None)
