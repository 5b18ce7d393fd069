"""Documents and the change log in a tenant's file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import apsw
from msgspec import structs

from ragtenancy.adapters.sqlite.tenant_files import TenantFiles
from ragtenancy.adapters.sqlite.usage import record
from ragtenancy.domain.documents import (
    Document,
    DocumentStatus,
    ManifestDelta,
    ManifestEntry,
    manifest_entry,
)
from ragtenancy.domain.errors import AlreadyExistsError, StaleWriteError
from ragtenancy.domain.ids import ContentHash, DocumentId, Fingerprint, JobId, Revision
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.reindexing import require_one_model, switched
from ragtenancy.domain.tenant_config import require_room_for_document
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.domain.usage import UsageRow
from ragtenancy.persistence.cursors import cursor_position, cut, position_cursor
from ragtenancy.persistence.record_codec import RecordCodec
from ragtenancy.ports.documents import DocumentRepository

CODEC = RecordCodec(Document)

COUNT = "SELECT documents FROM totals"
INSERT = """
    INSERT INTO documents
        (document_id, filename, content_hash, size, status, pending_job, version, body)
    VALUES
        (:document_id, :filename, :content_hash, :size, :status, :pending_job, :version, :body)
"""
UPDATE = """
    UPDATE documents SET filename = :filename, content_hash = :content_hash, size = :size,
        status = :status, pending_job = :pending_job, version = :version, body = :body
    WHERE document_id = :document_id
"""


def columns(document: Document) -> Mapping[str, str | int | bytes | None]:
    """Return the row by column name; name, hash and size are from the newest upload."""
    newest = document.current()
    return {
        "document_id": document.document_id,
        "filename": newest.filename if newest else None,
        "content_hash": newest.content_hash if newest else None,
        "size": newest.size if newest else 0,
        "status": str(document.status),
        "pending_job": document.pending.job_id if document.pending else None,
        "version": document.version,
        "body": CODEC.encode(document),
    }


def own(scope: TenantScope, body: bytes) -> Document:
    """Return the document of a row. Raises `IsolationBreach` for another tenant's."""
    document = CODEC.decode(body)
    scope.require_own(document.tenant_uid, "documents")
    return document


KEPT = 10_000  # changes; readers at an older generation get the whole list
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
    """Return the changes after a generation; for the present one nothing else is read."""
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
    """Remove the documents and the log; readers at an earlier generation get the whole list."""
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


BY_ID = "SELECT body FROM documents WHERE document_id = ?"
SOME_ACTIVE = "SELECT body FROM documents WHERE status = 'active' LIMIT 2"


class SqliteDocumentRepository(DocumentRepository):
    """Tables `documents`, `changes` and the generation in `tenant`."""

    def __init__(self, files: TenantFiles) -> None:
        self._files = files

    async def get(self, scope: TenantScope, document_id: DocumentId) -> Document | None:
        return await self._one(scope, BY_ID, document_id)

    async def find(
        self, scope: TenantScope, *, filename: str, content_hash: ContentHash
    ) -> Document | None:
        query = (
            "SELECT body FROM documents WHERE content_hash = ? AND filename = ?"
            " ORDER BY status = 'deleting', sequence LIMIT 1"
        )
        return await self._one(scope, query, content_hash, filename)

    async def add(
        self,
        scope: TenantScope,
        document: Document,
        used: Sequence[UsageRow] = (),
        *,
        most: int | None = None,
    ) -> None:
        scope.require_own(document.tenant_uid, "documents")
        row = columns(document)

        def work(db: apsw.Connection) -> None:
            try:
                db.execute(INSERT, row)
            except apsw.ConstraintError as error:
                raise AlreadyExistsError("The document already exists.") from error
            require_room_for_document(int(db.execute(COUNT).get) - 1, most)
            _answering(db, scope, document, None)
            record(db, used)

        await self._files.write(scope, work)

    async def save(
        self, scope: TenantScope, document: Document, used: Sequence[UsageRow] = ()
    ) -> Document:
        scope.require_own(document.tenant_uid, "documents")
        saved = structs.replace(document, version=document.version + 1)
        row = columns(saved)

        def work(db: apsw.Connection) -> None:
            body = db.execute(BY_ID, (document.document_id,)).get
            stored = None if body is None else own(scope, body)
            if stored is None or stored.version != document.version:
                raise StaleWriteError("The document changed since it was read.")
            db.execute(UPDATE, row)
            _answering(db, scope, saved, stored.active_revision)
            record(db, used)

        await self._files.write(
            scope, work, makes_room=document.deleting or document.pending_error is not None
        )
        return saved

    async def switch(self, scope: TenantScope, model: Fingerprint) -> int:
        return await self._files.write(scope, lambda db: _switch(db, scope, model))

    async def remove(
        self, scope: TenantScope, document_id: DocumentId, used: Sequence[UsageRow] = ()
    ) -> None:
        def work(db: apsw.Connection) -> None:
            body = db.execute(BY_ID, (document_id,)).get
            if body is not None:
                db.execute("DELETE FROM documents WHERE document_id = ?", (document_id,))
                note(db, document_id, own(scope, body).active_revision, None)
                record(db, used)

        await self._files.write(scope, work, makes_room=True)
        await self._files.erase(scope)

    async def page(
        self,
        scope: TenantScope,
        *,
        status: DocumentStatus | None = None,
        after: Cursor | None = None,
        limit: int = 50,
    ) -> Page[Document]:
        start = 0 if after is None else cursor_position(after)
        chosen = "" if status is None else " AND status = :status"
        query = f"SELECT sequence, body FROM documents WHERE sequence > :start{chosen}"  # noqa: S608 - ours
        query += " ORDER BY sequence LIMIT :count"
        values = {"start": start, "count": limit + 1, "status": status}

        def work(db: apsw.Connection) -> Page[Document]:
            page = cut(list(db.execute(query, values)), limit, lambda row: position_cursor(row[0]))
            return Page(items=tuple(own(scope, body) for _, body in page.items), next=page.next)

        return await self._files.read(scope, work)

    async def count(self, scope: TenantScope) -> int:
        return await self._number(scope, COUNT)

    async def bytes_stored(self, scope: TenantScope) -> int:
        return await self._number(scope, "SELECT bytes FROM totals")

    async def manifest(self, scope: TenantScope, *, since: int = -1) -> ManifestDelta:
        if since >= 0 and await self._files.read_kept(scope, "generation", generation) == since:
            return ManifestDelta(generation=since, whole=False)
        return await self._files.read(scope, lambda db: manifest(db, scope, since))

    async def with_pending_job(self, scope: TenantScope, job_id: JobId) -> Document | None:
        return await self._one(scope, "SELECT body FROM documents WHERE pending_job = ?", job_id)

    async def drop(self, scope: TenantScope) -> None:
        await self._files.write_if_present(scope, forget_everything)

    async def _one(self, scope: TenantScope, query: str, *values: str) -> Document | None:
        body = await self._files.read(scope, lambda db: db.execute(query, values).get)
        return None if body is None else own(scope, body)

    async def _number(self, scope: TenantScope, query: str) -> int:
        return int(await self._files.read_kept(scope, query, lambda db: db.execute(query).get))


def _answering(
    db: apsw.Connection, scope: TenantScope, document: Document, old: Revision | None
) -> None:
    """Log the change of the active revision; reject a model that differs from the others'."""
    active, new = document.active, document.active_revision
    if active and new not in (None, old):
        some = [own(scope, body) for (body,) in db.execute(SOME_ACTIVE)]
        require_one_model(document.document_id, active.embedding_fingerprint, some)
    note(db, document.document_id, old, new)


def _switch(db: apsw.Connection, scope: TenantScope, model: Fingerprint) -> int:
    moved = 0
    stored_bodies = list(db.execute("SELECT body FROM documents ORDER BY sequence"))
    for (body,) in stored_bodies:
        stored = own(scope, body)
        after = switched(stored, model)
        if after == stored:
            continue
        db.execute(UPDATE, columns(structs.replace(after, version=stored.version + 1)))
        note(db, after.document_id, stored.active_revision, after.active_revision)
        moved += stored.active_revision != after.active_revision
    return moved
