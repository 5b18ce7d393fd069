"""A tenant's configuration and API keys in Python."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime

import msgspec

from ragtenancy.app.api_keys import IssuedKey
from ragtenancy.container import Container
from ragtenancy.domain.api_keys import ALL_SCOPES, ApiKey, Scope
from ragtenancy.domain.bounds import bounded
from ragtenancy.domain.ids import ApiKeyId, TenantId
from ragtenancy.domain.tenant_config import ConfigVersion, EffectiveConfig, TenantConfig
from ragtenancy.library.paging import every
from ragtenancy.wire.configs import ConfigInput

PYTHON = "python"
ConfigLike = TenantConfig | Mapping[str, object]


def given_config(given: ConfigLike) -> TenantConfig:
    """Return a configuration as it is given, or made of a mapping as HTTP makes it of a body.

    Raises `MalformedError` naming the field, `InvalidError` for values that do not go together.
    """
    if isinstance(given, TenantConfig):
        return given
    return bounded(msgspec.to_builtins(given), ConfigInput).filled()


class TenantSettings:
    """What an operator sets for one tenant; an unknown one raises `NotFoundError`."""

    def __init__(self, container: Container, tenant_id: TenantId) -> None:
        self._container = container
        self.tenant_id = tenant_id

    async def config(self) -> EffectiveConfig:
        """Return the configuration in force, with what its nulls stand for."""
        return await self._container.configs().get(self.tenant_id)

    async def set_config(
        self, config: ConfigLike, *, expected_version: int | None = None
    ) -> ConfigVersion:
        """Put a whole configuration in force as the next version; unset fields take defaults.

        Takes a `TenantConfig` or a mapping of its form. Raises `MalformedError` for values out
        of bounds, `InvalidError` for those whose meaning does not hold, `StaleWriteError`
        unless `expected_version` is the one in force.
        """
        return await self._container.configs().put(
            self.tenant_id,
            given_config(config),
            created_by=PYTHON,
            expected_version=expected_version,
        )

    async def config_versions(self) -> AsyncIterator[ConfigVersion]:
        """Yield the versions of the configuration, newest first."""
        read = self._container.configs().versions
        async for version in every(lambda a, n: read(self.tenant_id, after=a, limit=n)):
            yield version

    async def rollback_config(self, version: int) -> ConfigVersion:
        """Put an old version's configuration in force again. Raises `NotFoundError`."""
        configs = self._container.configs()
        return await configs.rollback(self.tenant_id, version, created_by=PYTHON)

    async def api_keys(self) -> AsyncIterator[ApiKey]:
        """Yield the records of the tenant's API keys, oldest first; never a key."""
        read = self._container.api_keys().page
        async for key in every(lambda a, n: read(self.tenant_id, after=a, limit=n)):
            yield key

    async def create_api_key(
        self,
        *,
        label: str = "",
        scopes: Sequence[Scope] = ALL_SCOPES,
        expires_at: datetime | None = None,
    ) -> IssuedKey:
        """Return a new key; `api_key` is never to be had again.

        Raises `InvalidError` for no scopes or an expiry in the past.
        """
        return await self._container.api_keys().issue(
            self.tenant_id, label=label, scopes=scopes, expires_at=expires_at
        )

    async def revoke_api_key(self, key_id: str) -> None:
        """End a key at once; twice is fine. Raises `NotFoundError`."""
        await self._container.api_keys().revoke(self.tenant_id, ApiKeyId(key_id))
