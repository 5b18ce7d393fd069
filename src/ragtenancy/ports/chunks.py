"""The chunk store: texts by revision."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.ids import ChunkId, DocumentId, Revision
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.tenants import TenantScope


class ChunkRepository(Protocol):
    """Chunks of one tenant, staged by revision; a revision's chunks never change once staged."""

    @abstractmethod
    async def stage(
        self,
        scope: TenantScope,
        document_id: DocumentId,
        revision: Revision,
        chunks: Sequence[Chunk],
    ) -> None:
        """Store the chunks of a revision, replacing any staged under it."""

    @abstractmethod
    async def get(self, scope: TenantScope, chunks: Sequence[ChunkId]) -> Sequence[Chunk | None]:
        """Return the chunks in the requested order, None for an absent one."""

    @abstractmethod
    async def of_revision(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision
    ) -> Sequence[Chunk]:
        """Return all chunks of a revision by ordinal."""

    @abstractmethod
    async def neighbours(
        self, scope: TenantScope, chunks: Sequence[Chunk], reach: int
    ) -> Sequence[Chunk]:
        """Return the chunks within `reach` ordinals of one of these, in the same section.

        The order is undefined; the given chunks themselves may be included or not.
        """

    @abstractmethod
    async def page(
        self,
        scope: TenantScope,
        document_id: DocumentId,
        revision: Revision,
        *,
        after: Cursor | None = None,
        limit: int = 50,
    ) -> Page[Chunk]:
        """Return a page of a revision's chunks by ordinal."""

    @abstractmethod
    async def count(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision | None = None
    ) -> int:
        """Count the chunks of a document, or of one revision of it."""

    @abstractmethod
    async def revisions(
        self, scope: TenantScope, document_id: DocumentId | None = None
    ) -> Sequence[tuple[DocumentId, Revision]]:
        """Return every revision with stored chunks, of one document or of all."""

    @abstractmethod
    async def delete(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision | None = None
    ) -> int:
        """Remove the chunks of a document, or of one revision; return how many there were."""

    @abstractmethod
    async def drop(self, scope: TenantScope) -> None:
        """Remove every chunk of the tenant."""
