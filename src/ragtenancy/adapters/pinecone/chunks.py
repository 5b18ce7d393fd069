"""Chunks with texts in the chunk store, or in the metadata of foreign vectors."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from ragtenancy.adapters.pinecone import placing
from ragtenancy.adapters.pinecone.client import PineconeIndex
from ragtenancy.adapters.pinecone.placing import chunk_of
from ragtenancy.adapters.pinecone.records import Record, Records
from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.errors import BackendTimeoutError
from ragtenancy.domain.ids import ChunkId, DocumentId, Revision
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.persistence.cursors import cursor_position, cut, position_cursor
from ragtenancy.ports.chunks import ChunkRepository

READING_SECONDS = 600.0
Reading = asyncio.Task[Sequence[Chunk]]


class PineconeChunkRepository(ChunkRepository):
    """A chunk store; for revisions that it lacks, the texts beside the vectors.

    Those are listed and fetched once, shared by concurrent callers; a caller's cancellation does
    not stop it, so that a BM25 index is ready some questions later. A read may take `seconds`; its
    result is kept until delivered.
    """

    def __init__(
        self, chunks: ChunkRepository, index: PineconeIndex, *, seconds: float = READING_SECONDS
    ) -> None:
        self._chunks = chunks
        self._index = index
        self._seconds = seconds
        self._readings: dict[tuple[str, str], Reading] = {}

    async def stage(
        self,
        scope: TenantScope,
        document_id: DocumentId,
        revision: Revision,
        chunks: Sequence[Chunk],
    ) -> None:
        await self._chunks.stage(scope, document_id, revision, chunks)

    async def get(self, scope: TenantScope, chunks: Sequence[ChunkId]) -> Sequence[Chunk | None]:
        held = await self._chunks.get(scope, chunks)
        absent = [c for c, chunk in zip(chunks, held, strict=True) if chunk is None]
        if not absent:
            return held
        records = await Records.of(self._index, scope).fetch(absent)
        found = {chunk.chunk_id: chunk for chunk in _texts(scope, list(records.values()))}
        return [chunk or found.get(c) for c, chunk in zip(chunks, held, strict=True)]

    async def of_revision(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision
    ) -> Sequence[Chunk]:
        held = await self._chunks.of_revision(scope, document_id, revision)
        return held or await self._read(scope, document_id, revision)

    async def neighbours(
        self, scope: TenantScope, chunks: Sequence[Chunk], reach: int
    ) -> Sequence[Chunk]:
        return await self._chunks.neighbours(scope, chunks, reach)  # no other revision has any

    async def page(
        self,
        scope: TenantScope,
        document_id: DocumentId,
        revision: Revision,
        *,
        after: Cursor | None = None,
        limit: int = 50,
    ) -> Page[Chunk]:
        held = await self._chunks.page(scope, document_id, revision, after=after, limit=limit)
        if held.items or await self._chunks.count(scope, document_id, revision):
            return held
        start = -1 if after is None else cursor_position(after)
        chunks = await self._read(scope, document_id, revision)
        rest = [chunk for chunk in chunks if chunk.ordinal > start]
        return cut(rest, limit, lambda chunk: position_cursor(chunk.ordinal))

    async def count(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision | None = None
    ) -> int:
        """Count the store's own chunks; texts beside vectors are counted with the vectors."""
        return await self._chunks.count(scope, document_id, revision)

    async def revisions(
        self, scope: TenantScope, document_id: DocumentId | None = None
    ) -> Sequence[tuple[DocumentId, Revision]]:
        return await self._chunks.revisions(scope, document_id)

    async def delete(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision | None = None
    ) -> int:
        return await self._chunks.delete(scope, document_id, revision)

    async def drop(self, scope: TenantScope) -> None:
        await self._chunks.drop(scope)

    async def close(self) -> None:
        """Cancel the running reads."""
        readings = list(self._readings.values())
        self._readings.clear()
        for reading in readings:
            reading.cancel()
        await asyncio.gather(*readings, return_exceptions=True)

    async def _read(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision
    ) -> Sequence[Chunk]:
        """Return a read's chunks; the read continues if this is cancelled."""
        start = placing.prefix(document_id, revision)
        key = (scope.tenant_uid, start)
        reading = self._readings.get(key)
        if reading is None:
            reading = self._readings[key] = asyncio.create_task(self._reading(scope, start))
            reading.add_done_callback(_seen)
        try:
            return await asyncio.shield(reading)
        finally:
            if reading.done():
                self._readings.pop(key, None)

    async def _reading(self, scope: TenantScope, start: str) -> Sequence[Chunk]:
        try:
            async with asyncio.timeout(self._seconds):
                return await self._all(scope, start)
        except TimeoutError as error:
            raise BackendTimeoutError("The vector store timed out on texts.") from error

    async def _all(self, scope: TenantScope, start: str) -> Sequence[Chunk]:
        """Return the chunks by ordinal; none if the first records carry no text."""
        records = Records.of(self._index, scope)
        chunks: list[Chunk] = []
        ids, after = await records.page(start, after=None)
        while ids:
            held = await records.fetch(ids)
            texts = _texts(scope, [held[chunk] for chunk in ids if chunk in held])
            chunks += texts
            if not (texts and after):
                break
            ids, after = await records.page(start, after=after)
        return chunks


def _texts(scope: TenantScope, records: Sequence[Record]) -> list[Chunk]:
    for record in records:
        placing.require_own(scope, record.metadata)
    return [chunk for record in records if (chunk := chunk_of(record)) is not None]


def _seen(reading: Reading) -> None:
    """Retrieve a read's exception, so that asyncio does not report it as never retrieved."""
    if not reading.cancelled():
        reading.exception()
