"""The young part of an inverted index: rows added since it was last settled."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

import numpy as np

from ragtenancy.adapters.bm25.segment import Forward, Frequencies, Ints


class Tail:
    """Postings that grow by appending; rows count on from the segment's."""

    def __init__(self, first_row: int) -> None:
        self._first_row = first_row
        self._rows: dict[int, array[int]] = {}
        self._frequencies: dict[int, array[int]] = {}
        self._forward: list[tuple[Ints, Frequencies]] = []
        self.total_postings = 0

    def add(self, terms: Ints, frequencies: Sequence[int]) -> None:
        """Append a row of distinct terms."""
        row = self._first_row + len(self._forward)
        for term, frequency in zip(terms.tolist(), frequencies, strict=True):
            rows = self._rows.get(term)
            if rows is None:
                self._rows[term] = array("i", (row,))
                self._frequencies[term] = array("i", (frequency,))
            else:
                rows.append(row)
                self._frequencies[term].append(frequency)
        self._forward.append((terms, np.array(frequencies, np.int64)))
        self.total_postings += len(terms)

    def copy(self) -> Tail:
        """Return the rows alone, which changes to this one do not reach."""
        another = Tail(self._first_row)
        another._forward = self._forward.copy()
        another.total_postings = self.total_postings
        return another

    def postings(self, term: int) -> tuple[Ints, Frequencies] | None:
        """Return copies of the rows that hold a term and how often each does."""
        rows = self._rows.get(term)
        if rows is None:
            return None
        return np.array(rows, np.int32), np.array(self._frequencies[term], np.int32)

    def row(self, row: int) -> tuple[Ints, Frequencies]:
        """Return the terms of a row and how often it holds each."""
        return self._forward[row - self._first_row]

    def forward(self, alive: Sequence[bool]) -> Forward:
        """Return the rows that live."""
        kept = [row for row, lives in zip(self._forward, alive, strict=True) if lives]
        return Forward(
            counts=np.array([len(terms) for terms, _ in kept], np.int64),
            terms=_flat([terms for terms, _ in kept], np.dtype(np.int32)),
            frequencies=_flat([frequencies for _, frequencies in kept], np.dtype(np.int64)),
        )


def _flat(parts: Sequence[Frequencies], dtype: np.dtype[np.signedinteger]) -> Ints:
    return np.concatenate([np.empty(0, dtype), *parts], dtype=dtype)
