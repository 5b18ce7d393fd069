"""Removing revisions and originals that nothing needs any more."""

from __future__ import annotations

from collections.abc import Sequence

from ragtenancy.domain.documents import Document
from ragtenancy.domain.ids import BlobName, DocumentId, Revision
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.blobs import BlobStore
from ragtenancy.ports.chunks import ChunkRepository
from ragtenancy.ports.vectors import VectorIndex


class RetireRevisions:
    """Deletes what a publish, a failure or an overtaken attempt leaves behind."""

    def __init__(self, chunks: ChunkRepository, vectors: VectorIndex, blobs: BlobStore) -> None:
        self._chunks = chunks
        self._vectors = vectors
        self._blobs = blobs

    async def stored(
        self, scope: TenantScope, document_id: DocumentId | None = None
    ) -> Sequence[tuple[DocumentId, Revision]]:
        """Return every revision of which anything is stored, of one document or of all.

        An attempt that was overtaken may stage vectors when its chunks are gone already.
        """
        chunks = await self._chunks.revisions(scope, document_id)
        vectors = await self._vectors.revisions(scope, document_id)
        return sorted({*chunks, *vectors})

    async def leftovers(self, scope: TenantScope, document: Document) -> int:
        """Delete every revision of a document that is not live; return how many there were."""
        stored = await self.stored(scope, document.document_id)
        stale = [revision for _, revision in stored if revision not in document.live_revisions]
        for revision in stale:
            await self.revision(scope, document.document_id, revision)
        return len(stale)

    async def revision(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision | None = None
    ) -> None:
        """Delete one revision of a document, or all."""
        await self._vectors.delete(scope, document_id, revision)
        await self._chunks.delete(scope, document_id, revision)

    async def blobs(self, scope: TenantScope, before: Document, after: Document) -> None:
        """Delete the originals that a document held before and does not hold any more."""
        for name in before.blobs - after.blobs:
            await self._blobs.delete(scope, BlobName(name))
