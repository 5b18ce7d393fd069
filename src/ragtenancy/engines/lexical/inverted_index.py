"""An updatable inverted index whose BM25 statistics are exact after every change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import copy
from typing import Generic, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from ragtenancy.engines.lexical.bm25 import Kernel, Parameters
from ragtenancy.engines.lexical.postings import (
    EMPTY_SEGMENT,
    Frequencies,
    Ints,
    Segment,
    TermCounts,
    WriteBuffer,
    forward_of,
    merge,
)
from ragtenancy.engines.lexical.vocabulary import NO_TERMS, TermDictionary, Vocabulary

Item = TypeVar("Item", bound=np.generic)
Scores = npt.NDArray[np.float64]
Postings = Sequence[tuple[Ints, Frequencies]]
RowOrder = Callable[[], Iterable[int]]
MIN_BUFFERED = 4_096
MIN_TOMBSTONES = 64
CACHED_QUERIES = 4
CACHED_TERMS = 4_096
MAX_ROWS_WITHOUT_DENSE = 2_048
DENSE_SLOTS = 128
DENSE_SHARE = 8


class Snapshot(Struct, frozen=True, kw_only=True):
    """An index without write buffer and tombstones: a merge's result and a file's content."""

    vocabulary: TermDictionary
    lengths: npt.NDArray[np.int64]
    segment: Segment


EMPTY = Snapshot(vocabulary=NO_TERMS, lengths=np.empty(0, np.int64), segment=EMPTY_SEGMENT)


class InvertedIndex:
    """A segment, a write buffer and tombstones; chunks are row numbers, never reused.

    Adding or removing a chunk touches its own postings only; `merged` folds buffer and tombstones
    into a new segment, which `needs_merge` asks for occasionally. `row_order` gives the live rows
    in the order of the corpus, for Okapi's mean idf (by default the order of the rows). Not safe
    for threads that change the index while others read it.
    """

    def __init__(
        self,
        parameters: Parameters,
        snapshot: Snapshot = EMPTY,
        *,
        row_order: RowOrder | None = None,
    ) -> None:
        self.parameters = parameters
        self.vocabulary = Vocabulary(snapshot.vocabulary)
        self.segment = snapshot.segment
        self.tombstones: set[int] = set()
        self._row_order = row_order
        self._buffer = WriteBuffer(snapshot.segment.total_rows)
        self._lengths: GrowableArray[np.int64] = GrowableArray(snapshot.lengths)
        self._document_frequencies: GrowableArray[np.int64] = GrowableArray(
            np.diff(snapshot.segment.term_offsets)
        )
        self._total_length = int(snapshot.lengths.sum())
        self._norms: Scores | None = None
        self._floor: float | None = None
        self._scorer = Scorer()

    @property
    def total_rows(self) -> int:
        """Rows, including tombstones."""
        return len(self._lengths.view)

    @property
    def total(self) -> int:
        """Live rows."""
        return self.total_rows - len(self.tombstones)

    @property
    def needs_merge(self) -> bool:
        """Whether buffer and tombstones are large enough to be worth a merge."""
        return self._buffer.total_postings > max(MIN_BUFFERED, len(self.segment.rows) // 8) or len(
            self.tombstones
        ) > max(MIN_TOMBSTONES, self.total // 4)

    @property
    def nbytes(self) -> int:
        """Bytes in memory, estimated."""
        added_terms = 130 * self.vocabulary.total_added
        buffer = 40 * self._buffer.total_postings
        return self.segment.nbytes + self._scorer.nbytes + buffer + added_terms

    def add(self, chunk: TermCounts) -> int:
        """Add a chunk; return its row."""
        add_term = self.vocabulary.add
        terms = np.array([add_term(term) for term in chunk.terms], np.int32)
        new_terms = len(self.vocabulary) - len(self._document_frequencies.view)
        self._document_frequencies.extend([0] * new_terms)
        self._document_frequencies.view[terms] += 1
        self._buffer.add(terms, chunk.frequencies)
        self._lengths.extend([chunk.length])
        self._total_length += chunk.length
        self._invalidate()
        return self.total_rows - 1

    def remove(self, row: int) -> None:
        """Turn a live row into a tombstone."""
        self.tombstones.add(row)
        self._document_frequencies.view[self.row(row)[0]] -= 1
        self._total_length -= int(self._lengths.view[row])
        self._invalidate()

    def merged(
        self,
        *,
        without: Iterable[int] = (),
        added: Sequence[TermCounts] = (),
        row_order: RowOrder | None = None,
    ) -> InvertedIndex:
        """Return a new index of the same scores after a change, without buffer and tombstones."""
        snapshot = self.snapshot(without=without, added=added)
        return InvertedIndex(self.parameters, snapshot, row_order=row_order)

    def snapshot(
        self, *, without: Iterable[int] = (), added: Sequence[TermCounts] = ()
    ) -> Snapshot:
        """Merge segment and buffer, less some rows, with new chunks behind; rows keep their order.

        Reads the index and changes nothing, so that it may run beside searches. Terms no longer in
        any chunk leave the vocabulary.
        """
        live = np.ones(self.total_rows, bool)
        live[np.array([*self.tombstones, *without], np.intp)] = False
        term_ids = {term: term_id for term_id, term in enumerate(self.vocabulary.terms())}
        first = self.segment.total_rows
        forward = [
            self.segment.forward(live[:first]),
            self._buffer.forward(live[first:].tolist()),
            forward_of(added, term_ids),
        ]
        dictionary, segment = merge(forward, list(term_ids))
        lengths = np.array([chunk.length for chunk in added], np.int64)
        return Snapshot(
            vocabulary=dictionary,
            lengths=np.concatenate([self._lengths.view[live], lengths]),
            segment=segment,
        )

    def frozen(self) -> InvertedIndex:
        """Return a copy to merge in another thread; later changes do not reach it."""
        frozen = copy(self)
        frozen.vocabulary, frozen.tombstones = self.vocabulary.copy(), self.tombstones.copy()
        frozen._buffer = self._buffer.copy_forward()
        frozen._lengths = GrowableArray(self._lengths.view.copy())
        frozen._scorer = Scorer()
        return frozen

    def row(self, row: int) -> tuple[Ints, Frequencies]:
        """Return the distinct terms of a row, and their frequencies."""
        part = self.segment if row < self.segment.total_rows else self._buffer
        return part.row(row)

    def postings(self, term_id: int, *, buffered_only: bool = False) -> Postings:
        """Return the rows that contain a term and its frequency in each, in up to two parts."""
        merged = None if buffered_only else self.segment.postings(term_id)
        buffered = self._buffer.postings(term_id)
        return [part for part in (merged, buffered) if part is not None]

    def conjunction(self, terms: Iterable[str]) -> npt.NDArray[np.int64]:
        """Return the live rows that contain every term, in order; none for no terms."""
        found: npt.NDArray[np.int64] | None = None
        for term_id, document_frequency in map(self.term, dict.fromkeys(terms)):
            parts = [rows for rows, _ in self.postings(term_id)] if document_frequency else []
            rows = np.concatenate([np.empty(0, np.int64), *parts])
            found = rows if found is None else np.intersect1d(found, rows)
        if found is None:
            return np.empty(0, np.int64)
        return found[~np.isin(found, list(self.tombstones))]

    def scores(self, terms: Sequence[str], *, kernel: Kernel | None = None) -> Scores:
        """Return BM25 by row, -inf for tombstones. The array belongs to the index: read it at once."""
        return self._scorer.scores(self, terms, kernel)

    def term(self, text: str) -> tuple[int, int]:
        """Return a term's id and document frequency, or -1 and 0."""
        term_id = self.vocabulary.term_id(text)
        return term_id, int(self._document_frequencies.view[term_id]) if term_id >= 0 else 0

    def length_norms(self) -> Scores:
        """Return by row the length normalization, the part of the divisor beside the frequency."""
        if self._norms is None:
            mean = self._total_length / self.total
            self._norms = self.parameters.length_norms(self._lengths.view, mean)
        return self._norms

    def idf(self, document_frequency: int) -> float:
        """Return the inverse document frequency of a term by its document frequency."""
        if self._floor is None:
            okapi = self.parameters.epsilon is not None
            self._floor = self._idf_floor() if okapi else 0.0
        return self.parameters.idf(document_frequency, self.total, self._floor)

    def impact(self, row: int, *, frequency: int, document_frequency: int) -> float:
        """Return what a term adds to a row's BM25, 0 for one that the row does not contain."""
        if not frequency:
            return 0.0
        norm = float(self.length_norms()[row])
        share = frequency * (self.parameters.k1 + 1) / (frequency + norm)
        return self.idf(document_frequency) * share

    def _idf_floor(self) -> float:
        """Return Okapi's floor, summing terms by first appearance, as `rank_bm25` does."""
        if self._row_order is None:
            rows: Iterable[int] = (r for r in range(self.total_rows) if r not in self.tombstones)
        else:
            rows = self._row_order()
        terms = np.concatenate([EMPTY_SEGMENT.row_terms, *(self.row(row)[0] for row in rows)])
        distinct, first = np.unique(terms, return_index=True)
        ordered = self._document_frequencies.view[distinct[np.argsort(first)]]
        return self.parameters.idf_floor(ordered, self.total)

    def _invalidate(self) -> None:
        self._norms = None
        self._floor = None
        self._scorer.clear()


class GrowableArray(Generic[Item]):
    """A numpy array with amortized O(1) append; `view` stays valid until the next append."""

    __slots__ = ("_items", "_size")

    def __init__(self, items: npt.NDArray[Item]) -> None:
        self._items = items
        self._size = len(items)

    @property
    def view(self) -> npt.NDArray[Item]:
        """The items, not a copy."""
        return self._items[: self._size]

    def extend(self, items: Sequence[int] | npt.NDArray[Item]) -> None:
        """Append items."""
        size = self._size + len(items)
        if size > len(self._items):
            grown = np.empty(max(16, size, len(self._items) * 3 // 2), self._items.dtype)
            grown[: self._size] = self.view
            self._items = grown
        self._items[self._size : size] = items
        self._size = size


class QueryTerm(NamedTuple):
    """A known term: its slot of dense impacts or -1, its bounds in the segment, its id and idf."""

    slot: int
    start: int
    end: int
    term_id: int
    idf: float


class DenseImpacts:
    """Cached impacts of the most frequent terms: one float64 per row for up to `DENSE_SLOTS` terms.

    A term qualifies when at least an eighth of the rows contain it; its impacts are computed for
    the second query with it, and then cost one addition of two arrays. `clear` after any change
    of the index: lengths and frequencies of other rows enter a term's impacts.
    """

    def __init__(self) -> None:
        self.rows: Scores = np.empty((0, 0))
        self._slots: dict[int, int] = {}
        self._seen_once: set[int] = set()

    def clear(self) -> None:
        """Forget every term."""
        self._slots.clear()
        self._seen_once.clear()

    def awaits(self, term_id: int) -> bool:
        """Return whether the next query with a term gives it a slot."""
        return term_id in self._seen_once

    def slot(
        self, term_id: int, document_frequency: int, total: int, fill: Callable[[Scores], None]
    ) -> int:
        """Return a term's index in `rows`, filled by `fill` into zeros; -1 without a slot."""
        slot = self._slots.get(term_id)
        if slot is not None:
            return slot
        if document_frequency * DENSE_SHARE < total or len(self._slots) >= DENSE_SLOTS:
            return -1
        if term_id not in self._seen_once:
            self._seen_once.add(term_id)
            return -1
        self._seen_once.discard(term_id)
        slot = len(self._slots)
        if self.rows.shape[1] < total:
            self._slots.clear()
            # Pages of slots that no term fills are never touched.
            self.rows = np.empty((DENSE_SLOTS, total + total // 8))
        self.rows[slot, :total] = 0.0
        fill(self.rows[slot, :total])
        self._slots[term_id] = slot
        return slot


class Scorer:
    """Term-at-a-time scoring of every row, with caches of recent queries and terms.

    Scores are summed in the order of the query's terms, one float64 addition per row and term,
    each idf · (f · (k1 + 1) / (f + norm)): the same bits with a kernel and without. A kernel adds
    the postings of few rows as fast as dense impacts. `clear` after any change of the index.
    """

    def __init__(self) -> None:
        self._dense = DenseImpacts()
        self._terms: dict[str, QueryTerm] = {}
        self._recent: dict[tuple[str, ...], Scores] = {}

    @property
    def nbytes(self) -> int:
        """Bytes in memory, estimated."""
        return self._dense.rows.nbytes + sum(scores.nbytes for scores in self._recent.values())

    def clear(self) -> None:
        """Forget everything."""
        self._dense.clear()
        self._terms.clear()
        self._recent.clear()

    def scores(self, index: InvertedIndex, terms: Sequence[str], kernel: Kernel | None) -> Scores:
        """Return BM25 by row, -inf for tombstones, from the cache of recent queries if there.

        An array that leaves the cache is overwritten by the next query.
        """
        query = tuple(terms)
        scores = self._recent.get(query)
        if scores is None:
            if len(self._recent) < CACHED_QUERIES:
                scores = np.zeros(index.total_rows)
            else:
                scores = self._recent.pop(next(iter(self._recent)))
                scores.fill(0.0)
            self._fill(index, query, scores, kernel)
            self._recent[query] = scores
        return scores

    def _fill(
        self, index: InvertedIndex, terms: Sequence[str], scores: Scores, kernel: Kernel | None
    ) -> None:
        dense = kernel is None or len(scores) > MAX_ROWS_WITHOUT_DENSE
        known = [found for term in terms if (found := self._term(index, term, dense=dense))]
        first = 0
        frequencies = index.segment.byte_frequencies
        if kernel and known and frequencies is not None:
            first = index.segment.total_rows
            kernel(
                scores[:first],
                self._dense.rows,
                np.array([term[:3] for term in known]),
                np.array([term.idf for term in known]),
                index.segment.rows,
                frequencies,
                index.length_norms(),
                index.parameters.k1 + 1,
            )
        if first < len(scores):
            for term in known:
                if term.slot >= 0:
                    scores[first:] += self._dense.rows[term.slot, first : len(scores)]
                else:
                    postings = index.postings(term.term_id, buffered_only=first > 0)
                    _add_postings(index, postings, term.idf, scores)
        if index.tombstones:
            scores[list(index.tombstones)] = -np.inf

    def _term(self, index: InvertedIndex, text: str, *, dense: bool) -> QueryTerm | None:
        term = self._terms.get(text)
        if term is not None:
            return term
        term_id, document_frequency = index.term(text)
        if not document_frequency:
            return None
        if len(self._terms) >= CACHED_TERMS:
            self._terms.clear()
        idf, slot = index.idf(document_frequency), -1
        if dense:
            slot = self._dense.slot(
                term_id,
                document_frequency,
                index.total_rows,
                lambda row: _add_postings(index, index.postings(term_id), idf, row),
            )
        term = QueryTerm(slot, *index.segment.bounds(term_id), term_id, idf)
        if not self._dense.awaits(term_id):
            self._terms[text] = term
        return term


def _add_postings(index: InvertedIndex, postings: Postings, idf: float, scores: Scores) -> None:
    """Add the impacts of a term's postings to the scores."""
    norms = index.length_norms()
    for rows, frequencies in postings:
        added = frequencies.astype(np.float64)
        divisors = norms.take(rows)
        divisors += added
        added *= index.parameters.k1 + 1
        added /= divisors
        added *= idf
        np.add.at(scores, rows, added)
