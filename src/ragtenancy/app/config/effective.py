"""The configuration in force."""

from __future__ import annotations

from msgspec import Struct

from ragtenancy.domain.errors import NotFoundError
from ragtenancy.domain.tenant_config import DefaultLimits, EffectiveLimits, TenantConfig
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.tenant_configs import TenantConfigRepository


class EffectiveConfig(Struct, frozen=True, kw_only=True):
    """A version of the configuration with every null resolved.

    A null threshold stays null: relevance is then judged by the calibrated rule. `embedder` is
    the one that the next reindex moves the documents to, if they are of another.
    """

    version: int
    config: TenantConfig
    similarity_threshold: float | None
    similarity_threshold_source: str
    embedder: str
    limits: EffectiveLimits


class ReadConfig:
    """Reads a tenant's configuration in force."""

    def __init__(
        self, configs: TenantConfigRepository, defaults: DefaultLimits, default_embedder: str
    ) -> None:
        self._configs = configs
        self._defaults = defaults
        self._default_embedder = default_embedder

    async def __call__(self, scope: TenantScope) -> EffectiveConfig:
        """Return it. Raises `NotFoundError`: there is no configuration by default."""
        current = await self._configs.current(scope)
        if current is None:
            raise NotFoundError("The client has no configuration.")
        search = current.config.search_settings
        own = search.similarity_threshold
        return EffectiveConfig(
            version=current.version,
            config=current.config,
            similarity_threshold=own,
            similarity_threshold_source="calibrated" if own is None else "client",
            embedder=search.embedder or self._default_embedder,
            limits=self._defaults.filled(current.config.limits),
        )
