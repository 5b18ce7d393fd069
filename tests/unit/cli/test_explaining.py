"""Scores as bars."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ragtenancy.cli.explaining import BAR, BM25, SEMANTIC, bar

SHARES = st.floats(0, 1)


@given(semantic=SHARES, bm25=SHARES, further=SHARES)
def test_a_bar_is_as_long_as_its_score(semantic: float, bm25: float, further: float) -> None:
    longest = semantic + bm25 + further

    drawn = bar(semantic, bm25, longest)

    assert len(drawn) == BAR
    assert drawn.rstrip() == SEMANTIC * drawn.count(SEMANTIC) + BM25 * drawn.count(BM25)
    if longest > 0:
        filled = len(drawn.rstrip())
        assert abs(filled - BAR * (semantic + bm25) / longest) <= 1
        assert abs(drawn.count(SEMANTIC) - BAR * semantic / longest) <= 1


def test_the_best_score_fills_its_bar() -> None:
    assert bar(0.3, 0.1, 0.4, width=8) == SEMANTIC * 6 + BM25 * 2
    assert bar(0.1, 0.1, 0.4, width=8) == SEMANTIC * 2 + BM25 * 2 + " " * 4
