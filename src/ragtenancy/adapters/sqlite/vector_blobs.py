"""The table of vectors: one BLOB per revision, float32, little-endian, row by row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import apsw
import numpy as np

from ragtenancy.domain.documents import ManifestEntry
from ragtenancy.domain.ids import DocumentId, Revision
from ragtenancy.ports.embeddings import Vectors

MAX_POINT_READS = 100
STORED = np.dtype("<f4")
OF_DOCUMENT = "document_id = ?1 AND (?2 IS NULL OR revision = ?2)"

Loaded = dict[DocumentId, Vectors]
Wanted = Mapping[DocumentId, ManifestEntry]
Place = tuple[DocumentId, int, int, int]


def keep(
    file: apsw.Connection, document_id: DocumentId, revision: Revision, vectors: Vectors
) -> None:
    """Write a revision's vectors over what was there."""
    row_count, dimension = vectors.shape
    data = np.ascontiguousarray(vectors, STORED).tobytes()
    file.execute(
        "INSERT OR REPLACE INTO vectors (document_id, revision, row_count, dimension, data)"
        " VALUES (?, ?, ?, ?, ?)",
        (document_id, revision, row_count, dimension, data),
    )


def read(file: apsw.Connection, wanted: Wanted) -> Loaded:
    """Return the vectors of the wanted revisions that are there, by point reads or one scan.

    Those of one dimension lie in one array, in order.
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
    """Return the vectors of a revision, no rows where none are."""
    found = file.execute(
        "SELECT row_count, dimension, data FROM vectors WHERE document_id = ? AND revision = ?",
        (document_id, revision),
    )
    for row_count, dimension, data in found:
        return np.frombuffer(data, STORED).reshape(row_count, dimension)
    return np.empty((0, 0), STORED)


def has(file: apsw.Connection, document_id: DocumentId, revision: Revision) -> bool:
    """Tell whether a revision is there, vectors or not."""
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
    """Return the revisions that are there, of one document or of all."""
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
    """Read the BLOBs straight to where they stay."""
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
