"""What makes a configuration acceptable in this installation."""

from __future__ import annotations

from collections.abc import Collection

from msgspec import structs

from ragtenancy.domain.tenant_config import TenantConfig


class ConfigRules:
    """What this installation offers: the operator's lists of models, and limits it enforces."""

    def __init__(self, allowed_models: Collection[str], embedders: Collection[str]) -> None:
        self._allowed_models = allowed_models
        self._embedders = embedders

    def require_valid(self, config: TenantConfig) -> None:
        """Raise `InvalidError` or `NotSupportedError`."""
        config.require_offered(self._allowed_models, self._embedders)

    def offered(self, config: TenantConfig) -> TenantConfig:
        """Return a configuration with null in place of the models that are not offered here."""
        llm, search = config.llm_settings, config.search_settings
        if llm.model not in self._allowed_models:
            llm = structs.replace(llm, model=None)
        if search.embedder not in self._embedders:
            search = structs.replace(search, embedder=None)
        return structs.replace(config, llm_settings=llm, search_settings=search)
