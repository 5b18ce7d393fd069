"""A tenant's generation and the log of what moved at each."""

from __future__ import annotations

from collections.abc import Sequence

import apsw

from ragtenancy.adapters.sqlite.document_rows import own
from ragtenancy.domain.documents import ManifestDelta, ManifestEntry, manifest_entry
from ragtenancy.domain.ids import DocumentId, Revision
from ragtenancy.domain.tenants import TenantScope

KEPT = 10_000  # changes; whoever knows only an older generation is given the whole list
CHANGED = """
    SELECT changed.document_id, documents.body
    FROM (SELECT DISTINCT document_id FROM changes WHERE generation > ?) AS changed
    LEFT JOIN documents USING (document_id)
"""


def note(
    db: apsw.Connection, document_id: DocumentId, old: Revision | None, new: Revision | None
) -> None:
    """Raise the generation and log the move, if there was one; the log keeps the last `KEPT`."""
    if old == new:
        return
    db.execute(
        "UPDATE tenant SET generation = generation + 1,"
        " log_starts = max(log_starts, generation + 1 - ?)",
        (KEPT,),
    )
    db.execute(
        "INSERT INTO changes (generation, document_id, old_revision, new_revision)"
        " SELECT generation, ?, ?, ? FROM tenant",
        (document_id, old, new),
    )
    db.execute("DELETE FROM changes WHERE generation <= (SELECT log_starts FROM tenant)")


def generation(db: apsw.Connection) -> int:
    """Return the tenant's generation."""
    return int(db.execute("SELECT generation FROM tenant").get)


def manifest(db: apsw.Connection, scope: TenantScope, since: int) -> ManifestDelta:
    """Return what changed after a generation; for the present one nothing else is read."""
    [(now, log_starts)] = db.execute("SELECT generation, log_starts FROM tenant")
    if since == now:
        return ManifestDelta(generation=now, whole=False)
    if not log_starts <= since < now:
        return ManifestDelta(generation=now, whole=True, active=_all_active(db, scope))
    moved = [(row[0], _entry(scope, row[1])) for row in db.execute(CHANGED, (since,))]
    return ManifestDelta(
        generation=now,
        whole=False,
        active=tuple(entry for _, entry in moved if entry),
        removed=tuple(DocumentId(document_id) for document_id, entry in moved if not entry),
    )


def forget_everything(db: apsw.Connection) -> None:
    """Remove the documents and the log; whoever knew an earlier generation is given all anew."""
    db.execute("DELETE FROM documents")
    removed = db.changes()
    db.execute("DELETE FROM changes")
    db.execute(
        "UPDATE tenant SET generation = generation + ?, log_starts = generation + ?",
        (min(removed, 1), min(removed, 1)),
    )


def _all_active(db: apsw.Connection, scope: TenantScope) -> Sequence[ManifestEntry]:
    bodies = db.execute("SELECT body FROM documents WHERE status = 'active' ORDER BY sequence")
    return tuple(entry for (body,) in bodies if (entry := _entry(scope, body)))


def _entry(scope: TenantScope, body: bytes | None) -> ManifestEntry | None:
    return None if body is None else manifest_entry(own(scope, body))
