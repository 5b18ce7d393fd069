"""The operators' keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ragtenancy.backend.sections import Secret

VARIABLE = "ADMIN_API_KEY"
MIN_LENGTH = 32
MIN_CHARACTERS = 10


def admin_keys(text: str, faults: list[str]) -> Mapping[str, Secret]:
    """Return the operators' keys by name from `key` or `alice=key,bob=key`; append faults."""
    keys: dict[str, Secret] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, key = _named(part)
        if not key.isascii() or not key.isprintable() or len(key) < MIN_LENGTH:
            faults.append(
                f"{VARIABLE}: each key needs at least {MIN_LENGTH} printable ASCII characters."
            )
        elif name in keys:
            faults.append(f'{VARIABLE} names "{name}" twice.')
        else:
            keys[name] = Secret(key)
    return keys


def weaknesses(keys: Mapping[str, Secret]) -> Iterator[str]:
    """Yield the reasons why the keys are too weak for a service that others can reach."""
    if not keys:
        yield f"{VARIABLE} is missing; an installation in the cloud requires it."
    for name, key in keys.items():
        if len(set(key.reveal())) < MIN_CHARACTERS:
            yield f'{VARIABLE}: the key of "{name}" is too easy to guess; generate one with `openssl rand -hex 32`.'


def _named(part: str) -> tuple[str, str]:
    name, named, key = part.partition("=")
    if named and name.isidentifier() and key.strip("="):
        return name, key
    return "operator", part
