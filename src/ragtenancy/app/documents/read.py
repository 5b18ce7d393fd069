"""Reading documents."""

from __future__ import annotations

from collections.abc import AsyncIterator

from msgspec import Struct

from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.documents import Document, DocumentStatus
from ragtenancy.domain.errors import NotFoundError
from ragtenancy.domain.ids import DocumentId
from ragtenancy.domain.pages import DEFAULT_LIMIT, Cursor, Page
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.blobs import BlobStore
from ragtenancy.ports.chunks import ChunkRepository
from ragtenancy.ports.documents import DocumentRepository


class GetDocument:
    """One document of the tenant."""

    def __init__(self, documents: DocumentRepository) -> None:
        self._documents = documents

    async def __call__(self, scope: TenantScope, document_id: DocumentId) -> Document:
        """Return it. Raises `NotFoundError` for the absent and the foreign alike."""
        document = await self._documents.get(scope, document_id)
        if document is None:
            raise NotFoundError("There is no such document.")
        return document


class ListDocuments:
    """The tenant's documents, oldest first."""

    def __init__(self, documents: DocumentRepository) -> None:
        self._documents = documents

    async def __call__(
        self,
        scope: TenantScope,
        *,
        status: DocumentStatus | None = None,
        after: Cursor | None = None,
        limit: int = DEFAULT_LIMIT,
    ) -> Page[Document]:
        """Return a page."""
        return await self._documents.page(scope, status=status, after=after, limit=limit)


class ListChunks:
    """The chunks of a document's active version."""

    def __init__(self, get_document: GetDocument, chunks: ChunkRepository) -> None:
        self._get_document = get_document
        self._chunks = chunks

    async def __call__(
        self,
        scope: TenantScope,
        document_id: DocumentId,
        *,
        after: Cursor | None = None,
        limit: int = DEFAULT_LIMIT,
    ) -> Page[Chunk]:
        """Return a page; empty while nothing of the document answers. Raises `NotFoundError`."""
        document = await self._get_document(scope, document_id)
        revision = document.active_revision
        if revision is None:
            return Page(items=[])
        return await self._chunks.page(scope, document_id, revision, after=after, limit=limit)


class Original(Struct, frozen=True, kw_only=True):
    """An uploaded file."""

    filename: str
    media_type: str
    size: int
    body: AsyncIterator[bytes]


class ReadOriginal:
    """The bytes of a document as they were uploaded."""

    def __init__(self, get_document: GetDocument, blobs: BlobStore) -> None:
        self._get_document = get_document
        self._blobs = blobs

    async def __call__(self, scope: TenantScope, document_id: DocumentId) -> Original:
        """Return the original of the version that a client sees. Raises `NotFoundError`."""
        document = await self._get_document(scope, document_id)
        if document.deleting:
            raise NotFoundError("There is no such document.")
        shown = document.shown
        return Original(
            filename=shown.filename,
            media_type=shown.media_type,
            size=shown.size,
            body=self._blobs.read(scope, shown.blob),
        )
