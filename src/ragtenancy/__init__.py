"""Multi-tenant retrieval-augmented generation; `RagTenancy` is where to begin.

Everything here is loaded at its first use, so that `import ragtenancy` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from ragtenancy.version import __version__

if TYPE_CHECKING:
    from ragtenancy.app.chat.events import ChatReply, Done, SourcesFound, Token
    from ragtenancy.app.search.search import SearchReply
    from ragtenancy.domain.errors import (
        AlreadyExistsError,
        ClientSuspendedError,
        ConflictError,
        InvalidError,
        LimitError,
        MalformedError,
        NotFoundError,
        RagTenancyError,
        UnavailableError,
        UnreadableDocumentError,
        UnsupportedError,
    )
    from ragtenancy.domain.manifest import SearchFilters
    from ragtenancy.domain.reindexing import Reindexed, ReindexProgress
    from ragtenancy.domain.tenant_config import (
        Features,
        Limits,
        LlmSettings,
        Prompts,
        SearchSettings,
        TenantConfig,
    )
    from ragtenancy.library.parsing import parse_file
    from ragtenancy.library.rag import RagTenancy
    from ragtenancy.library.tenant import TenantHandle
    from ragtenancy.settings import OpenAISettings, Secret, Settings, load_settings

_HOMES = {
    "ragtenancy.app.chat.events": ("ChatReply", "Done", "SourcesFound", "Token"),
    "ragtenancy.app.search.search": ("SearchReply",),
    "ragtenancy.domain.errors": (
        "AlreadyExistsError",
        "ClientSuspendedError",
        "ConflictError",
        "InvalidError",
        "LimitError",
        "MalformedError",
        "NotFoundError",
        "RagTenancyError",
        "UnavailableError",
        "UnreadableDocumentError",
        "UnsupportedError",
    ),
    "ragtenancy.domain.manifest": ("SearchFilters",),
    "ragtenancy.domain.reindexing": ("Reindexed", "ReindexProgress"),
    "ragtenancy.domain.tenant_config": (
        "Features",
        "Limits",
        "LlmSettings",
        "Prompts",
        "SearchSettings",
        "TenantConfig",
    ),
    "ragtenancy.library.parsing": ("parse_file",),
    "ragtenancy.library.rag": ("RagTenancy",),
    "ragtenancy.library.tenant": ("TenantHandle",),
    "ragtenancy.settings": ("OpenAISettings", "Secret", "Settings", "load_settings"),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "AlreadyExistsError",
    "ChatReply",
    "ClientSuspendedError",
    "ConflictError",
    "Done",
    "Features",
    "InvalidError",
    "LimitError",
    "Limits",
    "LlmSettings",
    "MalformedError",
    "NotFoundError",
    "OpenAISettings",
    "Prompts",
    "RagTenancy",
    "RagTenancyError",
    "ReindexProgress",
    "Reindexed",
    "SearchFilters",
    "SearchReply",
    "SearchSettings",
    "Secret",
    "Settings",
    "SourcesFound",
    "TenantConfig",
    "TenantHandle",
    "Token",
    "UnavailableError",
    "UnreadableDocumentError",
    "UnsupportedError",
    "__version__",
    "load_settings",
    "parse_file",
]


def __getattr__(name: str) -> object:
    """Load a public name at its first use."""
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted(__all__)
