"""Bounds of values, each stated once, in an annotation (`msgspec.Meta`) for every entry point.

A value from a caller guards itself: a Struct by `require_bounds` in its `__post_init__`, an id or a
name by the function that makes it. The decoder checks JSON, YAML and queries against the annotated
type, and `malformed` words its errors.

A stored record is trusted: it was within its bounds when written, and a bound that is narrowed
later must not make it unreadable. That is why `Tenant`, `Document` and `Conversation` do not guard
themselves, and why a configuration heals (`ragtenancy.domain.tenant_config`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Struct, ValidationError, defstruct, inspect, structs

from ragtenancy.domain.errors import MalformedError

Kind = TypeVar("Kind")
MAX_SAFE_INTEGER = 2**53 - 1  # the largest integer that every JSON reader preserves
Moment = Annotated[datetime, Meta(tz=True)]

_AT = re.compile(r" - at `(\$[^`]*)`\Z")
_NAMED = re.compile(r"(?:field|key) `([^`]{0,100})`")


def require_bounds(value: Struct, name: str = "") -> None:
    """Raise `MalformedError` naming the first field of `value` that is out of bounds."""
    if holds(value, _unguarded(type(value))):
        return
    for field, kind in _fields(type(value)):
        require_within(getattr(value, field), kind, f"{name}.{field}" if name else field)


def require_within(value: object, kind: Any, name: str) -> None:  # noqa: ANN401 - any annotation
    """Raise `MalformedError` naming the value if it is outside an annotation's bounds."""
    if not holds(value, kind):
        raise MalformedError(f"{name} must {_allowed(kind)}.", field=name)


def holds(value: object, kind: Any) -> bool:  # noqa: ANN401 - any annotation
    """Return whether a value is within the bounds of an annotation."""
    try:
        msgspec.convert(value, kind, from_attributes=True)
    except ValidationError:
        return False
    return True


def bounded(value: object, kind: type[Kind]) -> Kind:
    """Return a decoded value as a `kind`; raise `MalformedError` naming the field."""
    try:
        return msgspec.convert(value, kind)
    except ValidationError as error:
        raise malformed(error) from None


def malformed(error: ValidationError) -> MalformedError:
    """Return a decoder's error in the API's words: the place, and the value expected there.

    msgspec quotes a value only where it lists the allowed ones, and that is left out.
    """
    text = str(error)
    at = _AT.search(text)
    path = at[1] if at else "$"
    sentence = text[: at.start()] if at else text
    named = _NAMED.search(sentence)
    if named:
        path = f"{path}.{named[1]}"
    if sentence.startswith("Invalid enum value"):
        sentence = "This is not one of the allowed values"
    return MalformedError(f"{path}: {sentence[:300]}.", field=path)


@cache
def _unguarded(kind: type[Struct]) -> type[Struct]:
    """Return a Struct with the same fields and no guard."""
    return defstruct(kind.__name__, _fields(kind))


@cache
def _fields(kind: type[Struct]) -> Sequence[tuple[str, Any]]:
    return tuple((field.name, field.type) for field in structs.fields(kind))


@cache
def _allowed(kind: Any) -> str:  # noqa: ANN401 - any annotation
    """Describe the allowed values: "be a whole number from 1 to 100", "match [a-z]+"."""
    info = inspect.type_info(kind)
    bare = info.type if isinstance(info, inspect.Metadata) else info
    if isinstance(bare, inspect.StrType) and bare.pattern:
        shape = bare.pattern.removeprefix(r"\A").removesuffix(r"\Z").replace("(?:", "(")
        return f"match {shape}"
    return f"be {_said(bare)}"


def _said(kind: inspect.Type) -> str:
    match kind:
        case inspect.Metadata():
            return _said(kind.type)
        case inspect.UnionType():
            return " or ".join(map(_said, kind.types))
        case inspect.NoneType():
            return "null"
        case inspect.BoolType():
            return "true or false"
        case inspect.LiteralType():
            return f"one of {', '.join(map(str, kind.values))}"
        case inspect.IntType():
            return f"a whole number{_range(' from', kind.ge, kind.le)}"
        case inspect.FloatType():
            return f"a number{_range(' from', kind.ge, kind.le)}"
        case inspect.DateTimeType():
            return "a time with its zone"
        case inspect.StrType():
            length = _range(" of", kind.min_length or 0, kind.max_length)
            return f"a text{length} characters" if length else "a text"
        case _:
            return "of another form"


def _range(word: str, least: float | None, most: float | None) -> str:
    return "" if least is None or most is None else f"{word} {least:,} to {most:,}"
