"""What makes a configuration acceptable in this installation."""

from __future__ import annotations

from collections.abc import Collection

from ragtenancy.domain.errors import InvalidError
from ragtenancy.domain.tenant_config import TenantConfig


class ConfigRules:
    """The domain's rules with the operator's allow-list of models and the known languages."""

    def __init__(self, allowed_models: Collection[str], languages: Collection[str]) -> None:
        self._allowed_models = allowed_models
        self._languages = languages

    def require_valid(self, config: TenantConfig) -> None:
        """Raise `InvalidError` or `NotSupportedError`."""
        config.require_valid(self._allowed_models)
        if config.search_settings.language not in self._languages:
            raise InvalidError("search_settings.language is unknown.", code="unknown_language")
