"""Postings: an immutable segment, a write buffer for new rows, and the merge of the two."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from ragtenancy.engines.lexical.vocabulary import TermDictionary

Ints = npt.NDArray[np.signedinteger]
Frequencies = npt.NDArray[np.integer]


class TermCounts(Struct, frozen=True, kw_only=True):
    """The bag of words of a chunk: distinct terms by first appearance, their frequencies, its length."""

    terms: Sequence[str]
    frequencies: Sequence[int]
    length: int


def count_terms(terms: Sequence[str]) -> TermCounts:
    """Count the terms of a chunk."""
    counts = Counter(terms)
    return TermCounts(terms=tuple(counts), frequencies=tuple(counts.values()), length=len(terms))


class ForwardIndex(Struct, frozen=True, kw_only=True):
    """Term ids and frequencies row after row; `counts[i]` of them belong to row i."""

    counts: npt.NDArray[np.int64]
    terms: npt.NDArray[np.int32]
    frequencies: Frequencies


class Segment(Struct, frozen=True, kw_only=True):
    """An immutable inverted index with its forward index, as flat arrays (CSR).

    The postings of term t, sorted by row, are `rows` and `frequencies` at
    `term_offsets[t]:term_offsets[t + 1]`; the terms of row r are `row_terms` and
    `row_frequencies` at `row_offsets[r]:row_offsets[r + 1]`. The order of the fields is that of
    the arrays in an index file.
    """

    term_offsets: npt.NDArray[np.int64]
    rows: npt.NDArray[np.int32]
    frequencies: Frequencies
    row_offsets: npt.NDArray[np.int64]
    row_terms: npt.NDArray[np.int32]
    row_frequencies: Frequencies

    @property
    def total_rows(self) -> int:
        """Rows, including those without a term."""
        return len(self.row_offsets) - 1

    @property
    def total_terms(self) -> int:
        """Terms."""
        return len(self.term_offsets) - 1

    @property
    def nbytes(self) -> int:
        """Bytes in memory."""
        return sum(getattr(self, name).nbytes for name in self.__struct_fields__)

    @property
    def byte_frequencies(self) -> npt.NDArray[np.uint8] | None:
        """The frequencies as bytes; None when some chunk contains a term 256 times or more."""
        narrow: npt.NDArray[np.uint8] | None = None
        if self.frequencies.dtype == np.uint8:
            narrow = self.frequencies.view(np.uint8)
        return narrow

    def bounds(self, term_id: int) -> tuple[int, int]:
        """Return where a term's postings start and end; (0, 0) for a term added later."""
        if term_id >= self.total_terms:
            return 0, 0
        return int(self.term_offsets[term_id]), int(self.term_offsets[term_id + 1])

    def postings(self, term_id: int) -> tuple[Ints, Frequencies]:
        """Return the rows that contain a term, and its frequency in each."""
        at = slice(*self.bounds(term_id))
        return self.rows[at], self.frequencies[at]

    def row(self, row: int) -> tuple[Ints, Frequencies]:
        """Return the distinct terms of a row, and their frequencies."""
        at = slice(self.row_offsets[row], self.row_offsets[row + 1])
        return self.row_terms[at], self.row_frequencies[at]

    def forward(self, live: npt.NDArray[np.bool_]) -> ForwardIndex:
        """Return the live rows."""
        counts = np.diff(self.row_offsets)
        if live.all():
            return ForwardIndex(
                counts=counts, terms=self.row_terms, frequencies=self.row_frequencies
            )
        kept = np.repeat(live, counts)
        return ForwardIndex(
            counts=counts[live],
            terms=self.row_terms[kept],
            frequencies=self.row_frequencies[kept],
        )


class WriteBuffer:
    """Growing postings of the rows added since the last merge; row numbers continue the segment's."""

    def __init__(self, first_row: int) -> None:
        self._first_row = first_row
        self._rows: dict[int, array[int]] = {}
        self._frequencies: dict[int, array[int]] = {}
        self._forward: list[tuple[Ints, Frequencies]] = []
        self.total_postings = 0

    def add(self, terms: Ints, frequencies: Sequence[int]) -> None:
        """Append a row of distinct terms."""
        row = self._first_row + len(self._forward)
        for term_id, frequency in zip(terms.tolist(), frequencies, strict=True):
            rows = self._rows.get(term_id)
            if rows is None:
                self._rows[term_id] = array("i", (row,))
                self._frequencies[term_id] = array("i", (frequency,))
            else:
                rows.append(row)
                self._frequencies[term_id].append(frequency)
        self._forward.append((terms, np.array(frequencies, np.int64)))
        self.total_postings += len(terms)

    def copy_forward(self) -> WriteBuffer:
        """Return an independent copy that has the rows but no postings: enough for a merge."""
        copied = WriteBuffer(self._first_row)
        copied._forward = self._forward.copy()
        copied.total_postings = self.total_postings
        return copied

    def postings(self, term_id: int) -> tuple[Ints, Frequencies] | None:
        """Return copies of the rows that contain a term and of its frequency in each."""
        rows = self._rows.get(term_id)
        if rows is None:
            return None
        return np.array(rows, np.int32), np.array(self._frequencies[term_id], np.int32)

    def row(self, row: int) -> tuple[Ints, Frequencies]:
        """Return the distinct terms of a row, and their frequencies."""
        return self._forward[row - self._first_row]

    def forward(self, live: Sequence[bool]) -> ForwardIndex:
        """Return the live rows."""
        kept = [row for row, alive in zip(self._forward, live, strict=True) if alive]
        no_terms, no_frequencies = np.empty(0, np.int32), np.empty(0, np.int64)
        return ForwardIndex(
            counts=np.array([len(terms) for terms, _ in kept], np.int64),
            terms=np.concatenate([no_terms, *(terms for terms, _ in kept)], dtype=np.int32),
            frequencies=np.concatenate([no_frequencies, *(f for _, f in kept)], dtype=np.int64),
        )


def forward_of(chunks: Sequence[TermCounts], term_ids: dict[str, int]) -> ForwardIndex:
    """Return chunks as rows of term ids; new terms are added to `term_ids`."""
    terms = [term_ids.setdefault(t, len(term_ids)) for chunk in chunks for t in chunk.terms]
    return ForwardIndex(
        counts=np.array([len(chunk.terms) for chunk in chunks], np.int64),
        terms=np.array(terms, np.int32),
        frequencies=np.array([f for chunk in chunks for f in chunk.frequencies], np.int64),
    )


def merge(parts: Sequence[ForwardIndex], terms: Sequence[str]) -> tuple[TermDictionary, Segment]:
    """Merge rows into one segment, with a new dictionary of the terms in use.

    `terms` are by their ids in `parts`. O(postings · log postings).
    """
    forward = ForwardIndex(
        counts=np.concatenate([part.counts for part in parts]),
        terms=np.concatenate([part.terms for part in parts]),
        frequencies=np.concatenate([part.frequencies for part in parts]),
    )
    used = np.zeros(len(terms), bool)
    used[forward.terms] = True
    ordered = sorted((terms[at], at) for at in np.flatnonzero(used).tolist())
    new_ids = np.zeros(len(terms), np.int32)
    new_ids[np.array([at for _, at in ordered], np.intp)] = np.arange(len(ordered), dtype=np.int32)
    renumbered = ForwardIndex(
        counts=forward.counts,
        terms=new_ids[forward.terms] if len(forward.terms) else forward.terms,
        frequencies=forward.frequencies,
    )
    return TermDictionary.of([term for term, _ in ordered]), invert(renumbered, len(ordered))


def invert(forward: ForwardIndex, total_terms: int) -> Segment:
    """Return the segment of a forward index; O(postings · log postings)."""
    total_rows = len(forward.counts)
    rows = np.repeat(np.arange(total_rows, dtype=np.int32), forward.counts)
    order = np.argsort(forward.terms.astype(np.int64) * max(1, total_rows) + rows)
    highest = int(forward.frequencies.max(initial=0))
    frequencies = forward.frequencies.astype(np.min_scalar_type(highest))
    return Segment(
        term_offsets=_offsets(np.bincount(forward.terms, minlength=total_terms)),
        rows=rows[order],
        frequencies=frequencies[order],
        row_offsets=_offsets(forward.counts),
        row_terms=forward.terms.astype(np.int32),
        row_frequencies=frequencies,
    )


def _offsets(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    offsets = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=offsets[1:])
    return offsets


EMPTY_SEGMENT = invert(
    ForwardIndex(
        counts=np.empty(0, np.int64),
        terms=np.empty(0, np.int32),
        frequencies=np.empty(0, np.int64),
    ),
    0,
)
