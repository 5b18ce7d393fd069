from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ragtenancy.adapters.formats.strict import transitional
from tests.factories_docx import STRICT_WORD, WORD

STRICT = f'<w:p xmlns:w="{STRICT_WORD}"><w:t>a > b</w:t><x xmlns="{STRICT_WORD}"/></w:p>'


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % len(data) for place in places), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


@given(st.lists(st.integers(100, 1_000), max_size=5))
def test_strict_names_are_replaced_wherever_the_pieces_end(places: list[int]) -> None:
    head, *rest = cut(STRICT.encode(), [place % 80 + 60 for place in places])

    pieces = transitional([head + (rest[0] if rest else b""), *rest[1:]])

    assert b"".join(pieces).decode() == STRICT.replace(STRICT_WORD, WORD)


@given(st.lists(st.integers(0, 400), max_size=5))
def test_utf16_becomes_utf8_wherever_the_pieces_end(places: list[int]) -> None:
    text = '<?xml version="1.0" encoding="UTF-16"?><w>wörter 漢字 😀</w>'
    data = text.encode("utf-16")

    pieces = transitional([data[:100], *cut(data[100:], places)])

    assert b"".join(pieces).decode() == "<w>wörter 漢字 😀</w>"
