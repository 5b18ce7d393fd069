"""Settings: one frozen tree, read once from the environment and the working directory's `.env`."""

from ragtenancy.adapters.openai.backend import OpenAISettings
from ragtenancy.backend.offers import Backends
from ragtenancy.backend.sections import Secret
from ragtenancy.settings.loading import load_settings
from ragtenancy.settings.tree import Settings

__all__ = ["Backends", "OpenAISettings", "Secret", "Settings", "load_settings"]
