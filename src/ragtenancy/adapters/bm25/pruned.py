"""The best rows of an inverted index by a kernel, without scoring every row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from ragtenancy.adapters.bm25.column import Item
from ragtenancy.adapters.bm25.highest import highest_rows
from ragtenancy.adapters.bm25.kernel import Kernel
from ragtenancy.adapters.bm25.loops import Floats, Places, Postings, Question
from ragtenancy.adapters.bm25.scorer import add_postings
from ragtenancy.adapters.bm25.segment import Segment

if TYPE_CHECKING:
    from ragtenancy.adapters.bm25.inverted_index import InvertedIndex

SLOTS = 128
LEAST_SHARE = 8
KEPT_TERMS = 4_096


class BoundedTerm(NamedTuple):
    """A term that chunks hold, as `loops.Question` has it, and its number."""

    slot: int
    start: int
    end: int
    number: int
    idf: float
    bound: float


class Pruned:
    """Of one segment: how often each row holds each of the most frequent terms, a byte each.

    Those stay as long as the segment; weights go with `clear`: call it whenever the index
    changes. Rows of the tail, which are few, are scored one and all.
    """

    def __init__(self, segment: Segment, frequencies: npt.NDArray[np.uint8]) -> None:
        self._segment = segment
        self._rows, self._frequencies = _read_only(segment.rows), _read_only(frequencies)
        self._dense = np.empty((SLOTS, segment.total_rows), np.uint8)
        self._slots: dict[int, int] = {}
        self._sums = np.zeros(segment.total_rows)
        self._terms: dict[str, BoundedTerm] = {}
        self._postings: Postings | None = None
        self._least: float | None = None

    @property
    def nbytes(self) -> int:
        """Bytes in memory, at most."""
        return self._dense.nbytes + self._sums.nbytes

    def clear(self) -> None:
        """Forget the weights."""
        self._terms.clear()
        self._postings = self._least = None

    def best(
        self, index: InvertedIndex, terms: Sequence[str], limit: int, kernel: Kernel
    ) -> tuple[Places, Floats]:
        """Return rows, those of the `limit` highest scores above 0 among them, and their scores."""
        weighted = self._weighted(index, terms)
        rows, scores = NOTHING
        if weighted:
            question, postings = _question(weighted), self._present(index)
            rows = kernel.best_rows(question, postings, self._sums, limit)
            rows.sort()
            scores = kernel.score_rows(question, postings, rows)
        first = self._segment.total_rows
        if len(index.rows) > first:
            young = self._young(index, weighted)
            found = highest_rows(young, limit)
            rows, scores = np.append(rows, found + first), np.append(scores, young[found])
        return rows, scores

    def scores_of(
        self, index: InvertedIndex, terms: Sequence[str], rows: Places, kernel: Kernel
    ) -> Floats:
        """Return the scores of some rows."""
        weighted, first = self._weighted(index, terms), self._segment.total_rows
        scores = np.zeros(len(rows))
        if not weighted:
            return scores
        settled = rows < first
        asked = rows[settled]
        scores[settled] = kernel.score_rows(_question(weighted), self._present(index), asked)
        if len(asked) < len(rows):
            scores[~settled] = self._young(index, weighted)[rows[~settled] - first]
        return scores

    def _young(self, index: InvertedIndex, terms: Sequence[BoundedTerm]) -> Floats:
        """Return the scores of the tail's rows, -inf for tombstones."""
        first = self._segment.total_rows
        scores = np.zeros(len(index.rows) - first)
        for term in terms:
            postings = index.tail.postings(term.number)
            if postings is not None:
                add_postings(index, [postings], term.idf, scores, first=first)
        scores[[row - first for row in index.rows.dead if row >= first]] = -np.inf
        return scores

    def _weighted(self, index: InvertedIndex, terms: Sequence[str]) -> list[BoundedTerm]:
        return [term for term in (self._term(index, text) for text in terms) if term]

    def _term(self, index: InvertedIndex, text: str) -> BoundedTerm | None:
        term = self._terms.get(text)
        if term is not None:
            return term
        number, holders = index.term(text)
        if not holders:
            return None
        if len(self._terms) >= KEPT_TERMS:
            self._terms.clear()
        term = self._terms[text] = self._bounded(index, number, holders)
        return term

    def _bounded(self, index: InvertedIndex, number: int, holders: int) -> BoundedTerm:
        start, end = self._segment.span(number)
        idf, least = index.idf(holders), self._least_norm(index)
        highest = float(self._frequencies[start:end].max(initial=0))
        bound = idf * (highest * (index.parameters.k1 + 1) / (highest + least)) if highest else 0.0
        return BoundedTerm(self._slot(number, start, end), start, end, number, idf, bound)

    def _least_norm(self, index: InvertedIndex) -> float:
        if self._least is None:
            self._least = float(self._present(index).norms.min())
        return self._least

    def _slot(self, number: int, start: int, end: int) -> int:
        slot = self._slots.get(number, -1)
        frequent = (end - start) * LEAST_SHARE >= self._segment.total_rows
        if slot < 0 and frequent and len(self._slots) < SLOTS:
            slot = self._slots[number] = len(self._slots)
            self._dense[slot] = 0
            self._dense[slot, self._segment.rows[start:end]] = self._frequencies[start:end]
        return slot

    def _present(self, index: InvertedIndex) -> Postings:
        """Return the segment with the norms of today, infinite for tombstones."""
        if self._postings is None:
            norms = index.norms()[: self._segment.total_rows].copy()
            norms[[row for row in index.rows.dead if row < len(norms)]] = np.inf
            scale = index.parameters.k1 + 1
            self._postings = Postings(self._dense, self._rows, self._frequencies, norms, scale)
        return self._postings


def _question(terms: Sequence[BoundedTerm]) -> Question:
    return Question(
        np.array([term[:3] for term in terms]),
        np.array([term.idf for term in terms]),
        np.array([term.bound for term in terms]),
    )


def _read_only(items: npt.NDArray[Item]) -> npt.NDArray[Item]:
    """Return a view that may not be written, as arrays from files are: one type for the kernel."""
    view = items.view()
    view.flags.writeable = False
    return view


NOTHING: tuple[Places, Floats] = (np.empty(0, np.int64), np.empty(0))
