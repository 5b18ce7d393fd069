"""Deleting a document, with a receipt."""

from __future__ import annotations

import asyncio

from msgspec import Struct

from ragtenancy.app.documents.read import GetDocument
from ragtenancy.app.intents import Intents
from ragtenancy.app.jobs.endings import cancel_unfinished
from ragtenancy.domain.deletions import DocumentReceipt, RemovedCounts
from ragtenancy.domain.documents import Document
from ragtenancy.domain.errors import ConflictError, StaleWriteError, UnavailableError
from ragtenancy.domain.ids import DocumentId
from ragtenancy.domain.intents import Work
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.blobs import BlobStore
from ragtenancy.ports.chunks import ChunkRepository
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.documents import DocumentRepository
from ragtenancy.ports.jobs import JobRepository
from ragtenancy.ports.lexical import LexicalIndex
from ragtenancy.ports.vectors import VectorIndex

MAX_WRITES = 5
DEADLINE = 20.0


class DocumentStores(Struct, frozen=True, kw_only=True):
    """Every store that holds something of a document besides its record."""

    chunks: ChunkRepository
    vectors: VectorIndex
    lexical: LexicalIndex
    blobs: BlobStore


class DeleteDocument:
    """Hides a document at once, then removes it from every store and counts what is left.

    Deleting again while it is `deleting` resumes the work.
    """

    def __init__(
        self,
        get_document: GetDocument,
        documents: DocumentRepository,
        jobs: JobRepository,
        stores: DocumentStores,
        intents: Intents,
        clock: Clock,
    ) -> None:
        self._get_document = get_document
        self._documents = documents
        self._jobs = jobs
        self._stores = stores
        self._intents = intents
        self._clock = clock

    async def __call__(self, scope: TenantScope, document_id: DocumentId) -> DocumentReceipt:
        """Return the receipt; not verified when a store did not confirm in time.

        Raises `NotFoundError` for the absent, the foreign and the verified.
        """
        await self._get_document(scope, document_id)
        intent = await self._intents.open(scope, Work.DELETE, document_id, document_id=document_id)
        document = await self._hide(scope, document_id)
        removed = RemovedCounts()
        verified = False
        try:
            async with asyncio.timeout(DEADLINE):
                await self._cancel_jobs(scope, document)
                removed = await self._remove(scope, document)
                verified = await self._verify(scope, document)
        except (TimeoutError, UnavailableError):
            verified = False
        if verified:
            await self._documents.remove(scope, document_id)
            await self._intents.close(scope, intent)
        return DocumentReceipt(
            document_id=document_id,
            deleted_at=self._clock.now(),
            removed=removed,
            verified=verified,
        )

    async def _hide(self, scope: TenantScope, document_id: DocumentId) -> Document:
        for _ in range(MAX_WRITES):
            document = await self._get_document(scope, document_id)
            if document.deleting:
                return document
            try:
                return await self._documents.save(scope, document.deleted())
            except StaleWriteError:
                continue
        raise ConflictError("The document is changing too fast.", code="document_busy")

    async def _cancel_jobs(self, scope: TenantScope, document: Document) -> None:
        if document.pending is not None:
            await cancel_unfinished(self._jobs, self._clock, scope, document.pending.job_id)

    async def _remove(self, scope: TenantScope, document: Document) -> RemovedCounts:
        document_id = document.document_id
        held = await self._stores.lexical.forget(scope, document_id)
        chunks = await self._stores.chunks.count(scope, document_id)
        vectors = await self._stores.vectors.delete(scope, document_id)
        await self._stores.chunks.delete(scope, document_id)
        blobs = [await self._stores.blobs.delete(scope, name) for name in document.blobs]
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
            await self._stores.chunks.count(scope, document_id),
            await self._stores.vectors.count(scope, document_id),
            await self._stores.lexical.count(scope, document_id),
            len(document.blobs & set(await self._stores.blobs.names(scope))),
        )
        return not any(left)
