"""Settings: one frozen tree, read once from the environment and a `.env` beside the process."""

from ragtenancy.settings.backends import Backends
from ragtenancy.settings.loading import load_settings
from ragtenancy.settings.secret import Secret
from ragtenancy.settings.sections import (
    AzureOpenAISettings,
    BlobSettings,
    CosmosSettings,
    OpenAISettings,
    PineconeSettings,
)
from ragtenancy.settings.tree import Settings

__all__ = [
    "AzureOpenAISettings",
    "Backends",
    "BlobSettings",
    "CosmosSettings",
    "OpenAISettings",
    "PineconeSettings",
    "Secret",
    "Settings",
    "load_settings",
]
