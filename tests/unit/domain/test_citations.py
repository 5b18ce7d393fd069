"""Markers in a streaming answer."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragtenancy.domain.citations import MarkerFilter, unmarked

TEXTS = st.text(st.sampled_from("ab 12390[]S,-–\n;."), max_size=80)


def whole(text: str, passages: int = 3) -> tuple[str, bool]:
    markers = MarkerFilter(passages)
    return markers.feed(text) + markers.finish(), markers.grounded


@pytest.mark.parametrize(
    ("text", "expected", "grounded"),
    [
        ("Yes [1].", "Yes [1].", True),
        ("Yes [4].", "Yes.", False),
        ("Yes [0].", "Yes.", False),
        ("Yes [1, 2].", "Yes [1][2].", True),
        ("Yes [1-3].", "Yes [1][2][3].", True),
        ("Yes [2][9].", "Yes [2].", True),
        ("Yes [S2].", "Yes [2].", True),
        ("Yes [1, 9].", "Yes [1].", True),
        ("array[i] and [link] and [ ]", "array[i] and [link] and [ ]", False),
        ("open [1", "open [1", False),
        ("[99999999999]", "", False),
        ("[0[0]]", "]", False),
        ("[[1]] and [9[2]", "[[1]] and [9[2]", True),
    ],
)
def test_valid_markers_stay_and_invented_ones_go(text: str, expected: str, grounded: bool) -> None:
    assert whole(text) == (expected, grounded)


@given(text=TEXTS, cuts=st.lists(st.integers(0, 80), max_size=8))
def test_the_answer_is_the_same_however_it_is_cut(text: str, cuts: list[int]) -> None:
    places = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    markers = MarkerFilter(3)

    streamed = "".join(markers.feed(text[a:b]) for a, b in itertools.pairwise(places))

    assert (streamed + markers.finish(), markers.grounded) == whole(text)


@given(TEXTS)
def test_no_marker_names_a_passage_that_is_not_there(text: str) -> None:
    import re

    shown, _ = whole(text, passages=2)

    assert {int(n) for n in re.findall(r"\[([0-9]{1,9})\]", shown)} <= {1, 2}


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
