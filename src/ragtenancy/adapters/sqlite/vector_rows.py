"""Vectors of chunks as rows of one matrix, and the exact scan over them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import numpy as np
import numpy.typing as npt

from ragtenancy.adapters.sqlite import vector_scan as scan
from ragtenancy.adapters.sqlite.vector_codes import FARTHEST, SignCodes, closest
from ragtenancy.adapters.sqlite.vector_scan import Rows
from ragtenancy.adapters.sqlite.vector_spans import Span, Spans
from ragtenancy.domain.errors import ReindexRequiredError
from ragtenancy.domain.ids import ChunkId, DocumentId, Revision
from ragtenancy.ports.embeddings import Vector, Vectors

BYTES_PER_ROW = 100
MOST_DEAD = 1_000
MOST_EXACT = 50_000
READ_PER_HIT = 20
ROWS_PER_READ = 50


class VectorRows:
    """float32 of shape (chunks, dimension), a document's rows one after another.

    `room` is taken for the first rows: vectors that lie in it at their rows are not copied. Rows
    of removed documents are zeroed at once and given back when they are half of all.

    Every row is read up to `most_exact` rows. Beyond, those whose signs are closest to the
    question's are: a fiftieth, or 20 times as many as are asked for.

    Not safe for threads that change it while others read.
    """

    def __init__(
        self, dimension: int, room: Vectors | None = None, *, most_exact: int = MOST_EXACT
    ) -> None:
        self._matrix = np.empty((0, dimension), np.float32) if room is None else room
        self._longest = 1.0
        self._spans = Spans()
        self._most_exact = most_exact
        self._codes: SignCodes | None = None

    @property
    def nbytes(self) -> int:
        """Bytes in memory, roughly."""
        codes = self._codes.nbytes if self._codes else 0
        return self._matrix.nbytes + codes + BYTES_PER_ROW * self._spans.end

    @property
    def size(self) -> int:
        """Numbers that a search reads."""
        return self._spans.end * int(self._matrix.shape[1])

    def require_dimension(self, dimension: int) -> None:
        """Raise `ReindexRequiredError` for another dimension than the rows have."""
        if dimension != self._matrix.shape[1]:
            raise ReindexRequiredError("Documents were embedded by another model; reindex them.")

    def hold(
        self, documents: Iterable[tuple[DocumentId, Revision, int]], *, longest: float
    ) -> None:
        """Take documents whose vectors, none above a length, lie in the room one after another."""
        for document_id, revision, total in documents:
            if total:
                self._spans.add(document_id, revision, total)
        self._longest = max(self._longest, longest)
        self._encode(0)

    def add(self, document_id: DocumentId, revision: Revision, vectors: Vectors) -> None:
        """Add a document's vectors, row i for ordinal i. Raises `ReindexRequiredError`."""
        if not len(vectors):
            return
        self.require_dimension(vectors.shape[1])
        if self._spans.end + len(vectors) > len(self._matrix):
            self._move(max(self._spans.live + len(vectors), self._spans.live * 5 // 4))
        span = self._spans.add(document_id, revision, len(vectors))
        rows = self._of(span)
        if not _is(vectors, rows):
            rows[:] = vectors
        self._longest = max(self._longest, scan.longest(rows))
        self._encode(span.first)

    def remove(self, document_id: DocumentId) -> None:
        """Remove a document's vectors; the absent is fine."""
        span = self._spans.remove(document_id)
        if span is None:
            return
        self._of(span)[:] = 0
        if self._spans.end - self._spans.live > max(MOST_DEAD, self._spans.live):
            self._move(self._spans.live)

    def search(
        self, vector: Vector, limit: int, documents: Collection[DocumentId] | None
    ) -> tuple[Sequence[ChunkId], Sequence[float]]:
        """Return the chunks of the `limit` highest cosines, and all that equal the last of them.

        One float32 product over all rows finds those that can be among them, rounding
        considered; their float64 cosines decide.
        """
        if not self._spans.live or limit < 1:
            return (), ()
        self.require_dimension(len(vector))
        rows = self._near(vector, limit, documents)
        cosines = scan.cosines(self._matrix.take(rows, axis=0), vector)
        first = scan.first(cosines, limit)
        return self._spans.chunk_ids(rows[first]), cosines[first].tolist()

    def score(self, vector: Vector, chunks: Sequence[ChunkId]) -> list[float | None]:
        """Return the cosine of each chunk, None for one that is not there."""
        found = [self._spans.row_of(chunk) for chunk in chunks]
        rows = [row for row in found if row is not None]
        if not rows:
            return [None] * len(found)
        self.require_dimension(len(vector))
        cosines = iter(scan.cosines(self._matrix.take(rows, axis=0), vector).tolist())
        return [None if row is None else next(cosines) for row in found]

    def products(self, vector: Vector) -> tuple[Vector, float]:
        """Return the float32 cosine by row, and what the furthest may be off by."""
        self.require_dimension(len(vector))
        rough = scan.products(self._matrix[: self._spans.end], vector)
        return rough, scan.slack(vector, self._longest)

    def rows_of(self, documents: Iterable[DocumentId]) -> Rows:
        """Return the rows of documents' chunks, by document in their order, then by ordinal."""
        return self._spans.rows_of(documents)

    def _near(self, vector: Vector, limit: int, documents: Collection[DocumentId] | None) -> Rows:
        """Return the rows that can be among the best; of very many, almost surely all of them."""
        read = None if documents is None else self.rows_of(documents)
        total = self._spans.live if read is None else len(read)
        if self._codes and total > self._most_exact:
            count = max(READ_PER_HIT * limit, total // ROWS_PER_READ)
            read = self._alike(self._codes, vector, count, read)
        slack = scan.slack(vector, self._longest)
        if read is None:
            return scan.near(self._every_product(vector), limit, slack)
        return read[scan.near(self._products_of(read, vector), limit, slack)]

    def _alike(self, codes: SignCodes, vector: Vector, count: int, allowed: Rows | None) -> Rows:
        """Return the `count` rows whose signs are closest to a vector's, and all as close."""
        distances = codes.distances(vector, self._spans.end)
        if allowed is None:
            self._leave_out_dead(distances, FARTHEST)
        else:
            distances = distances[allowed]
        rows = closest(distances, count)
        return rows if allowed is None else allowed[rows]

    def _every_product(self, vector: Vector) -> Vector:
        rough = scan.products(self._matrix[: self._spans.end], vector)
        self._leave_out_dead(rough, -np.inf)
        return rough

    def _products_of(self, rows: Rows, vector: Vector) -> Vector:
        if len(rows) * 4 < self._spans.end:
            return scan.products(self._matrix.take(rows, axis=0), vector)
        return scan.products(self._matrix[: self._spans.end], vector)[rows]

    def _leave_out_dead(self, values: npt.NDArray[np.generic], value: float) -> None:
        dead = self._spans.dead()
        if dead is not None:
            values[dead] = value

    def _encode(self, first: int) -> None:
        """Encode the rows from `first` on; all of them when there have come to be many."""
        if self._spans.live <= self._most_exact:
            self._codes = None
            return
        if self._codes is None:
            first, (capacity, dimension) = 0, self._matrix.shape
            self._codes = SignCodes(dimension, capacity)
        self._codes.put(first, self._matrix[first : self._spans.end])

    def _of(self, span: Span) -> Vectors:
        return self._matrix[span.first : span.first + span.total]

    def _move(self, capacity: int) -> None:
        """Move to a room without the dead rows."""
        old, spans = self._matrix, self._spans
        self._matrix = np.empty((capacity, old.shape[1]), np.float32)
        self._spans = Spans()
        for span in spans:
            moved = self._spans.add(span.document_id, span.revision, span.total)
            self._of(moved)[:] = old[span.first : span.first + span.total]
        self._codes = None
        self._encode(0)


def _is(one: Vectors, other: Vectors) -> bool:
    """Tell whether two arrays of one shape lie at one place."""
    places = (one.__array_interface__["data"], other.__array_interface__["data"])
    return places[0] == places[1] and one.dtype == other.dtype
