"""Providers from composition functions, wired by parameter name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import signature
from typing import TypeVar

from dependency_injector import providers

Composed = TypeVar("Composed")


def by_name(
    compose: Callable[..., Composed], known: Mapping[str, object]
) -> providers.Singleton[Composed]:
    """Return a provider that calls a function with, for each parameter, the provider of that name.

    Arguments thus cannot be mixed up. Raises `KeyError` if a provider is missing.
    """
    return providers.Singleton(
        compose, **{name: known[name] for name in signature(compose).parameters}
    )
