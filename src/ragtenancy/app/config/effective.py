"""The configuration in force."""

from __future__ import annotations

from msgspec import Struct

from ragtenancy.domain.errors import NotFoundError
from ragtenancy.domain.tenant_config import DefaultLimits, EffectiveLimits, TenantConfig
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.embeddings import Embedder
from ragtenancy.ports.tenant_configs import TenantConfigRepository


class EffectiveConfig(Struct, frozen=True, kw_only=True):
    """A version of the configuration with every null resolved."""

    version: int
    config: TenantConfig
    similarity_threshold: float
    similarity_threshold_source: str
    limits: EffectiveLimits


class ReadConfig:
    """Reads a tenant's configuration in force."""

    def __init__(
        self, configs: TenantConfigRepository, embedder: Embedder, defaults: DefaultLimits
    ) -> None:
        self._configs = configs
        self._embedder = embedder
        self._defaults = defaults

    async def __call__(self, scope: TenantScope) -> EffectiveConfig:
        """Return it. Raises `NotFoundError`: there is no configuration by default."""
        current = await self._configs.current(scope)
        if current is None:
            raise NotFoundError("The client has no configuration.")
        own = current.config.search_settings.similarity_threshold
        return EffectiveConfig(
            version=current.version,
            config=current.config,
            similarity_threshold=self._embedder.model.default_threshold if own is None else own,
            similarity_threshold_source="embedder" if own is None else "client",
            limits=self._defaults.filled(current.config.limits),
        )
