"""The settled part of an inverted index: postings by term and terms by row, in flat arrays."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from msgspec import Struct

Ints = npt.NDArray[np.signedinteger]
Frequencies = npt.NDArray[np.integer]


class Forward(Struct, frozen=True, kw_only=True):
    """The terms of rows one after another: `counts[i]` of them belong to row i."""

    counts: npt.NDArray[np.int64]
    terms: npt.NDArray[np.int32]
    frequencies: Frequencies


class Segment(Struct, frozen=True, kw_only=True):
    """Never changed. Term t's postings lie at `term_starts[t]:term_starts[t + 1]`, by row."""

    term_starts: npt.NDArray[np.int64]
    rows: npt.NDArray[np.int32]
    frequencies: Frequencies
    row_starts: npt.NDArray[np.int64]
    row_terms: npt.NDArray[np.int32]
    row_frequencies: Frequencies

    @property
    def total_rows(self) -> int:
        """Rows, those without a term included."""
        return len(self.row_starts) - 1

    @property
    def total_terms(self) -> int:
        """Terms."""
        return len(self.term_starts) - 1

    @property
    def nbytes(self) -> int:
        """Bytes in memory."""
        return sum(getattr(self, name).nbytes for name in self.__struct_fields__)

    @property
    def narrow_frequencies(self) -> npt.NDArray[np.uint8] | None:
        """The frequencies if they take a byte each: no chunk holds a term 256 times."""
        narrow: npt.NDArray[np.uint8] | None = None
        if self.frequencies.dtype == np.uint8:
            narrow = self.frequencies.view(np.uint8)
        return narrow

    def span(self, term: int) -> tuple[int, int]:
        """Return where a term's postings start and end; an empty span for a later term."""
        if term >= self.total_terms:
            return 0, 0
        return int(self.term_starts[term]), int(self.term_starts[term + 1])

    def postings(self, term: int) -> tuple[Ints, Frequencies]:
        """Return the rows that hold a term and how often each does."""
        at = slice(*self.span(term))
        return self.rows[at], self.frequencies[at]

    def row(self, row: int) -> tuple[Ints, Frequencies]:
        """Return the terms of a row and how often it holds each."""
        at = slice(self.row_starts[row], self.row_starts[row + 1])
        return self.row_terms[at], self.row_frequencies[at]

    def forward(self, alive: npt.NDArray[np.bool_]) -> Forward:
        """Return the rows that live."""
        counts = np.diff(self.row_starts)
        if alive.all():
            return Forward(counts=counts, terms=self.row_terms, frequencies=self.row_frequencies)
        kept = np.repeat(alive, counts)
        return Forward(
            counts=counts[alive],
            terms=self.row_terms[kept],
            frequencies=self.row_frequencies[kept],
        )


def joined(parts: list[Forward]) -> Forward:
    """Return rows after rows."""
    return Forward(
        counts=np.concatenate([part.counts for part in parts]),
        terms=np.concatenate([part.terms for part in parts]),
        frequencies=np.concatenate([part.frequencies for part in parts]),
    )


def segment(forward: Forward, total_terms: int) -> Segment:
    """Return the segment of some rows; O(postings · log postings)."""
    total_rows = len(forward.counts)
    rows = np.repeat(np.arange(total_rows, dtype=np.int32), forward.counts)
    order = np.argsort(forward.terms.astype(np.int64) * max(1, total_rows) + rows)
    highest = int(forward.frequencies.max(initial=0))
    frequencies = forward.frequencies.astype(np.min_scalar_type(highest))
    return Segment(
        term_starts=_starts(np.bincount(forward.terms, minlength=total_terms)),
        rows=rows[order],
        frequencies=frequencies[order],
        row_starts=_starts(forward.counts),
        row_terms=forward.terms.astype(np.int32),
        row_frequencies=frequencies,
    )


def _starts(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    starts = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=starts[1:])
    return starts


EMPTY = segment(
    Forward(
        counts=np.empty(0, np.int64),
        terms=np.empty(0, np.int32),
        frequencies=np.empty(0, np.int64),
    ),
    0,
)
