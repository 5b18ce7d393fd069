"""Scoring every row for a question."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from ragtenancy.adapters.bm25.dense_impacts import DenseImpacts, Scores
from ragtenancy.adapters.bm25.kernel import Kernel
from ragtenancy.adapters.bm25.segment import Frequencies, Ints

if TYPE_CHECKING:
    from ragtenancy.adapters.bm25.inverted_index import InvertedIndex

KEPT_SCORES = 4
KEPT_TERMS = 4_096
MOST_WITHOUT_DENSE = 2_048


class WeightedTerm(NamedTuple):
    """A term that chunks hold: its place among the dense, or -1, and in the segment."""

    slot: int
    start: int
    end: int
    number: int
    idf: float


class Scorer:
    """Keeps of an index what questions share, until `clear`: call it whenever the index changes.

    Scores are added up in the order of the question's terms, one float64 addition a row and
    term, each idf · (f · (k1 + 1) / (f + norm)): with a kernel and without, the same bits.
    A kernel adds the postings of few rows as fast as what is kept of the most frequent terms.
    """

    def __init__(self) -> None:
        self._dense = DenseImpacts()
        self._terms: dict[str, WeightedTerm] = {}
        self._recent: dict[tuple[str, ...], Scores] = {}

    @property
    def nbytes(self) -> int:
        """Bytes in memory, roughly."""
        return self._dense.rows.nbytes + sum(scores.nbytes for scores in self._recent.values())

    def clear(self) -> None:
        """Forget everything."""
        self._dense.clear()
        self._terms.clear()
        self._recent.clear()

    def scores(self, index: InvertedIndex, terms: Sequence[str], kernel: Kernel | None) -> Scores:
        """Return BM25 by row, -inf for tombstones; kept for the last few questions.

        An array that leaves the kept ones is written over by the next question.
        """
        key = tuple(terms)
        scores = self._recent.get(key)
        if scores is None:
            scores = self._blank(len(index.rows))
            self._fill(index, key, scores, kernel)
            self._recent[key] = scores
        return scores

    def _blank(self, total: int) -> Scores:
        if len(self._recent) < KEPT_SCORES:
            return np.zeros(total)
        scores = self._recent.pop(next(iter(self._recent)))
        scores.fill(0.0)
        return scores

    def _fill(
        self, index: InvertedIndex, terms: Sequence[str], scores: Scores, kernel: Kernel | None
    ) -> None:
        dense = kernel is None or len(scores) > MOST_WITHOUT_DENSE
        weighted = [found for term in terms if (found := self._term(index, term, dense=dense))]
        first = 0
        narrow = index.segment.narrow_frequencies
        if kernel and weighted and narrow is not None:
            self._add_compiled(index, weighted, narrow, scores, kernel)
            first = index.segment.total_rows
        if first < len(scores):
            for term in weighted:
                self._add(index, term, scores, first)
        if index.rows.dead:
            scores[list(index.rows.dead)] = -np.inf

    def _add_compiled(
        self,
        index: InvertedIndex,
        terms: Sequence[WeightedTerm],
        frequencies: npt.NDArray[np.uint8],
        scores: Scores,
        kernel: Kernel,
    ) -> None:
        """Add all terms to the rows of the segment."""
        kernel(
            scores[: index.segment.total_rows],
            self._dense.rows,
            np.array([term[:3] for term in terms]),
            np.array([term.idf for term in terms]),
            index.segment.rows,
            frequencies,
            index.norms(),
            index.parameters.k1 + 1,
        )

    def _add(self, index: InvertedIndex, term: WeightedTerm, scores: Scores, first: int) -> None:
        """Add a term to the rows from `first` on: every row, or those after the segment."""
        if term.slot >= 0:
            scores[first:] += self._dense.rows[term.slot, first : len(scores)]
        else:
            postings = index.postings(term.number, tail_only=first > 0)
            add_postings(index, postings, term.idf, scores)

    def _term(self, index: InvertedIndex, text: str, *, dense: bool) -> WeightedTerm | None:
        term = self._terms.get(text)
        if term is not None:
            return term
        number, holders = index.term(text)
        if not holders:
            return None
        if len(self._terms) >= KEPT_TERMS:
            self._terms.clear()
        term = self._weighted(index, number, holders, dense=dense)
        if not self._dense.awaits(number):
            self._terms[text] = term
        return term

    def _weighted(
        self, index: InvertedIndex, number: int, holders: int, *, dense: bool
    ) -> WeightedTerm:
        idf, slot = index.idf(holders), -1
        if dense:
            slot = self._dense.slot(
                number,
                holders,
                len(index.rows),
                lambda row: add_postings(index, index.postings(number), idf, row),
            )
        return WeightedTerm(slot, *index.segment.span(number), number, idf)


def add_postings(
    index: InvertedIndex,
    postings: Sequence[tuple[Ints, Frequencies]],
    idf: float,
    scores: Scores,
    *,
    first: int = 0,
) -> None:
    """Add what a term's postings come to; `scores` are of the rows from `first` on."""
    norms = index.norms()
    for rows, frequencies in postings:
        added = frequencies.astype(np.float64)
        divisors = norms.take(rows)
        divisors += added
        added *= index.parameters.k1 + 1
        added /= divisors
        added *= idf
        np.add.at(scores, rows - first if first else rows, added)
