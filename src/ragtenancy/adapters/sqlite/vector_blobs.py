"""The table of vectors: one BLOB per revision, float32, little-endian, row by row."""

from __future__ import annotations

from collections.abc import Mapping

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
    """Return the vectors of the wanted revisions that are there, by point reads or one scan."""
    columns = "SELECT document_id, revision, dimension, data FROM vectors"
    if len(wanted) > MAX_POINT_READS:
        return _matching(file.execute(columns), wanted)
    loaded: Loaded = {}
    for entry in wanted.values():
        key = (entry.document_id, entry.revision)
        found = file.execute(f"{columns} WHERE document_id = ? AND revision = ?", key)
        loaded |= _matching(found, wanted)
    return loaded


def count(file: apsw.Connection, document_id: DocumentId, revision: Revision | None) -> int:
    """Count the vectors of a document, or of one revision of it."""
    found = file.execute(
        f"SELECT coalesce(sum(row_count), 0) FROM vectors WHERE {OF_DOCUMENT}",  # noqa: S608 - constants alone
        (document_id, revision),
    )
    return int(found.get)


def delete(file: apsw.Connection, document_id: DocumentId, revision: Revision | None) -> int:
    """Delete the vectors of a document, or of one revision; return how many there were."""
    removed = count(file, document_id, revision)
    file.execute(f"DELETE FROM vectors WHERE {OF_DOCUMENT}", (document_id, revision))  # noqa: S608 - constants alone
    return removed


def _matching(found: apsw.Cursor, wanted: Wanted) -> Loaded:
    return {
        document_id: np.frombuffer(data, STORED).reshape(-1, dimension)
        for document_id, revision, dimension, data in found
        if document_id in wanted and wanted[document_id].revision == revision
    }
