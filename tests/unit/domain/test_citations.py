"""Markers."""

from __future__ import annotations

import pytest

from ragtenancy.domain.grounding import named, unmarked


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Within 30 days.", ["Within 30 days."]),
        ("Within 30 days [7].", ["Within 30 days"]),
        ("[3] Within 30 days[1, 2] as agreed.", ["Within 30 days", "as agreed."]),
        ("An array[i] and [ ].", ["An array[i] and [ ]."]),
        ("[12]", []),
    ],
)
def test_a_quotation_has_no_marker_of_its_document(text: str, parts: list[str]) -> None:
    assert unmarked(text) == parts


@pytest.mark.parametrize(
    ("inside", "numbers"),
    [
        ("1", [1]),
        ("S2", [2]),
        ("1, 2", [1, 2]),
        ("1-3", [1, 2, 3]),
        ("1, 9", [1]),
        ("0", []),
        ("99999999999", []),
        (" ", None),
    ],
)
def test_a_marker_names_passages_that_were_given(inside: str, numbers: list[int] | None) -> None:
    assert named(inside, 3) == numbers
