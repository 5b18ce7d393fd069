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

from ragtenancy.domain import validation_words
from ragtenancy.domain.errors import MalformedError

Kind = TypeVar("Kind")
MAX_SAFE_INTEGER = 2**53 - 1  # the largest integer that every JSON reader preserves
# Control characters, those that turn the direction of writing, and lone surrogates.
UNPRINTABLE = "\\x00-\\x1f\\x7f-\\x9f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ufeff\\ud800-\\udfff"
LINE = validation_words.shape(
    rf"\A[^{UNPRINTABLE}]*\Z", "a line without control or direction marks"
)
"""The pattern of a name or label: one line that is shown as it is written."""
Moment = Annotated[datetime, Meta(tz=True)]

_AT = re.compile(r" - at `(\$[^`]*)`\Z")
_AT_A_KEY = re.compile(r" - at `key` in `(\$[^`]*)`\Z")
_NAMED = re.compile(r"(?:field|key) `([^`]{0,100})`")


def require_bounds(value: Struct, name: str = "") -> None:
    """Raise `MalformedError` naming the first field of `value` that is out of bounds."""
    if holds(value, _unguarded(type(value))):
        return
    for field, kind in _fields(type(value)):
        require_within(getattr(value, field), kind, f"{name}.{field}" if name else field)


def require_within(value: object, kind: Any, name: str) -> None:  # noqa: ANN401 - any annotation
    """Raise `MalformedError` naming the value if it is outside an annotation's bounds."""
    try:
        msgspec.convert(value, kind, from_attributes=True)
    except ValidationError as error:
        words = allowed(kind)
        sentence = f"`{name}` must be {words}." if words else _sentence(str(error), name)
        raise MalformedError(sentence, field=name) from None


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
    found = _NAMED.search(text[: at.start()] if at else text)
    return MalformedError(_sentence(text), field=f"{path}.{found[1]}" if found else path)


def _sentence(text: str, name: str = "$") -> str:
    """Return an error of msgspec, about the value called `name`, as a sentence."""
    of_key = _AT_A_KEY.search(text)
    at = of_key or _AT.search(text)
    what = text[: at.start()] if at else text
    path = name + (at[1].removeprefix("$") if at else "")
    words = validation_words.rule(what)
    if words is None:  # a Struct's own check
        place = f"{validation_words.named(path)}: " if at else ""
        return f"{place}{what[: validation_words.MAX_WORDS]}."
    if found := _NAMED.search(what):
        path = f"{path}.{found[1]}"
    subject = validation_words.named(path)
    return f"{f'A key of {subject}' if of_key else subject} {words}."


@cache
def _unguarded(kind: type[Struct]) -> type[Struct]:
    """Return a Struct with the same fields and no guard."""
    return defstruct(kind.__name__, _fields(kind))


@cache
def _fields(kind: type[Struct]) -> Sequence[tuple[str, Any]]:
    return tuple((field.name, field.type) for field in structs.fields(kind))


@cache
def allowed(kind: Any) -> str:  # noqa: ANN401 - any annotation
    """Describe the allowed values: "a whole number from 1 to 100"; "" for lists and objects."""
    return _described(inspect.type_info(kind))


def _described(kind: inspect.Type) -> str:
    match kind:
        case inspect.Metadata():
            return _described(kind.type)
        case inspect.UnionType():
            described = [*map(_described, kind.types)]
            return ", or ".join(described) if all(described) else ""
        case inspect.NoneType():
            return "null"
        case inspect.BoolType():
            return "true or false"
        case inspect.LiteralType():
            return f"one of {', '.join(map(str, kind.values))}"
        case inspect.IntType():
            return f"a whole number{_range(kind.ge, kind.le, kind.gt)}"
        case inspect.FloatType():
            return f"a number{_range(kind.ge, kind.le, kind.gt)}"
        case inspect.DateTimeType():
            return validation_words.TIME
        case inspect.StrType():
            what = f"{validation_words.of_shape(kind.pattern)}," if kind.pattern else "a string"
            if kind.max_length is None:
                return what.removesuffix(",")
            return f"{what} of {kind.min_length or 0} to {kind.max_length:,} characters"
        case _:
            return ""


def _range(least: float | None, most: float | None, above: float | None) -> str:
    if least is not None and most is not None:
        return f" from {least:,} to {most:,}"
    low = f"of at least {least:,}" if least is not None else ""
    low = f"above {above:,}" if above is not None else low
    high = f"{'' if low else 'of '}at most {most:,}" if most is not None else ""
    bounds = " and ".join(filter(None, (low, high)))
    return f" {bounds}" if bounds else ""
