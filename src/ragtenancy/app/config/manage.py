"""The operator's side of configurations."""

from __future__ import annotations

from ragtenancy.app.config.effective import EffectiveConfig, ReadConfig
from ragtenancy.app.config.rules import ConfigRules
from ragtenancy.app.tenant_records.change import require_version
from ragtenancy.app.tenant_records.find import FindTenant
from ragtenancy.domain.errors import ConflictError, NotFoundError, StaleWriteError
from ragtenancy.domain.ids import TenantId
from ragtenancy.domain.pages import DEFAULT_LIMIT, Cursor, Page
from ragtenancy.domain.tenant_config import ConfigVersion, TenantConfig
from ragtenancy.domain.tenants import Tenant
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.tenant_configs import TenantConfigRepository

MAX_WRITES = 5


class GetConfig:
    """A tenant's configuration in force, with what its nulls stand for."""

    def __init__(self, find_tenant: FindTenant, read_config: ReadConfig) -> None:
        self._find_tenant = find_tenant
        self._read_config = read_config

    async def __call__(self, tenant_id: TenantId) -> EffectiveConfig:
        """Return it. Raises `NotFoundError`."""
        tenant = await self._find_tenant(tenant_id)
        return await self._read_config(tenant.scope)


class ListConfigVersions:
    """The history."""

    def __init__(self, find_tenant: FindTenant, configs: TenantConfigRepository) -> None:
        self._find_tenant = find_tenant
        self._configs = configs

    async def __call__(
        self, tenant_id: TenantId, *, after: Cursor | None = None, limit: int = DEFAULT_LIMIT
    ) -> Page[ConfigVersion]:
        """Return a page of versions, newest first. Raises `NotFoundError`."""
        tenant = await self._find_tenant(tenant_id)
        return await self._configs.page(tenant.scope, after=after, limit=limit)


class PutConfig:
    """Puts a whole configuration in force, as the next version."""

    def __init__(
        self,
        find_tenant: FindTenant,
        configs: TenantConfigRepository,
        rules: ConfigRules,
        clock: Clock,
    ) -> None:
        self._find_tenant = find_tenant
        self._configs = configs
        self._rules = rules
        self._clock = clock

    async def __call__(
        self,
        tenant_id: TenantId,
        config: TenantConfig,
        *,
        created_by: str,
        expected_version: int | None = None,
    ) -> ConfigVersion:
        """Return the new version. Raises `InvalidError`, `NotFoundError`, `StaleWriteError`."""
        self._rules.require_valid(config)
        tenant = await self._find_tenant(tenant_id)
        return await self._append(tenant, config, created_by, expected_version)

    async def rollback(
        self, tenant_id: TenantId, version: int, *, created_by: str
    ) -> ConfigVersion:
        """Put an old version's configuration in force, as a new version."""
        tenant = await self._find_tenant(tenant_id)
        old = await self._configs.get(tenant.scope, version)
        if old is None:
            raise NotFoundError("There is no such version.")
        self._rules.require_valid(old.config)
        return await self._append(tenant, old.config, created_by, None)

    async def _append(
        self, tenant: Tenant, config: TenantConfig, created_by: str, expected: int | None
    ) -> ConfigVersion:
        """Write the next version; whoever names no version comes after whoever is writing too."""
        for _ in range(MAX_WRITES):
            version = await self._configs.newest(tenant.scope)
            require_version(version, expected)
            new = ConfigVersion(
                tenant_uid=tenant.tenant_uid,
                version=version + 1,
                config=config,
                created_at=self._clock.now(),
                created_by=created_by,
            )
            try:
                await self._configs.add(tenant.scope, new)
            except StaleWriteError:
                continue
            return new
        raise ConflictError("The configuration is changing too fast.", code="config_busy")
