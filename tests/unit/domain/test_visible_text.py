from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragtenancy.domain.visible_text import visible, visible_text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        (" spaced \n lines\t\r\nend ", "spaced\n lines\nend"),
        ("ig\u200bno\u2060re \u202ethis\u202c", "ignore this"),
        ("\U000e0069\U000e0067tags", "tags"),
        ("soft\u00adhyphen \ufeffmark", "softhyphen mark"),
        ("bell\x07 next\u0085line", "bell next\nline"),
        ("me\u200cthod", "method"),
        ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",) * 2,
    ],
)
def test_only_what_a_reader_sees_is_kept(text: str, expected: str) -> None:
    shown = visible_text(text)

    assert shown == expected


@given(st.text())
def test_cleaning_twice_changes_nothing(text: str) -> None:
    once = visible_text(text)

    assert visible_text(once) == once


@given(st.text())
def test_what_is_left_can_be_stored_as_utf8(text: str) -> None:
    shown = visible_text(text + "\ud800")

    assert shown.encode().decode() == shown


def test_long_white_space_is_passed_over_once() -> None:
    shown = visible("a" + "\t" * 300_000 + "b\u00a0" + " " * 300_000 + "\nc")

    assert shown == "a" + "\t" * 300_000 + "b\u00a0\nc"
