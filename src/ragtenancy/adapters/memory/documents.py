"""Documents and the change log, in memory."""

from __future__ import annotations

from msgspec import structs

from ragtenancy.adapters.memory.paging import page_of
from ragtenancy.adapters.memory.shelves import Shelf, Shelves
from ragtenancy.domain.documents import (
    Change,
    Document,
    DocumentStatus,
    ManifestDelta,
    manifest_entry,
)
from ragtenancy.domain.errors import AlreadyExistsError, IsolationBreach, StaleWriteError
from ragtenancy.domain.ids import ContentHash, DocumentId, JobId, Revision
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.documents import DocumentRepository


class InMemoryDocumentRepository(DocumentRepository):
    """Documents on their tenant's shelf."""

    def __init__(self, shelves: Shelves) -> None:
        self._shelves = shelves

    async def get(self, scope: TenantScope, document_id: DocumentId) -> Document | None:
        """Return a document."""
        document = self._shelves.of(scope).documents.get(document_id)
        return None if document is None else _own(scope, document)

    async def find(
        self, scope: TenantScope, *, filename: str, content_hash: ContentHash
    ) -> Document | None:
        """Return the document whose newest upload has this name and these bytes."""
        for document in self._shelves.of(scope).documents.values():
            current = document.current()
            if current and (current.filename, current.content_hash) == (filename, content_hash):
                return _own(scope, document)
        return None

    async def add(self, scope: TenantScope, document: Document) -> None:
        """Keep a new document."""
        shelf = self._shelves.of(scope)
        if document.document_id in shelf.documents:
            raise AlreadyExistsError("The document's id is taken.")
        shelf.documents[document.document_id] = document
        _log(shelf, document.document_id, None, document.active_revision)

    async def save(self, scope: TenantScope, document: Document) -> Document:
        """Write a document."""
        shelf = self._shelves.of(scope)
        known = shelf.documents.get(document.document_id)
        if known is None or known.version != document.version:
            raise StaleWriteError("The document changed since it was read.")
        saved = structs.replace(document, version=document.version + 1)
        shelf.documents[document.document_id] = saved
        _log(shelf, document.document_id, known.active_revision, document.active_revision)
        return saved

    async def remove(self, scope: TenantScope, document_id: DocumentId) -> None:
        """Remove the record."""
        shelf = self._shelves.of(scope)
        known = shelf.documents.pop(document_id, None)
        if known is not None:
            _log(shelf, document_id, known.active_revision, None)

    async def page(
        self,
        scope: TenantScope,
        *,
        status: DocumentStatus | None = None,
        after: Cursor | None = None,
        limit: int = 50,
    ) -> Page[Document]:
        """Return documents, oldest first."""
        documents = self._shelves.of(scope).documents.values()
        wanted = [d for d in documents if status is None or d.status is status]
        return page_of(
            wanted,
            lambda d: f"{d.created_at.isoformat()} {d.document_id}",
            after=after,
            limit=limit,
        )

    async def count(self, scope: TenantScope) -> int:
        """Count the documents."""
        return len(self._shelves.of(scope).documents)

    async def bytes_stored(self, scope: TenantScope) -> int:
        """Sum the sizes of the newest originals."""
        uploads = [d.current() for d in self._shelves.of(scope).documents.values()]
        return sum(upload.size for upload in uploads if upload)

    async def manifest(self, scope: TenantScope, *, since: int = -1) -> ManifestDelta:
        """Return what changed after a generation."""
        shelf = self._shelves.of(scope)
        generation = len(shelf.changes)
        if since < 0 or since > generation:
            entries = [manifest_entry(d) for d in shelf.documents.values()]
            active = [entry for entry in entries if entry]
            return ManifestDelta(generation=generation, whole=True, active=active)
        changed = {change.document_id for change in shelf.changes[since:]}
        entries = [manifest_entry(shelf.documents[i]) for i in changed if i in shelf.documents]
        active = [entry for entry in entries if entry]
        return ManifestDelta(
            generation=generation,
            whole=False,
            active=active,
            removed=sorted(changed - {entry.document_id for entry in active}),
        )

    async def with_pending_job(self, scope: TenantScope, job_id: JobId) -> Document | None:
        """Return the document whose pending upload is that job's."""
        for document in self._shelves.of(scope).documents.values():
            if document.pending and document.pending.job_id == job_id:
                return _own(scope, document)
        return None

    async def drop(self, scope: TenantScope) -> None:
        """Remove every document of the tenant."""
        shelf = self._shelves.of(scope)
        shelf.documents.clear()
        shelf.changes.clear()


def _own(scope: TenantScope, document: Document) -> Document:
    if document.tenant_uid != scope.tenant_uid:
        raise IsolationBreach("documents")
    return document


def _log(shelf: Shelf, document_id: DocumentId, old: Revision | None, new: Revision | None) -> None:
    if old != new:
        shelf.changes.append(
            Change(
                generation=len(shelf.changes) + 1,
                document_id=document_id,
                old_revision=old,
                new_revision=new,
            )
        )
