"""A tenant's vectors in memory, by document and chunk."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from ragtenancy.domain.errors import ReindexRequiredError
from ragtenancy.domain.ids import ChunkId, DocumentId, Revision, chunk_id
from ragtenancy.engines.vectors.matrix import MOST_EXACT, VectorMatrix
from ragtenancy.engines.vectors.scan import Rows
from ragtenancy.ports.embeddings import Vector, Vectors

BYTES_PER_NAME = 100


class ChunkNames:
    """The ids of a revision's chunks, made on demand and cached."""

    __slots__ = ("_document_id", "_ids", "_revision", "prefix")

    def __init__(self, document_id: DocumentId, revision: Revision, total: int) -> None:
        self.prefix = f"{document_id}#{revision}"
        self._document_id = document_id
        self._revision = revision
        self._ids: list[ChunkId | None] = [None] * total

    def __getitem__(self, ordinal: int) -> ChunkId:
        known = self._ids[ordinal]
        if known is None:
            known = self._ids[ordinal] = chunk_id(self._document_id, self._revision, ordinal)
        return known


class VectorRows:
    """A vector matrix with one span per document, one revision of it at a time.

    Vectors of another dimension raise `ReindexRequiredError`. Not safe for threads that change it
    while others read.
    """

    def __init__(
        self, dimension: int, storage: Vectors | None = None, *, most_exact: int = MOST_EXACT
    ) -> None:
        self._matrix: VectorMatrix[DocumentId] = VectorMatrix(
            dimension, storage, most_exact=most_exact
        )
        self._names: dict[DocumentId, ChunkNames] = {}

    @property
    def nbytes(self) -> int:
        """Bytes in memory, estimated."""
        return self._matrix.nbytes + BYTES_PER_NAME * self._matrix.total_rows

    @property
    def size(self) -> int:
        """Numbers that a search reads."""
        return self._matrix.total_rows * self._matrix.dimension

    def require_dimension(self, dimension: int) -> None:
        """Raise `ReindexRequiredError` for another dimension than the rows have."""
        if dimension != self._matrix.dimension:
            raise ReindexRequiredError("Documents were embedded by another model; reindex them.")

    def adopt(
        self, documents: Sequence[tuple[DocumentId, Revision, int]], *, max_norm: float
    ) -> None:
        """Take documents whose vectors, none above a norm, already lie in the storage in order."""
        for document_id, revision, total in documents:
            self._names[document_id] = ChunkNames(document_id, revision, total)
        spans = [(document_id, total) for document_id, _, total in documents]
        self._matrix.adopt(spans, max_norm=max_norm)

    def add(self, document_id: DocumentId, revision: Revision, vectors: Vectors) -> None:
        """Add a document's vectors, row i for ordinal i. Raises `ReindexRequiredError`."""
        if not len(vectors):
            return
        self.require_dimension(vectors.shape[1])
        self._names[document_id] = ChunkNames(document_id, revision, len(vectors))
        self._matrix.add(document_id, vectors)

    def remove(self, document_id: DocumentId) -> None:
        """Remove a document's vectors; an absent one is fine."""
        self._names.pop(document_id, None)
        self._matrix.remove(document_id)

    def search(
        self, vector: Vector, limit: int, documents: Collection[DocumentId] | None
    ) -> tuple[Sequence[ChunkId], Sequence[float]]:
        """Return the chunks of the `limit` highest cosines, and all ties with the last."""
        if not self._matrix.total or limit < 1:
            return (), ()
        self.require_dimension(len(vector))
        found, cosines = self._matrix.search(vector, limit, documents)
        names = self._names
        return [names[document_id][ordinal] for document_id, ordinal in found], cosines.tolist()

    def score(self, vector: Vector, chunks: Sequence[ChunkId]) -> list[float | None]:
        """Return the cosine of each chunk, None for an absent one."""
        found = [self._row_of(chunk) for chunk in chunks]
        rows = [row for row in found if row is not None]
        if not rows:
            return [None] * len(found)
        self.require_dimension(len(vector))
        cosines = iter(self._matrix.cosines(vector, rows).tolist())
        return [None if row is None else next(cosines) for row in found]

    def all_scores(self, vector: Vector) -> tuple[Vector, float]:
        """Return the float32 cosine by row, and a bound of its rounding error."""
        self.require_dimension(len(vector))
        return self._matrix.dot_products(vector)

    def rows_of(self, documents: Iterable[DocumentId]) -> Rows:
        """Return the rows of documents' chunks, by document in their order, then by ordinal."""
        return self._matrix.rows_of(documents)

    def _row_of(self, chunk: ChunkId) -> int | None:
        prefix, _, ordinal = chunk.rpartition("#")
        document_id = DocumentId(prefix.partition("#")[0])
        names = self._names.get(document_id)
        if names is None or names.prefix != prefix or not ordinal.isdecimal():
            return None
        return self._matrix.row(document_id, int(ordinal))
