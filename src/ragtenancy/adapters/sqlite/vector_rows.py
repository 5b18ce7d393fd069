"""Vectors of chunks as rows of one matrix, and the exact scan over them."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

import numpy as np
import numpy.typing as npt

from ragtenancy.domain.errors import ReindexRequiredError
from ragtenancy.domain.ids import ChunkId, DocumentId, Revision, chunk_ids
from ragtenancy.ports.embeddings import Vector, Vectors

Cosines = npt.NDArray[np.float64]
BLOCKS_PER_HIT = 4
BYTES_PER_ROW = 400
NUMBERS_PER_PRODUCT = 450_000


class VectorRows:
    """float32 of shape (chunks, dimension); a removed row's place is taken by the last one.

    `room` is taken for the first rows: vectors that lie in it at their rows are not copied.

    Not safe for threads that change it while others read.
    """

    def __init__(self, dimension: int, room: Vectors | None = None) -> None:
        self._matrix = np.empty((0, dimension), np.float32) if room is None else room
        self._longest = 1.0
        self._measured = 0
        self._chunk_ids: list[ChunkId] = []
        self._row_of: dict[ChunkId, int] = {}
        self._chunks_of: dict[DocumentId, Sequence[ChunkId]] = {}

    @property
    def nbytes(self) -> int:
        """Bytes in memory, roughly."""
        return self._matrix.nbytes + BYTES_PER_ROW * len(self._chunk_ids)

    @property
    def size(self) -> int:
        """Numbers that a search reads."""
        return len(self._chunk_ids) * int(self._matrix.shape[1])

    def require_dimension(self, dimension: int) -> None:
        """Raise `ReindexRequiredError` for another dimension than the rows have."""
        if dimension != self._matrix.shape[1]:
            raise ReindexRequiredError("Documents were embedded by another model; reindex them.")

    def add(self, document_id: DocumentId, revision: Revision, vectors: Vectors) -> None:
        """Add a document's vectors, row i for ordinal i. Raises `ReindexRequiredError`."""
        if not len(vectors):
            return
        self.require_dimension(vectors.shape[1])
        first, size = len(self._chunk_ids), len(self._chunk_ids) + len(vectors)
        self._reserve(size)
        if not _is(vectors, self._matrix[first:size]):
            self._matrix[first:size] = vectors
        self._measured = min(self._measured, first)
        added = chunk_ids(document_id, revision, len(vectors))
        self._chunk_ids += added
        self._row_of.update(zip(added, range(first, size), strict=True))
        self._chunks_of[document_id] = added

    def remove(self, document_id: DocumentId) -> None:
        """Remove a document's vectors; the absent is fine."""
        for removed in self._chunks_of.pop(document_id, ()):
            row = self._row_of.pop(removed)
            self._measured = min(self._measured, row)
            last = self._chunk_ids.pop()
            if last != removed:
                self._matrix[row] = self._matrix[len(self._chunk_ids)]
                self._chunk_ids[row] = last
                self._row_of[last] = row

    def search(
        self, vector: Vector, limit: int, documents: Collection[DocumentId] | None
    ) -> tuple[Sequence[ChunkId], Sequence[float]]:
        """Return chunks, those of the `limit` highest cosines among them, and their cosines.

        One float32 product over all rows finds those that can be among them, rounding
        considered; their float64 cosines decide.
        """
        if not self._chunk_ids or limit < 1:
            return (), ()
        self.require_dimension(len(vector))
        rows = self._near(vector, limit, documents)
        found = [self._chunk_ids[row] for row in rows.tolist()]
        return found, self._cosines(rows, vector).tolist()

    def score(self, vector: Vector, chunks: Sequence[ChunkId]) -> list[float | None]:
        """Return the cosine of each chunk, None for one that is not there."""
        found = [self._row_of.get(chunk) for chunk in chunks]
        rows = np.array([row for row in found if row is not None], np.intp)
        if not len(rows):
            return [None] * len(found)
        self.require_dimension(len(vector))
        cosines = iter(self._cosines(rows, vector).tolist())
        return [None if row is None else next(cosines) for row in found]

    def products(self, vector: Vector) -> tuple[Vector, float]:
        """Return the float32 cosine by row, and what the furthest may be off by."""
        self.require_dimension(len(vector))
        return _products(self._matrix[: len(self._chunk_ids)], vector), self._slack(vector) / 2

    def rows_of(self, documents: Collection[DocumentId]) -> npt.NDArray[np.intp]:
        """Return the rows of documents' chunks, by document in their order, then by ordinal."""
        rows = [self._row_of[c] for d in documents for c in self._chunks_of.get(d, ())]
        return np.array(rows, np.intp)

    def _near(
        self, vector: Vector, limit: int, documents: Collection[DocumentId] | None
    ) -> npt.NDArray[np.intp]:
        allowed = None if documents is None else self.rows_of(documents)
        matrix = self._matrix[: len(self._chunk_ids)]
        if allowed is None:
            rough = _products(matrix, vector)
        elif len(allowed) * 4 < len(matrix):
            rough = _products(matrix[allowed], vector)
        else:
            rough = _products(matrix, vector)[allowed]
        near = np.flatnonzero(rough >= _least(rough, limit) - self._slack(vector))
        return near if allowed is None else allowed[near]

    def _cosines(self, rows: npt.NDArray[np.intp], vector: Vector) -> Cosines:
        """Return each row's own sum of float64 products, whatever rows stand beside it."""
        products = self._matrix[rows].astype(np.float64)
        products *= vector.astype(np.float64)
        cosines: Cosines = products.sum(axis=1)
        return cosines

    def _slack(self, vector: Vector) -> float:
        """Return twice what a float32 dot product may be off by (Higham, ch. 3: n u |x| |y|)."""
        self._measure()
        length = self._longest * math.sqrt(float(np.dot(vector, vector))) * (1 + 1e-4)
        return 2 * len(vector) * float(np.finfo(np.float32).eps) * length

    def _measure(self) -> None:
        """Look at the lengths of rows that are new or have moved; float32 considered."""
        young = self._matrix[self._measured : len(self._chunk_ids)]
        if len(young):
            squares = np.einsum("ij,ij->i", young, young)
            self._longest = max(self._longest, float(np.sqrt(squares.max())) * (1 + 1e-4))
            self._measured = len(self._chunk_ids)

    def _reserve(self, size: int) -> None:
        capacity, dimension = self._matrix.shape
        if size > capacity:
            grown = np.empty((max(size, capacity * 5 // 4), dimension), np.float32)
            grown[: len(self._chunk_ids)] = self._matrix[: len(self._chunk_ids)]
            self._matrix = grown


def _products(matrix: Vectors, vector: Vector) -> Vector:
    """Return the float32 products, by pieces for which BLAS wakes no further threads.

    Where other work has the processors, waiting for a second thread takes many times the scan.
    """
    products = np.empty(len(matrix), np.float32)
    step = max(1, NUMBERS_PER_PRODUCT // max(1, len(vector)))
    for first in range(0, len(matrix), step):
        np.matmul(matrix[first : first + step], vector, out=products[first : first + step])
    return products


def _is(one: Vectors, other: Vectors) -> bool:
    """Tell whether two arrays of one shape lie at one place."""
    places = (one.__array_interface__["data"], other.__array_interface__["data"])
    return places[0] == places[1] and one.dtype == other.dtype


def _least(rough: Vector, limit: int) -> float:
    """Return a bound that at least `limit` rows reach: the limit-th of the block maxima.

    Block i holds the rows i, i + blocks, …, so that the maxima come from whole-row operations.
    """
    blocks = BLOCKS_PER_HIT * limit
    if len(rough) <= limit:
        return float("-inf")
    if len(rough) >= 2 * blocks:
        deep = len(rough) // blocks
        rough = rough[: blocks * deep].reshape(deep, blocks).max(axis=0)
    return float(np.partition(rough, len(rough) - limit)[len(rough) - limit])
