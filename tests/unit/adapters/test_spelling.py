"""Reading a word that nobody wrote as its neighbour."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragtenancy.adapters.bm25.spelling import LEAST_LETTERS, nearest

ALPHABET = "abcdefghijklmnopqrstuvwxyz"
WORDS = {"refund": 3, "invoic": 2, "payment": 5, "refunt": 1, "err4021": 1, "возврат": 1}
WORD = st.text("abcdef", min_size=LEAST_LETTERS, max_size=12)


def holders(term: str) -> int:
    return WORDS.get(term, 0)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("refnud", "refund"),
        ("rfund", "refund"),
        ("reefund", "refund"),
        ("pefund", "refund"),
        ("refunx", "refund"),  # refunt is as near, and rarer
        ("paymnet", "payment"),
        ("voucher", "voucher"),
        ("err4022", "err4022"),
        ("pay", "pay"),
    ],
)
def test_a_word_is_read_as_its_neighbour(typed: str, read: str) -> None:
    assert nearest(typed, ALPHABET, holders) == read


def test_other_alphabets_have_neighbours_too() -> None:
    assert nearest("возрат", "абвгдеозтр", holders) == "возврат"


@given(word=WORD, at=st.integers(0, 11), letter=st.sampled_from("abcdef"))
def test_one_wrong_letter_is_mended(word: str, at: int, letter: str) -> None:
    at %= len(word)
    typed = word[:at] + letter + word[at + 1 :]

    assert nearest(typed, "abcdef", lambda term: int(term == word)) == word
