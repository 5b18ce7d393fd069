"""Chunks in memory."""

from __future__ import annotations

from collections.abc import Sequence

from ragtenancy.adapters.memory.client import Container, Memory, RevisionKey
from ragtenancy.adapters.memory.table import Table
from ragtenancy.domain.chunks import Chunk, is_near
from ragtenancy.domain.ids import ChunkId, DocumentId, Revision, parse_chunk_id
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.persistence.cursors import cursor_position, cut, position_cursor
from ragtenancy.ports.chunks import ChunkRepository


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
