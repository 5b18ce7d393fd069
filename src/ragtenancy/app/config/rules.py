"""What makes a configuration acceptable in this installation."""

from __future__ import annotations

from collections.abc import Collection

from ragtenancy.domain.tenant_config import TenantConfig


class ConfigRules:
    """What this installation offers: the operator's allow-list of models, and limits it enforces."""

    def __init__(self, allowed_models: Collection[str]) -> None:
        self._allowed_models = allowed_models

    def require_valid(self, config: TenantConfig) -> None:
        """Raise `InvalidError` or `NotSupportedError`."""
        config.require_offered(self._allowed_models)

    def offers(self, model: str | None) -> bool:
        """Tell whether a configuration may name a model; None is the installation's own."""
        return model is None or model in self._allowed_models
