"""Conflicts between settings that are each well formed."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from msgspec import structs

from ragtenancy.backend.sections import on_this_machine
from ragtenancy.domain.api_keys import peppers_of
from ragtenancy.domain.errors import MalformedError
from ragtenancy.domain.fairness import weights_of
from ragtenancy.settings import backends
from ragtenancy.settings.admin_keys import weaknesses
from ragtenancy.settings.tree import Settings

ADDRESSES = ("endpoint", "host", "controller")


def faults(settings: Settings) -> Iterator[str]:
    """Yield every conflict between the settings."""
    yield from backends.faults(settings.chosen)
    yield from _unencrypted(settings)
    yield from _peppers(settings)
    yield from _weights(settings)
    if settings.cloud:
        yield from weaknesses(settings.admin_keys)


def _peppers(settings: Settings) -> Iterator[str]:
    if settings.peppers is not None:
        try:
            peppers_of(settings.peppers.reveal())
        except MalformedError as error:
            yield f"RAGTENANCY_PEPPERS: {error.detail}"


def _weights(settings: Settings) -> Iterator[str]:
    try:
        weights_of(settings.client_weights)
    except MalformedError as error:
        yield f"RAGTENANCY_CLIENT_WEIGHTS: {error.detail}"


def _unencrypted(settings: Settings) -> Iterator[str]:
    for section in settings.sections:
        for field in structs.fields(section):
            value = getattr(section, field.name)
            if field.name in ADDRESSES and value and not _private(value):
                yield f"{field.encode_name} must start with https://, except for an address on this machine."


def _private(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" or on_this_machine(parts.hostname or "")
