"""What HTTP refuses in a body, the Python API refuses in its arguments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from ragtenancy.domain.bounds import require_within
from ragtenancy.domain.documents import (
    BoundedMetadata,
    Metadata,
    MetadataValue,
    require_filename,
)
from ragtenancy.domain.errors import MalformedError
from ragtenancy.domain.query import Question
from ragtenancy.domain.tenant_config import TenantConfig, TopK
from ragtenancy.wire.configs import ConfigInput

ConfigLike = TenantConfig | Mapping[str, object]
Kind = TypeVar("Kind")


def config(given: ConfigLike) -> TenantConfig:
    """Return a configuration within its bounds; fields left out take their defaults.

    Raises `MalformedError` naming the field, `InvalidError` for values that do not go together.
    """
    if isinstance(given, TenantConfig):
        return given
    bounded = _converted(msgspec.to_builtins(given), ConfigInput)
    return _converted(msgspec.to_builtins(bounded), TenantConfig)


def metadata(given: Mapping[str, MetadataValue] | None) -> Metadata:
    """Return up to 64 strings, numbers and booleans by name. Raises `MalformedError`."""
    return _converted(dict(given or {}), BoundedMetadata)


def filename(name: str) -> str:
    """Return the name of a file, without folders. Raises `MalformedError`."""
    require_filename(name)
    return name


def question(text: str) -> str:
    """Return a question of 1 to 8,000 characters. Raises `MalformedError`."""
    require_within(text, Question, "The question")
    return text


def top_k(number: int | None) -> None:
    """Raise `MalformedError` unless the number of hits is 1 to 100."""
    require_within(number, TopK | None, "top_k")


def _converted(value: object, kind: type[Kind]) -> Kind:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise MalformedError(f"{error}.") from None
