"""Vectors as rows of a matrix, and as BLOBs in a tenant's file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

import apsw
import numpy as np

from ragtenancy.domain.documents import ManifestEntry
from ragtenancy.domain.errors import ReindexRequiredError
from ragtenancy.domain.ids import ChunkId, DocumentId, Revision, chunk_id
from ragtenancy.engines.vectors.matrix import MAX_EXACT, VectorMatrix
from ragtenancy.engines.vectors.scan import Rows
from ragtenancy.ports.embeddings import Vector, Vectors

MAX_POINT_READS = 100
STORED = np.dtype("<f4")
OF_DOCUMENT = "document_id = ?1 AND (?2 IS NULL OR revision = ?2)"

Loaded = dict[DocumentId, Vectors]
Wanted = Mapping[DocumentId, ManifestEntry]
Place = tuple[DocumentId, int, int, int]


def keep(
    file: apsw.Connection, document_id: DocumentId, revision: Revision, vectors: Vectors
) -> None:
    """Write a revision's vectors, replacing any there."""
    row_count, dimension = vectors.shape
    data = np.ascontiguousarray(vectors, STORED).tobytes()
    file.execute(
        "INSERT OR REPLACE INTO vectors (document_id, revision, row_count, dimension, data)"
        " VALUES (?, ?, ?, ?, ?)",
        (document_id, revision, row_count, dimension, data),
    )


def read(file: apsw.Connection, wanted: Wanted) -> Loaded:
    """Return the vectors of the existing wanted revisions, by point reads or one scan.

    Vectors of one dimension share one array, in order.
    """
    columns = "SELECT document_id, revision, rowid, row_count, dimension FROM vectors"
    if len(wanted) > MAX_POINT_READS:
        return _filled(file, _matching(file.execute(columns), wanted))
    places: list[Place] = []
    for entry in wanted.values():
        key = (entry.document_id, entry.revision)
        found = file.execute(f"{columns} WHERE document_id = ? AND revision = ?", key)
        places += _matching(found, wanted)
    return _filled(file, places)


def of_revision(file: apsw.Connection, document_id: DocumentId, revision: Revision) -> Vectors:
    """Return the vectors of a revision, no rows if there are none."""
    found = file.execute(
        "SELECT row_count, dimension, data FROM vectors WHERE document_id = ? AND revision = ?",
        (document_id, revision),
    )
    for row_count, dimension, data in found:
        return np.frombuffer(data, STORED).reshape(row_count, dimension)
    return np.empty((0, 0), STORED)


def has(file: apsw.Connection, document_id: DocumentId, revision: Revision) -> bool:
    """Return whether a revision exists, with or without vectors."""
    query = "SELECT EXISTS (SELECT 1 FROM vectors WHERE document_id = ? AND revision = ?)"
    return bool(file.execute(query, (document_id, revision)).get)


def count(file: apsw.Connection, document_id: DocumentId, revision: Revision | None) -> int:
    """Count the vectors of a document, or of one revision of it."""
    found = file.execute(
        f"SELECT coalesce(sum(row_count), 0) FROM vectors WHERE {OF_DOCUMENT}",  # noqa: S608 - constants alone
        (document_id, revision),
    )
    return int(found.get)


def revisions(
    file: apsw.Connection, document_id: DocumentId | None
) -> Sequence[tuple[DocumentId, Revision]]:
    """Return the existing revisions, of one document or of all."""
    query = (
        "SELECT document_id, revision FROM vectors"
        " WHERE ?1 IS NULL OR document_id = ?1 ORDER BY 1, 2"
    )
    found = file.execute(query, (document_id,))
    return tuple((DocumentId(document), Revision(revision)) for document, revision in found)


def delete(file: apsw.Connection, document_id: DocumentId, revision: Revision | None) -> int:
    """Delete the vectors of a document, or of one revision; return how many there were."""
    removed = count(file, document_id, revision)
    file.execute(f"DELETE FROM vectors WHERE {OF_DOCUMENT}", (document_id, revision))  # noqa: S608 - constants alone
    return removed


def _matching(found: apsw.Cursor, wanted: Wanted) -> list[Place]:
    return [
        (document_id, rowid, row_count, dimension)
        for document_id, revision, rowid, row_count, dimension in found
        if document_id in wanted and wanted[document_id].revision == revision
    ]


def _filled(file: apsw.Connection, places: Sequence[Place]) -> Loaded:
    """Read the BLOBs directly into their final place."""
    sizes: Counter[int] = Counter()
    for _, _, row_count, dimension in places:
        sizes[dimension] += row_count
    rooms = {size: np.empty((total, size), STORED) for size, total in sizes.items()}
    filled: Counter[int] = Counter()
    loaded: Loaded = {}
    for document_id, rowid, row_count, dimension in places:
        first = filled[dimension]
        filled[dimension] += row_count
        loaded[document_id] = part = rooms[dimension][first : first + row_count]
        if row_count:
            with file.blob_open("main", "vectors", "data", rowid, writeable=False) as blob:
                blob.read_into(part.data.cast("B"))
    return loaded


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
    """A vector matrix with one span per document, holding one of its revisions.

    Vectors of another dimension raise `ReindexRequiredError`. Not safe for threads that change it
    while others read.
    """

    def __init__(
        self, dimension: int, storage: Vectors | None = None, *, max_exact: int = MAX_EXACT
    ) -> None:
        self._matrix: VectorMatrix[DocumentId] = VectorMatrix(
            dimension, storage, max_exact=max_exact
        )
        self._names: dict[DocumentId, ChunkNames] = {}

    @property
    def nbytes(self) -> int:
        """Bytes in memory, estimated."""
        return self._matrix.nbytes + BYTES_PER_NAME * self._matrix.total_rows

    @property
    def size(self) -> int:
        """The number of values that a search reads."""
        return self._matrix.total_rows * self._matrix.dimension

    def require_dimension(self, dimension: int) -> None:
        """Raise `ReindexRequiredError` for a dimension other than the rows'."""
        if dimension != self._matrix.dimension:
            raise ReindexRequiredError("Documents were embedded by another model; reindex them.")

    def adopt(
        self, documents: Sequence[tuple[DocumentId, Revision, int]], *, max_norm: float
    ) -> None:
        """Adopt documents with vectors, none above `max_norm`, already in the storage in order."""
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
        """Remove a document's vectors; idempotent."""
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
        """Return the float32 cosine by row, and a bound on its rounding error."""
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
