"""Stored revisions: staging and verifying, listing, and removing them once unneeded."""

from __future__ import annotations

from collections.abc import Sequence

from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.documents import Document
from ragtenancy.domain.errors import LeaseLostError, RejectedError
from ragtenancy.domain.ids import BlobName, DocumentId, Revision
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.blobs import BlobStore
from ragtenancy.ports.chunks import ChunkRepository
from ragtenancy.ports.documents import DocumentRepository
from ragtenancy.ports.embeddings import Vectors
from ragtenancy.ports.vectors import VectorIndex


class Revisions:
    """The chunks and vectors of revisions, across both stores.

    A staged revision is invisible until a document's record names it.
    """

    def __init__(
        self,
        documents: DocumentRepository,
        chunks: ChunkRepository,
        vectors: VectorIndex,
        blobs: BlobStore,
    ) -> None:
        self._documents = documents
        self._chunks = chunks
        self._vectors = vectors
        self._blobs = blobs

    async def stage(
        self,
        scope: TenantScope,
        document_id: DocumentId,
        revision: Revision,
        chunks: Sequence[Chunk],
        vectors: Vectors | None = None,
    ) -> None:
        """Write a revision, then verify its count in each store.

        `vectors` has one row per chunk; None keeps those already stored. Raises `RejectedError`
        (`short_write`) if a store's count differs from the number written, and the stores'
        `UnavailableError` and `RejectedError`.
        """
        await self._chunks.stage(scope, document_id, revision, chunks)
        if vectors is not None:
            await self._vectors.stage(scope, document_id, revision, vectors)
        stored = (
            await self._chunks.count(scope, document_id, revision),
            await self._vectors.count(scope, document_id, revision),
        )
        if stored != (len(chunks), len(chunks)):
            raise RejectedError("A store lost chunks that were written to it.", code="short_write")

    async def stage_live(
        self,
        scope: TenantScope,
        document_id: DocumentId,
        revision: Revision,
        chunks: Sequence[Chunk],
        vectors: Vectors,
    ) -> None:
        """Stage a revision that its document's record lists as live; errors as `stage`'s.

        Raises `LeaseLostError` if it is not any more: others may have removed it meanwhile.
        """
        try:
            await self.stage(scope, document_id, revision, chunks, vectors)
        except RejectedError:
            document = await self._documents.get(scope, document_id)
            if document is None or revision not in document.live_revisions:
                raise LeaseLostError("The document changed while its chunks were stored.") from None
            raise

    async def stored(
        self, scope: TenantScope, document_id: DocumentId | None = None
    ) -> Sequence[tuple[DocumentId, Revision]]:
        """Return every revision with data in either store, of one document or of all.

        An overtaken attempt may stage vectors after its chunks were removed.
        """
        chunks = await self._chunks.revisions(scope, document_id)
        vectors = await self._vectors.revisions(scope, document_id)
        return sorted({*chunks, *vectors})

    async def remove(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision | None = None
    ) -> None:
        """Delete one revision of a document, or all of them."""
        await self._vectors.delete(scope, document_id, revision)
        await self._chunks.delete(scope, document_id, revision)

    async def remove_orphans(self, scope: TenantScope, document_id: DocumentId) -> None:
        """Delete a document's revisions that are not live; all of them if it has no record.

        The record is read last: a revision is live before anything of it is stored.
        """
        stored = await self.stored(scope, document_id)
        document = await self._documents.get(scope, document_id)
        live = document.live_revisions if document else frozenset()
        for _, revision in stored:
            if revision not in live:
                await self.remove(scope, document_id, revision)

    async def remove_originals(self, scope: TenantScope, before: Document, after: Document) -> None:
        """Delete the originals that a document no longer uses."""
        for name in before.blobs - after.blobs:
            await self._blobs.delete(scope, BlobName(name))
