"""Cursors and pages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragtenancy.domain.errors import MalformedError
from ragtenancy.domain.pages import Cursor
from ragtenancy.persistence.cursors import (
    cursor_position,
    cut,
    decode_cursor,
    encode_cursor,
    position_cursor,
)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_cursor_gives_its_key_back(key: str) -> None:
    assert decode_cursor(encode_cursor(key)) == key


@given(st.integers(0, 2**63 - 1))
def test_a_cursor_gives_its_position_back(position: int) -> None:
    assert cursor_position(position_cursor(position)) == position


@given(st.text())
def test_any_other_text_is_malformed_or_a_position(text: str) -> None:
    try:
        position = cursor_position(Cursor(text))
    except MalformedError:
        return
    assert 0 <= position < 2**63


@pytest.mark.parametrize("key", ["-1", "", "x", "1.0", "٣", str(2**63), "9" * 30])
def test_a_key_that_is_no_position_is_malformed(key: str) -> None:
    with pytest.raises(MalformedError):
        cursor_position(encode_cursor(key))


@pytest.mark.parametrize(("limit", "items", "more"), [(2, (5, 6), True), (3, (5, 6, 7), False)])
def test_a_page_is_cut_at_its_limit(limit: int, items: tuple[int, ...], more: bool) -> None:
    page = cut([5, 6, 7], limit, position_cursor)

    assert page.items == items
    assert page.next == (position_cursor(items[-1]) if more else None)
