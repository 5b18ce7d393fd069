"""Conditions on documents' metadata: comparisons, joined by `and` and `or`."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from ragtenancy.domain.documents import (
    BoundedValue,
    ManifestEntry,
    Metadata,
    MetadataKey,
    MetadataValue,
)
from ragtenancy.domain.errors import MalformedError
from ragtenancy.domain.manifest import SearchFilters

MAX_DEPTH = 8
MAX_CONDITIONS = 256
Operator = Literal["eq", "ne", "gt", "gte", "lt", "lte", "in", "nin", "and", "or"]
Values = Annotated[Sequence[BoundedValue], Meta(min_length=1, max_length=100)]
_ORDERS: Mapping[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}


class Condition(Struct, frozen=True, kw_only=True):
    """A comparison of the value under `key`, or an `and` or `or` of other conditions.

    Values of different types are unequal and in no order; strings are ordered by code point, as are
    dates of one ISO 8601 form. Without the key only `ne` and `nin` hold. Raises `MalformedError`
    for a part that its type needs or does not have.
    """

    type: Operator
    key: MetadataKey | None = None
    value: BoundedValue | Values | None = None
    filters: Sequence[Condition] | None = None

    def __post_init__(self) -> None:
        """Check that the parts are those of its type."""
        if self.type in {"and", "or"}:
            self._require_joined()
        elif self.key is None or self.value is None or self.filters is not None:
            raise MalformedError(f"A filter `{self.type}` needs `key` and `value` only.")
        elif isinstance(self.value, MetadataValue) is (self.type in {"in", "nin"}):
            kind = "one value" if isinstance(self.value, MetadataValue) else "a list"
            raise MalformedError(f"The value of a filter `{self.type}` must not be {kind}.")

    def matches(self, metadata: Metadata) -> bool:
        """Return whether a document with this metadata meets the condition."""
        if self.type in {"and", "or"}:
            met = (each.matches(metadata) for each in self.filters or ())
            return all(met) if self.type == "and" else any(met)
        mine = metadata.get(self.key or "")
        if self.type in _ORDERS:
            ordered = _kind(mine) == _kind(self.value) and _kind(mine) in {"number", "str"}
            return ordered and _ORDERS[self.type](mine, self.value)
        wanted = [self.value] if isinstance(self.value, MetadataValue) else self.value or ()
        held = any(_kind(mine) == _kind(value) and mine == value for value in wanted)
        return held is (self.type in {"eq", "in"})

    @property
    def _depth(self) -> int:
        return 1 + max((each._depth for each in self.filters or ()), default=0)

    @property
    def _size(self) -> int:
        return 1 + sum(each._size for each in self.filters or ())

    def _require_joined(self) -> None:
        if not self.filters or self.key is not None or self.value is not None:
            raise MalformedError(f"A filter `{self.type}` needs a list of `filters` only.")
        if self._depth > MAX_DEPTH or self._size > MAX_CONDITIONS:
            raise MalformedError(
                f"A filter may have at most {MAX_CONDITIONS} conditions in {MAX_DEPTH} levels."
            )


class ConditionalFilters(SearchFilters, frozen=True, kw_only=True):
    """Which documents may be searched, by a condition on their metadata."""

    condition: Condition

    @property
    def is_empty(self) -> bool:
        """Whether every document matches by definition."""
        return False

    def matches(self, entry: ManifestEntry) -> bool:
        """Return whether a document matches."""
        return super().matches(entry) and self.condition.matches(entry.metadata)


def _kind(value: object) -> str:
    """Return what a value may be compared with: true is no number."""
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, int | float) else type(value).__name__
