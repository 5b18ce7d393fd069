"""A matrix of vectors in keyed spans of rows, and its nearest-neighbour search."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable
from typing import Generic, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from ragtenancy.engines.vectors import scan
from ragtenancy.engines.vectors.scan import Cosines, Rows, Vector, Vectors
from ragtenancy.engines.vectors.sign_codes import EXCLUDED, SignCodes, nearest

Key = TypeVar("Key", bound=Hashable)
MIN_TOMBSTONES = 1_000
MAX_EXACT = 50_000
PRESELECTED_PER_HIT = 20
ROWS_PER_PRESELECTED = 50


class Span(NamedTuple, Generic[Key]):
    """Contiguous rows of one key."""

    key: Key
    first: int
    total: int


class VectorMatrix(Generic[Key]):
    """float32 of shape (rows, dimension): spans in the order of their addition, with tombstones.

    `storage` is used as capacity: vectors already at their rows in it are not copied.
    Removed rows are zeroed at once and reclaimed by a compaction when they are half of all.

    A search is exact up to `max_exact` rows. Beyond, it scans the rows nearest by Hamming
    distance of their sign codes: a fiftieth of all, or 20 per hit if that is more.

    Not safe for threads that change the matrix while others read it.
    """

    def __init__(
        self, dimension: int, storage: Vectors | None = None, *, max_exact: int = MAX_EXACT
    ) -> None:
        self._matrix = np.empty((0, dimension), np.float32) if storage is None else storage
        self._max_norm = 1.0
        self._max_exact = max_exact
        self._codes: SignCodes | None = None
        self._end = 0
        self._live = 0
        self._by_key: dict[Key, Span[Key]] = {}
        self._spans: list[Span[Key]] = []
        self._firsts: Rows | None = None
        self._tombstones: list[Rows] = []

    @property
    def dimension(self) -> int:
        """Numbers per row."""
        return int(self._matrix.shape[1])

    @property
    def total_rows(self) -> int:
        """Rows, including tombstones."""
        return self._end

    @property
    def total(self) -> int:
        """Live rows."""
        return self._live

    @property
    def nbytes(self) -> int:
        """Bytes of vectors and codes, including spare capacity."""
        return self._matrix.nbytes + (self._codes.nbytes if self._codes else 0)

    def adopt(self, spans: Iterable[tuple[Key, int]], *, max_norm: float) -> None:
        """Adopt spans whose vectors, none above `max_norm`, are already in the storage in order."""
        for key, total in spans:
            if total:
                self._append_span(key, total)
        self._max_norm = max(self._max_norm, max_norm)
        self._encode(0)

    def add(self, key: Key, vectors: Vectors) -> None:
        """Append a span of at least one row, of the matrix's dimension."""
        if self._end + len(vectors) > len(self._matrix):
            self._compact(max(self._live + len(vectors), self._live * 5 // 4))
        rows = self._vectors_of(self._append_span(key, len(vectors)))
        if not _same_memory(vectors, rows):
            rows[:] = vectors
        self._max_norm = max(self._max_norm, scan.max_norm(rows))
        self._encode(self._end - len(vectors))

    def remove(self, key: Key) -> None:
        """Remove a span; idempotent."""
        span = self._by_key.pop(key, None)
        if span is None:
            return
        self._tombstones.append(np.arange(span.first, span.first + span.total))
        self._live -= span.total
        self._vectors_of(span)[:] = 0
        if self._end - self._live > max(MIN_TOMBSTONES, self._live):
            self._compact(self._live)

    def row(self, key: Key, ordinal: int) -> int | None:
        """Return the row of a span's vector, None for an absent one."""
        span = self._by_key.get(key)
        return span.first + ordinal if span is not None and ordinal < span.total else None

    def rows_of(self, keys: Iterable[Key]) -> Rows:
        """Return the rows of spans, span by span."""
        found = [span for key in keys if (span := self._by_key.get(key))]
        totals = np.array([span.total for span in found], np.intp)
        ends = np.cumsum(totals)
        firsts = np.array([span.first for span in found], np.intp)
        return np.arange(int(totals.sum())) + np.repeat(firsts - ends + totals, totals)

    def search(
        self, vector: Vector, limit: int, keys: Collection[Key] | None = None
    ) -> tuple[list[tuple[Key, int]], Cosines]:
        """Return key and ordinal of the `limit` highest cosines and of all ties with the last.

        Float32 products preselect the rows that can be among them, rounding considered; their
        float64 cosines decide. O(rows · dimension).
        """
        rows = self._preselect(vector, limit, keys)
        found = self.cosines(vector, rows)
        best = scan.top_with_ties(found, limit)
        rows = rows[best]
        if self._firsts is None:
            self._firsts = np.array([span.first for span in self._spans], np.intp)
        places = self._firsts.searchsorted(rows, "right") - 1
        ordinals = (rows - self._firsts[places]).tolist()
        keys_found = [self._spans[place].key for place in places.tolist()]
        return list(zip(keys_found, ordinals, strict=True)), found[best]

    def cosines(self, vector: Vector, rows: Rows | list[int]) -> Cosines:
        """Return the float64 cosines of some rows."""
        return scan.cosines(self._matrix.take(rows, axis=0), vector)

    def dot_products(self, vector: Vector) -> tuple[Vector, float]:
        """Return the float32 cosine by row, and a bound on its rounding error."""
        products = scan.dot_products(self._matrix[: self._end], vector)
        return products, scan.rounding_error(vector, self._max_norm)

    def _preselect(self, vector: Vector, limit: int, keys: Collection[Key] | None) -> Rows:
        """Return the rows that can be among the best; beyond `max_exact`, nearly all of them."""
        allowed = None if keys is None else self.rows_of(keys)
        total = self._live if allowed is None else len(allowed)
        if self._codes and total > self._max_exact:
            count = max(PRESELECTED_PER_HIT * limit, total // ROWS_PER_PRESELECTED)
            distances = self._codes.hamming_distances(vector, self._end)
            if allowed is None:
                self._mask_tombstones(distances, EXCLUDED)
                allowed = nearest(distances, count)
            else:
                allowed = allowed[nearest(distances[allowed], count)]
        error = scan.rounding_error(vector, self._max_norm)
        if allowed is None:
            products = scan.dot_products(self._matrix[: self._end], vector)
            self._mask_tombstones(products, -np.inf)
            return scan.preselect(products, limit, error)
        if len(allowed) * 4 < self._end:
            products = scan.dot_products(self._matrix.take(allowed, axis=0), vector)
        else:
            products = scan.dot_products(self._matrix[: self._end], vector)[allowed]
        return allowed[scan.preselect(products, limit, error)]

    def _mask_tombstones(self, values: npt.NDArray[np.generic], value: float) -> None:
        if self._tombstones:
            self._tombstones = [np.concatenate(self._tombstones)]
            values[self._tombstones[0]] = value

    def _append_span(self, key: Key, total: int) -> Span[Key]:
        span = self._by_key[key] = Span(key, self._end, total)
        self._spans.append(span)
        self._firsts = None
        self._end += total
        self._live += total
        return span

    def _vectors_of(self, span: Span[Key]) -> Vectors:
        return self._matrix[span.first : span.first + span.total]

    def _encode(self, first: int) -> None:
        """Encode the rows from `first` on; all of them when the matrix passes `max_exact`."""
        if self._live <= self._max_exact:
            self._codes = None
            return
        if self._codes is None:
            first, (capacity, dimension) = 0, self._matrix.shape
            self._codes = SignCodes(dimension, capacity)
        self._codes.put(first, self._matrix[first : self._end])

    def _compact(self, capacity: int) -> None:
        """Copy the live rows to new storage."""
        old, spans = self._matrix, list(self._by_key.values())
        self._matrix = np.empty((capacity, old.shape[1]), np.float32)
        self._end, self._live, self._firsts = 0, 0, None
        self._by_key.clear()
        self._spans.clear()
        self._tombstones.clear()
        for span in spans:
            moved = self._append_span(span.key, span.total)
            self._vectors_of(moved)[:] = old[span.first : span.first + span.total]
        self._codes = None
        self._encode(0)


def _same_memory(one: Vectors, other: Vectors) -> bool:
    """Return whether two arrays of one shape share an address."""
    places = (one.__array_interface__["data"], other.__array_interface__["data"])
    return places[0] == places[1] and one.dtype == other.dtype
