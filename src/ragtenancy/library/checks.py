"""What HTTP refuses in a body, the Python API refuses in its arguments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from ragtenancy.domain.documents import Metadata, MetadataValue
from ragtenancy.domain.errors import MalformedError
from ragtenancy.domain.query import MAX_QUERY_CHARACTERS
from ragtenancy.domain.tenant_config import TenantConfig
from ragtenancy.wire.configs import ConfigInput

MAX_FILENAME = 255
MAX_TOP_K = 100
ConfigLike = TenantConfig | Mapping[str, object]
Kind = TypeVar("Kind")


def config(given: ConfigLike) -> TenantConfig:
    """Return a configuration within its bounds; fields left out take their defaults.

    Raises `MalformedError` naming the field.
    """
    bounded = _converted(msgspec.to_builtins(given), ConfigInput)
    return _converted(msgspec.to_builtins(bounded), TenantConfig)


def metadata(given: Mapping[str, MetadataValue] | None) -> Metadata:
    """Return metadata of strings, numbers and booleans. Raises `MalformedError`."""
    return _converted(dict(given or {}), dict[str, MetadataValue])


def filename(name: str) -> str:
    """Return the name of a file, without folders. Raises `MalformedError`."""
    if not name or len(name) > MAX_FILENAME or not name.isprintable():
        raise MalformedError(f"A filename has 1 to {MAX_FILENAME} printable characters.")
    return name


def question(text: str) -> str:
    """Return a question of 1 to 8,000 characters. Raises `MalformedError`."""
    if not 0 < len(text) <= MAX_QUERY_CHARACTERS:
        raise MalformedError(f"A question has 1 to {MAX_QUERY_CHARACTERS} characters.")
    return text


def top_k(number: int | None) -> None:
    """Raise `MalformedError` unless the number of hits is 1 to 100."""
    if number is not None and not 1 <= number <= MAX_TOP_K:
        raise MalformedError(f"top_k lies between 1 and {MAX_TOP_K}.")


def _converted(value: object, kind: type[Kind]) -> Kind:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise MalformedError(f"{error}.") from None
