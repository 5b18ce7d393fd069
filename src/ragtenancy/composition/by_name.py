"""Providers of what composition functions make."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import signature
from typing import TypeVar

from dependency_injector import providers

Composed = TypeVar("Composed")


def by_name(
    compose: Callable[..., Composed], known: Mapping[str, object]
) -> providers.Singleton[Composed]:
    """Return a provider of what a function composes, each parameter from the provider of its name.

    So no argument can be passed in another's place. Raises `KeyError` where a provider is missing.
    """
    return providers.Singleton(
        compose, **{name: known[name] for name in signature(compose).parameters}
    )
