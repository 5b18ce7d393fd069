"""The chunk store, in memory."""

from __future__ import annotations

from collections.abc import Sequence

from ragtenancy.adapters.memory.paging import page_of
from ragtenancy.adapters.memory.shelves import Shelves
from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.ids import ChunkId, DocumentId, Revision, parse_chunk_id
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.chunks import ChunkRepository


class InMemoryChunkRepository(ChunkRepository):
    """Chunks on their tenant's shelf, by revision."""

    def __init__(self, shelves: Shelves) -> None:
        self._shelves = shelves

    async def stage(
        self,
        scope: TenantScope,
        document_id: DocumentId,
        revision: Revision,
        chunks: Sequence[Chunk],
    ) -> None:
        """Keep the chunks of a revision."""
        ordered = sorted(chunks, key=lambda chunk: chunk.ordinal)
        self._shelves.of(scope).chunks[document_id, revision] = ordered

    async def get(self, scope: TenantScope, chunks: Sequence[ChunkId]) -> Sequence[Chunk | None]:
        """Return the chunks in the order asked for."""
        kept = self._shelves.of(scope).chunks
        found: list[Chunk | None] = []
        for chunk_id in chunks:
            document_id, revision, ordinal = parse_chunk_id(chunk_id)
            rows = kept.get((document_id, revision), [])
            found.append(next((c for c in rows if c.ordinal == ordinal), None))
        return found

    async def of_revision(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision
    ) -> Sequence[Chunk]:
        """Return all chunks of a revision."""
        return list(self._shelves.of(scope).chunks.get((document_id, revision), []))

    async def of_section(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision, section_ordinal: int
    ) -> Sequence[Chunk]:
        """Return the chunks of one section."""
        rows = await self.of_revision(scope, document_id, revision)
        return [chunk for chunk in rows if chunk.section_ordinal == section_ordinal]

    async def page(
        self,
        scope: TenantScope,
        document_id: DocumentId,
        revision: Revision,
        *,
        after: Cursor | None = None,
        limit: int = 50,
    ) -> Page[Chunk]:
        """Return a page of a revision's chunks."""
        rows = await self.of_revision(scope, document_id, revision)
        return page_of(rows, lambda c: f"{c.ordinal:012d}", after=after, limit=limit)

    async def count(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision | None = None
    ) -> int:
        """Count the chunks of a document."""
        kept = self._shelves.of(scope).chunks
        return sum(len(rows) for key, rows in kept.items() if _is(key, document_id, revision))

    async def revisions(
        self, scope: TenantScope, document_id: DocumentId | None = None
    ) -> Sequence[tuple[DocumentId, Revision]]:
        """Return every revision that has chunks stored."""
        kept = self._shelves.of(scope).chunks
        return [key for key in kept if document_id is None or key[0] == document_id]

    async def delete(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision | None = None
    ) -> int:
        """Remove the chunks of a document."""
        kept = self._shelves.of(scope).chunks
        gone = [key for key in kept if _is(key, document_id, revision)]
        return sum(len(kept.pop(key)) for key in gone)

    async def drop(self, scope: TenantScope) -> None:
        """Remove every chunk of the tenant."""
        self._shelves.of(scope).chunks.clear()


def _is(
    key: tuple[DocumentId, Revision], document_id: DocumentId, revision: Revision | None
) -> bool:
    return key[0] == document_id and revision in (None, key[1])
