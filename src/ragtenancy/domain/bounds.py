"""Values that keep to the bounds that their annotations state (`msgspec.Meta`).

Decoding checks annotations by itself; `require_bounds` does so for values made in Python.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import msgspec
from msgspec import Struct, inspect, structs

from ragtenancy.domain.errors import MalformedError

MAX_SAFE_INTEGER = 2**53 - 1  # the largest that every reader of JSON keeps


def require_bounds(value: Struct, name: str) -> None:
    """Raise `MalformedError` naming the first field of `value` that is out of its bounds."""
    for field, kind in _fields(type(value)):
        require_within(getattr(value, field), kind, f"{name}.{field}")


def require_within(value: object, kind: Any, name: str) -> None:  # noqa: ANN401 - any annotation
    """Raise `MalformedError` naming what is out of the bounds of an annotation."""
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        raise MalformedError(f"{name} must be {_allowed(kind)}.", field=name) from None


@cache
def _fields(kind: type[Struct]) -> Sequence[tuple[str, Any]]:
    return tuple((field.name, field.type) for field in structs.fields(kind))


@cache
def _allowed(kind: Any) -> str:  # noqa: ANN401 - any annotation
    """Say what an annotation allows."""
    return _said(inspect.type_info(kind))


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
        case inspect.StrType():
            length = _range(" of", kind.min_length or 0, kind.max_length)
            return f"a text{length} characters" if length else "a text"
        case _:
            return "of another form"


def _range(word: str, least: float | None, most: float | None) -> str:
    return "" if least is None or most is None else f"{word} {least:,} to {most:,}"
