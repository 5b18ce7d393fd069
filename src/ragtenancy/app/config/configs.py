"""Tenant configurations: reading, replacing, listing versions, rolling back."""

from __future__ import annotations

from ragtenancy.app.optimistic_writes import require_version, retry_stale
from ragtenancy.app.tenant_records import TenantRecords
from ragtenancy.domain.errors import ConflictError, NotFoundError
from ragtenancy.domain.ids import TenantId
from ragtenancy.domain.pages import DEFAULT_LIMIT, Cursor, Page
from ragtenancy.domain.tenant_config import (
    ConfigDefaults,
    ConfigRules,
    ConfigVersion,
    EffectiveConfig,
    TenantConfig,
)
from ragtenancy.domain.tenants import Tenant, TenantScope
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.tenant_configs import TenantConfigRepository


class TenantConfigs:
    """Reads a tenant's current configuration and replaces it by adding a version."""

    def __init__(
        self,
        tenant_records: TenantRecords,
        configs: TenantConfigRepository,
        rules: ConfigRules,
        defaults: ConfigDefaults,
        clock: Clock,
    ) -> None:
        self._tenant_records = tenant_records
        self._configs = configs
        self._rules = rules
        self._defaults = defaults
        self._clock = clock

    async def effective(self, scope: TenantScope) -> EffectiveConfig:
        """Return the current configuration, its nulls resolved.

        Raises `NotFoundError` if the tenant has none; there is no default configuration.
        """
        current = await self._configs.current(scope)
        if current is None:
            raise NotFoundError("The client has no configuration.")
        return self._defaults.effective(current)

    async def get(self, tenant_id: TenantId) -> EffectiveConfig:
        """Return the current configuration by tenant id. Raises `NotFoundError`."""
        tenant = await self._tenant_records.find(tenant_id)
        return await self.effective(tenant.scope)

    async def proposed(self, tenant: Tenant, config: TenantConfig) -> EffectiveConfig:
        """Return a configuration as it would be in effect after the current version.

        Raises as `put` does.
        """
        self._rules.require_valid(config)
        current = await self.effective(tenant.scope)
        version = ConfigVersion(
            tenant_uid=tenant.tenant_uid,
            version=current.version + 1,
            config=config,
            created_at=self._clock.now(),
            created_by="",
        )
        return self._defaults.effective(version)

    async def versions(
        self, tenant_id: TenantId, *, after: Cursor | None = None, limit: int = DEFAULT_LIMIT
    ) -> Page[ConfigVersion]:
        """Return a page of versions, newest first. Raises `NotFoundError`."""
        tenant = await self._tenant_records.find(tenant_id)
        return await self._configs.page(tenant.scope, after=after, limit=limit)

    async def put(
        self,
        tenant_id: TenantId,
        config: TenantConfig,
        *,
        created_by: str,
        expected_version: int | None = None,
    ) -> ConfigVersion:
        """Replace the whole configuration; return the new version, in force from now on.

        Raises `InvalidError`, `NotFoundError`; `VersionMismatchError` if
        `expected_version` is given and is not the current version.
        """
        self._rules.require_valid(config)
        tenant = await self._tenant_records.find(tenant_id)
        return await self._append(tenant, config, created_by, expected_version)

    async def rollback(
        self, tenant_id: TenantId, version: int, *, created_by: str
    ) -> ConfigVersion:
        """Restore an old version's configuration as a new version."""
        tenant = await self._tenant_records.find(tenant_id)
        old = await self._configs.get(tenant.scope, version)
        if old is None:
            raise NotFoundError("There is no such version.")
        self._rules.require_valid(old.config)
        return await self._append(tenant, old.config, created_by, None)

    async def _append(
        self, tenant: Tenant, config: TenantConfig, created_by: str, expected: int | None
    ) -> ConfigVersion:
        """Add the next version; without an expected version, the last writer wins."""

        async def attempt() -> ConfigVersion:
            version = await self._configs.newest(tenant.scope)
            require_version(version, expected)
            new = ConfigVersion(
                tenant_uid=tenant.tenant_uid,
                version=version + 1,
                config=config,
                created_at=self._clock.now(),
                created_by=created_by,
            )
            await self._configs.add(tenant.scope, new)
            return new

        return await retry_stale(
            attempt,
            ConflictError(
                "Other requests keep changing this configuration; try again.", code="config_busy"
            ),
        )
