"""What a backend needs before it can be opened."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TypeVar

from ragtenancy.domain.errors import ConfigurationError
from ragtenancy.settings import Secret

EXTRA = "pip install ragtenancy[cloud]"
Given = TypeVar("Given")


def require_package(package: str, what: str) -> None:
    """Raise `ConfigurationError`, naming the extra, where a package is not installed."""
    try:
        found = find_spec(package) is not None
    except ModuleNotFoundError:
        found = False
    if not found:
        raise ConfigurationError(f"{what}: {package} is not installed; {EXTRA}.")


def given(value: Given | None, variable: str) -> Given:
    """Return a setting. Raises `ConfigurationError` where it is missing."""
    if value is None:
        raise ConfigurationError(f"{variable} is missing.")
    return value


def revealed(secret: Secret | None) -> str | None:
    """Return a secret's string; None is managed identity."""
    return None if secret is None else secret.reveal()
