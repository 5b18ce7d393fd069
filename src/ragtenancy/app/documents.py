"""A tenant's documents: reading, listing, downloading, and deleting with a receipt."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress

from msgspec import Struct

from ragtenancy.app.intents import Intents
from ragtenancy.app.jobs.endings import cancel_unfinished
from ragtenancy.app.optimistic_writes import retry_stale
from ragtenancy.app.webhooks.announcing import Announcements
from ragtenancy.domain.chunks import Chunk, stored_text
from ragtenancy.domain.deletion_ledger import document_entry
from ragtenancy.domain.deletions import DocumentReceipt, RemovedCounts
from ragtenancy.domain.documents import Document, DocumentStatus
from ragtenancy.domain.errors import ConflictError, NotFoundError, UnavailableError
from ragtenancy.domain.ids import ApiKeyId, DocumentId
from ragtenancy.domain.intents import Work
from ragtenancy.domain.pages import DEFAULT_LIMIT, Cursor, Page
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.domain.usage import deleted
from ragtenancy.ports.blobs import BlobStore
from ragtenancy.ports.chunks import ChunkRepository
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.deletion_ledger import DeletionLedger
from ragtenancy.ports.documents import DocumentRepository
from ragtenancy.ports.jobs import JobRepository
from ragtenancy.ports.lexical import LexicalIndex
from ragtenancy.ports.vectors import VectorIndex

DEADLINE = 20.0


class Original(Struct, frozen=True, kw_only=True):
    """An uploaded file."""

    filename: str
    media_type: str
    size: int
    body: AsyncIterator[bytes]


class StoredText(Struct, frozen=True, kw_only=True):
    """The text of a document's active version: its chunks in order, a line end between them."""

    filename: str
    version: int
    text: str


class Documents:
    """A tenant's documents, across all the stores that hold their data."""

    def __init__(
        self,
        documents: DocumentRepository,
        jobs: JobRepository,
        chunks: ChunkRepository,
        vectors: VectorIndex,
        lexical: LexicalIndex,
        blobs: BlobStore,
        ledger: DeletionLedger,
        intents: Intents,
        announcements: Announcements,
        clock: Clock,
    ) -> None:
        self._documents = documents
        self._jobs = jobs
        self._chunks = chunks
        self._vectors = vectors
        self._lexical = lexical
        self._blobs = blobs
        self._ledger = ledger
        self._intents = intents
        self._announcements = announcements
        self._clock = clock

    async def get(self, scope: TenantScope, document_id: DocumentId) -> Document:
        """Return a document. Raises `NotFoundError` if it is unknown or another tenant's."""
        document = await self._documents.get(scope, document_id)
        if document is None:
            raise NotFoundError("There is no such document.")
        return document

    async def page(
        self,
        scope: TenantScope,
        *,
        status: DocumentStatus | None = None,
        after: Cursor | None = None,
        limit: int = DEFAULT_LIMIT,
    ) -> Page[Document]:
        """Return a page of the tenant's documents, oldest first."""
        return await self._documents.page(scope, status=status, after=after, limit=limit)

    async def chunks(
        self,
        scope: TenantScope,
        document_id: DocumentId,
        *,
        after: Cursor | None = None,
        limit: int = DEFAULT_LIMIT,
    ) -> Page[Chunk]:
        """Return a page of the active version's chunks, in order.

        Empty while the document has no active version. Raises `NotFoundError`.
        """
        document = await self.get(scope, document_id)
        revision = document.active_revision
        if revision is None:
            return Page(items=[])
        return await self._chunks.page(scope, document_id, revision, after=after, limit=limit)

    async def text(self, scope: TenantScope, document_id: DocumentId) -> StoredText:
        """Return the active version's whole text, in which sources count their ranges.

        Raises `NotFoundError`, also while the document has no active version.
        """
        document = await self.get(scope, document_id)
        active, revision = document.active, document.active_revision
        if active is None or revision is None:
            raise NotFoundError("The document has no searchable version.")
        chunks = await self._chunks.of_revision(scope, document_id, revision)
        return StoredText(
            filename=active.upload.filename,
            version=active.upload.version,
            text=stored_text(chunks),
        )

    async def original(self, scope: TenantScope, document_id: DocumentId) -> Original:
        """Return the original of the version shown to clients. Raises `NotFoundError`."""
        document = await self.get(scope, document_id)
        if document.deleting:
            raise NotFoundError("There is no such document.")
        shown = document.shown
        return Original(
            filename=shown.original_name,
            media_type=shown.media_type,
            size=shown.size,
            body=self._blobs.read(scope, shown.blob),
        )

    async def delete(
        self, scope: TenantScope, document_id: DocumentId, *, key_id: ApiKeyId | None = None
    ) -> DocumentReceipt:
        """Hide a document at once, remove it from every store, and verify that nothing is left.

        Its attached documents are deleted with it; the receipt counts them too. Deleting again
        while it is `deleting` resumes the work. The receipt is unverified if a store did not
        confirm in time. Raises `NotFoundError` for a document that is unknown, another tenant's, or
        already verified as deleted.
        """
        await self.get(scope, document_id)
        intent = await self._intents.open(scope, Work.DELETE, document_id, document_id=document_id)
        document = await self._hide(scope, document_id, key_id)
        attached = [each async for each in self._attached(scope, document)]
        for each in attached:
            with suppress(NotFoundError):  # another request deletes it
                await self._hide(scope, each.document_id, key_id)
        removed = RemovedCounts()
        verified = False
        try:
            async with asyncio.timeout(DEADLINE):
                receipts = [each async for each in self._receipts(scope, attached)]
                await self._cancel_jobs(scope, document)
                removed = await self._remove(scope, document)
                verified = await self._verify(scope, document)
                removed = sum([each.removed for each in receipts], removed)
                verified = verified and all(each.verified for each in receipts)
                if verified:
                    await self._announcements.of_deletion(scope, document)
        except (TimeoutError, UnavailableError):
            verified = False
        receipt = DocumentReceipt(
            document_id=document_id,
            deleted_at=self._clock.now(),
            removed=removed,
            verified=verified,
        )
        await self._ledger.record(scope, document_entry(scope, receipt))
        if verified:
            await self._documents.remove(scope, document_id)
            await self._intents.close(scope, intent)
        return receipt

    async def _attached(self, scope: TenantScope, document: Document) -> AsyncIterator[Document]:
        for document_id in document.files:
            attached = await self._documents.get(scope, document_id)
            if attached is not None and attached.attached_to == document.document_id:
                yield attached

    async def _receipts(
        self, scope: TenantScope, attached: Sequence[Document]
    ) -> AsyncIterator[DocumentReceipt]:
        """Delete attached documents; yield no receipt for one that another request deleted."""
        for each in attached:
            with suppress(NotFoundError):
                yield await self.delete(scope, each.document_id)

    async def _hide(
        self, scope: TenantScope, document_id: DocumentId, key_id: ApiKeyId | None
    ) -> Document:
        async def attempt() -> Document:
            document = await self.get(scope, document_id)
            if document.deleting:
                return document
            used = [] if document.active is None else [deleted(key_id, self._clock.now())]
            return await self._documents.save(scope, document.deleted(), used)

        return await retry_stale(
            attempt,
            ConflictError(
                "Other requests keep changing this document; try again.", code="document_busy"
            ),
        )

    async def _cancel_jobs(self, scope: TenantScope, document: Document) -> None:
        if document.pending is not None:
            await cancel_unfinished(self._jobs, self._clock, scope, document.pending.job_id)

    async def _remove(self, scope: TenantScope, document: Document) -> RemovedCounts:
        document_id = document.document_id
        held = await self._lexical.forget(scope, document_id)
        chunks = await self._chunks.count(scope, document_id)
        vectors = await self._vectors.delete(scope, document_id)
        await self._chunks.delete(scope, document_id)
        blobs = [await self._blobs.delete(scope, name) for name in document.blobs]
        active = document.active.total_chunks if document.active else 0
        return RemovedCounts(
            vectors=vectors,
            lexical=held or min(active, chunks),
            chunks=chunks,
            blobs=sum(blobs),
        )

    async def _verify(self, scope: TenantScope, document: Document) -> bool:
        document_id = document.document_id
        left = (
            await self._chunks.count(scope, document_id),
            await self._vectors.count(scope, document_id),
            await self._lexical.count(scope, document_id),
            len(document.blobs & set(await self._blobs.names(scope))),
        )
        return not any(left)
