"""Documents and chunks in memory."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs

from ragtenancy.adapters.memory.client import Container, Memory, RevisionKey, Table
from ragtenancy.adapters.memory.usage import record
from ragtenancy.domain.chunks import Chunk, is_near
from ragtenancy.domain.documents import (
    Change,
    Document,
    DocumentStatus,
    ManifestDelta,
    ManifestEntry,
    manifest_entry,
)
from ragtenancy.domain.errors import StaleWriteError
from ragtenancy.domain.ids import (
    ChunkId,
    ContentHash,
    DocumentId,
    Fingerprint,
    JobId,
    Revision,
    parse_chunk_id,
)
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.reindexing import require_one_model, switched
from ragtenancy.domain.tenant_config import require_room_for_document
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.domain.usage import UsageRow
from ragtenancy.persistence.cursors import cursor_position, cut, position_cursor
from ragtenancy.ports.chunks import ChunkRepository
from ragtenancy.ports.documents import DocumentRepository


class InMemoryDocumentRepository(DocumentRepository):
    """Documents in the tenant's container, with its generation and change log."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def get(self, scope: TenantScope, document_id: DocumentId) -> Document | None:
        document = self._memory.container(scope).documents.get(document_id)
        return _own(scope, document)

    async def find(
        self, scope: TenantScope, *, filename: str, content_hash: ContentHash
    ) -> Document | None:
        wanted = (filename, content_hash)
        documents = [
            document
            for document in self._memory.container(scope).documents
            if (upload := document.current()) is not None
            and (upload.filename, upload.content_hash) == wanted
        ]
        return _own(scope, min(documents, key=lambda d: d.deleting, default=None))

    async def add(
        self,
        scope: TenantScope,
        document: Document,
        used: Sequence[UsageRow] = (),
        *,
        most: int | None = None,
    ) -> None:
        scope.require_own(document.tenant_uid, "documents")
        container = self._memory.container(scope)
        if document.document_id not in container.documents:
            require_room_for_document(sum(1 for _ in container.documents), most)
            _require_one_model(container, document, None)
        container.documents.add(document.document_id, document)
        record(container, used)
        _log(container, document.document_id, None, document.active_revision)

    async def save(
        self, scope: TenantScope, document: Document, used: Sequence[UsageRow] = ()
    ) -> Document:
        scope.require_own(document.tenant_uid, "documents")
        container = self._memory.container(scope)
        stored = container.documents.get(document.document_id)
        if stored is None or stored.version != document.version:
            raise StaleWriteError("The document changed since it was read.")
        _require_one_model(container, document, stored.active_revision)
        saved = structs.replace(document, version=document.version + 1)
        container.documents.put(document.document_id, saved)
        record(container, used)
        _log(container, saved.document_id, stored.active_revision, saved.active_revision)
        return saved

    async def switch(self, scope: TenantScope, model: Fingerprint) -> int:
        container = self._memory.container(scope)
        before = list(container.documents)
        for document in before:
            scope.require_own(document.tenant_uid, "documents")
        after = [switched(document, model) for document in before]
        for old, new in zip(before, after, strict=True):
            if old != new:
                saved = structs.replace(new, version=old.version + 1)
                container.documents.put(new.document_id, saved)
                _log(container, new.document_id, old.active_revision, new.active_revision)
        container.model = model
        pairs = zip(before, after, strict=True)
        return sum(old.active_revision != new.active_revision for old, new in pairs)

    async def remove(
        self, scope: TenantScope, document_id: DocumentId, used: Sequence[UsageRow] = ()
    ) -> None:
        container = self._memory.container(scope)
        stored = container.documents.get(document_id)
        if stored is not None:
            container.documents.remove(document_id)
            record(container, used)
            _log(container, document_id, stored.active_revision, None)

    async def page(
        self,
        scope: TenantScope,
        *,
        status: DocumentStatus | None = None,
        after: Cursor | None = None,
        limit: int = 50,
    ) -> Page[Document]:
        documents = self._memory.container(scope).documents
        page = documents.page(lambda d: status in (None, d.status), after=after, limit=limit)
        for document in page.items:
            scope.require_own(document.tenant_uid, "documents")
        return page

    async def count(self, scope: TenantScope) -> int:
        return len(self._memory.container(scope).documents)

    async def bytes_stored(self, scope: TenantScope) -> int:
        uploads = [document.current() for document in self._memory.container(scope).documents]
        return sum(upload.size for upload in uploads if upload)

    async def manifest(self, scope: TenantScope, *, since: int = -1) -> ManifestDelta:
        container = self._memory.container(scope)
        if not container.log_starts <= since <= container.generation:
            entries = [e for d in container.documents if (e := manifest_entry(d))]
            return ManifestDelta(generation=container.generation, whole=True, active=tuple(entries))
        changed = {c.document_id for c in container.changes if c.generation > since}
        found = {document_id: _entry(container, document_id) for document_id in changed}
        return ManifestDelta(
            generation=container.generation,
            whole=False,
            active=tuple(entry for entry in found.values() if entry),
            removed=tuple(document_id for document_id, entry in found.items() if not entry),
        )

    async def with_pending_job(self, scope: TenantScope, job_id: JobId) -> Document | None:
        for document in self._memory.container(scope).documents:
            if document.pending is not None and document.pending.job_id == job_id:
                return _own(scope, document)
        return None

    async def drop(self, scope: TenantScope) -> None:
        for container in self._memory.present(scope):
            if len(container.documents):
                container.generation += 1
            container.documents.remove_where(lambda _: True)
            container.changes.clear()
            container.log_starts = container.generation


def _own(scope: TenantScope, document: Document | None) -> Document | None:
    if document is not None:
        scope.require_own(document.tenant_uid, "documents")
    return document


def _require_one_model(container: Container, document: Document, old: Revision | None) -> None:
    """Reject a model other than the active documents'; check all only if it differs."""
    active = document.active
    if active is None or document.active_revision in (None, old):
        return
    model = active.embedding_fingerprint
    if model != container.model:
        require_one_model(document.document_id, model, container.documents)
        container.model = model


def _entry(container: Container, document_id: DocumentId) -> ManifestEntry | None:
    document = container.documents.get(document_id)
    return None if document is None else manifest_entry(document)


def _log(
    container: Container, document_id: DocumentId, old: Revision | None, new: Revision | None
) -> None:
    """Raise the generation and log the move, if there was one."""
    if old == new:
        return
    container.generation += 1
    container.changes.append(
        Change(
            generation=container.generation,
            document_id=document_id,
            old_revision=old,
            new_revision=new,
        )
    )


class InMemoryChunkRepository(ChunkRepository):
    """Chunks by revision and ordinal in the tenant's container."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def stage(
        self,
        scope: TenantScope,
        document_id: DocumentId,
        revision: Revision,
        chunks: Sequence[Chunk],
    ) -> None:
        container = self._memory.container(scope)
        staged: Table[int, Chunk] = Table(Chunk)
        for chunk in chunks:
            staged.add(chunk.ordinal, chunk)
        container.chunks.pop((document_id, revision), None)
        container.sentence_vectors.pop((document_id, revision), None)
        if chunks:
            container.chunks[document_id, revision] = staged

    async def get(self, scope: TenantScope, chunks: Sequence[ChunkId]) -> Sequence[Chunk | None]:
        container = self._memory.container(scope)
        return tuple(_get(container, chunk_id) for chunk_id in chunks)

    async def of_revision(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision
    ) -> Sequence[Chunk]:
        staged = self._memory.container(scope).chunks.get((document_id, revision))
        return tuple(sorted(staged or (), key=lambda chunk: chunk.ordinal))

    async def neighbours(
        self, scope: TenantScope, chunks: Sequence[Chunk], reach: int
    ) -> Sequence[Chunk]:
        found: list[Chunk] = []
        for chunk in chunks:
            others = await self.of_revision(scope, chunk.document_id, chunk.revision)
            found += [other for other in others if is_near(other, chunk, reach)]
        return tuple(found)

    async def page(
        self,
        scope: TenantScope,
        document_id: DocumentId,
        revision: Revision,
        *,
        after: Cursor | None = None,
        limit: int = 50,
    ) -> Page[Chunk]:
        start = -1 if after is None else cursor_position(after)
        chunks = await self.of_revision(scope, document_id, revision)
        rest = [chunk for chunk in chunks if chunk.ordinal > start]
        return cut(rest, limit, lambda chunk: position_cursor(chunk.ordinal))

    async def count(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision | None = None
    ) -> int:
        container = self._memory.container(scope)
        keys = _revisions(container, document_id, revision)
        return sum(len(container.chunks[key]) for key in keys)

    async def revisions(
        self, scope: TenantScope, document_id: DocumentId | None = None
    ) -> Sequence[tuple[DocumentId, Revision]]:
        return _revisions(self._memory.container(scope), document_id)

    async def delete(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision | None = None
    ) -> int:
        container = self._memory.container(scope)
        keys = _revisions(container, document_id, revision)
        for key in keys:
            container.sentence_vectors.pop(key, None)
        return sum(len(container.chunks.pop(key)) for key in keys)

    async def drop(self, scope: TenantScope) -> None:
        for container in self._memory.present(scope):
            container.chunks.clear()
            container.sentence_vectors.clear()


def _get(container: Container, chunk_id: ChunkId) -> Chunk | None:
    try:
        document_id, revision, ordinal = parse_chunk_id(chunk_id)
    except ValueError:
        return None
    staged = container.chunks.get((document_id, revision))
    return staged.get(ordinal) if staged else None


def _revisions(
    container: Container, document_id: DocumentId | None, revision: Revision | None = None
) -> Sequence[RevisionKey]:
    wanted = (key for key in container.chunks if document_id in (None, key[0]))
    return tuple(sorted(key for key in wanted if revision in (None, key[1])))
