"""Metadata filters as Pinecone reads them."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

Test = Callable[[Any, Any], bool]
COMPARED: Mapping[str, Test] = {
    "$gt": operator.gt,
    "$gte": operator.ge,
    "$lt": operator.lt,
    "$lte": operator.le,
}
MAX_VALUES = 10_000


class BadFilterError(ValueError):
    """A filter that the service refuses."""


def matches(metadata: Mapping[str, Any], where: Mapping[str, Any]) -> bool:
    """Tell whether a record's metadata passes."""
    return all(_passes(metadata, key, wanted) for key, wanted in where.items())


def _passes(metadata: Mapping[str, Any], key: str, wanted: Any) -> bool:
    if key == "$and":
        return all(matches(metadata, part) for part in wanted)
    if key == "$or":
        return any(matches(metadata, part) for part in wanted)
    if key.startswith("$"):
        raise BadFilterError(f"{key} is not an operator")
    conditions = wanted if isinstance(wanted, dict) else {"$eq": wanted}
    return all(_holds(metadata, key, name, value) for name, value in conditions.items())


def _holds(metadata: Mapping[str, Any], key: str, name: str, wanted: Any) -> bool:
    if name == "$exists":
        return (key in metadata) is wanted
    held = metadata.get(key)
    values = held if isinstance(held, list) else [held]
    if name in ("$in", "$nin"):
        if len(wanted) > MAX_VALUES:
            raise BadFilterError(f"{name} takes {MAX_VALUES} values")
        return any(value in wanted for value in values) is (name == "$in")
    if name in ("$eq", "$ne"):
        return (wanted in values) is (name == "$eq")
    if name in COMPARED:
        return isinstance(held, int | float) and COMPARED[name](held, wanted)
    raise BadFilterError(f"{name} is not an operator")
