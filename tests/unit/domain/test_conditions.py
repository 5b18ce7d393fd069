"""Conditions on documents' metadata."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragtenancy.domain.conditions import MAX_CONDITIONS, MAX_DEPTH, Condition
from ragtenancy.domain.errors import MalformedError

VALUES = st.one_of(st.booleans(), st.integers(-9, 9), st.floats(-9, 9), st.sampled_from("abc"))
METADATA = st.dictionaries(st.sampled_from("xyz"), VALUES, max_size=3)


def compare(kind: Any, value: Any, key: str = "x") -> Condition:
    return Condition(type=kind, key=key, value=value)


@pytest.mark.parametrize(
    ("kind", "value", "mine", "holds"),
    [
        ("eq", 1, 1, True),
        ("eq", 1, 1.0, True),
        ("eq", 1, True, False),
        ("eq", "1", 1, False),
        ("ne", 1, 2, True),
        ("gt", 1, 2, True),
        ("gt", 2, 2, False),
        ("gte", 2, 2, True),
        ("lt", 2, 1, True),
        ("lte", 2, 2, True),
        ("lt", 2, "1", False),
        ("gte", "2025-01-01", "2025-06-30", True),
        ("gt", False, True, False),
        ("in", [1, "a"], "a", True),
        ("in", [1, "a"], "b", False),
        ("nin", [1, "a"], "b", True),
    ],
)
def test_values_are_compared_within_their_type(
    kind: str, value: Any, mine: Any, holds: bool
) -> None:
    assert compare(kind, value).matches({"x": mine}) is holds


@pytest.mark.parametrize("kind", ["eq", "gt", "gte", "lt", "lte"])
def test_without_the_key_no_comparison_holds(kind: str) -> None:
    assert not compare(kind, 1).matches({})


@given(METADATA, st.lists(VALUES, min_size=1, max_size=3))
def test_negations_hold_exactly_where_their_opposites_do_not(metadata: Any, values: Any) -> None:
    assert compare("ne", values[0]).matches(metadata) is not compare("eq", values[0]).matches(
        metadata
    )
    assert compare("nin", values).matches(metadata) is not compare("in", values).matches(metadata)


@given(METADATA, st.lists(VALUES, min_size=1, max_size=4))
def test_joined_conditions_hold_if_all_or_any_do(metadata: Any, values: Any) -> None:
    parts = [compare("gte", value, key) for key, value in zip("xyzx", values, strict=False)]
    met = [part.matches(metadata) for part in parts]

    assert Condition(type="and", filters=parts).matches(metadata) is all(met)
    assert Condition(type="or", filters=parts).matches(metadata) is any(met)


@pytest.mark.parametrize(
    "parts",
    [
        {"type": "eq", "key": "x"},
        {"type": "eq", "value": 1},
        {"type": "eq", "key": "x", "value": [1]},
        {"type": "in", "key": "x", "value": 1},
        {"type": "and"},
        {"type": "or", "filters": []},
        {"type": "and", "filters": [compare("eq", 1)], "key": "x"},
        {"type": "eq", "key": "x", "value": 1, "filters": [compare("eq", 1)]},
        {"type": "and", "filters": [compare("eq", 1)] * MAX_CONDITIONS},
    ],
)
def test_conditions_with_missing_or_foreign_parts_are_refused(parts: dict[str, Any]) -> None:
    with pytest.raises(MalformedError):
        Condition(**parts)


def test_conditions_nest_only_so_deep() -> None:
    nested = compare("eq", 1)
    for _ in range(MAX_DEPTH - 1):
        nested = Condition(type="and", filters=[nested])

    with pytest.raises(MalformedError):
        Condition(type="or", filters=[nested])
