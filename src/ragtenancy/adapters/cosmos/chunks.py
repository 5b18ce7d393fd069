"""The chunk store in Cosmos DB: one item per chunk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from ragtenancy.adapters.cosmos.client import Cosmos
from ragtenancy.adapters.cosmos.items import BULK_OPERATIONS
from ragtenancy.adapters.cosmos.partitions import OwnedItems, hashed, in_batches
from ragtenancy.adapters.cosmos.tenant_state import States
from ragtenancy.domain.chunks import Chunk, is_near
from ragtenancy.domain.ids import ChunkId, DocumentId, Revision, parse_chunk_id
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.persistence.cursors import cursor_position, cut, position_cursor
from ragtenancy.ports.chunks import ChunkRepository

MAX_BATCH_BYTES = 100_000  # about 80 request units (docs/cosmos.md)
BY_ORDINAL = "ORDER BY c.ordinal"


class CosmosChunkRepository(ChunkRepository):
    """Chunks by revision and ordinal; staging, counting and removing them is bulk work."""

    def __init__(self, cosmos: Cosmos) -> None:
        self._chunks = OwnedItems(cosmos, "chunks", "chunk", Chunk)
        self._bulk = OwnedItems(cosmos, "chunks", "chunk", Chunk, bulk=True)
        self._states = States(cosmos)

    async def stage(
        self,
        scope: TenantScope,
        document_id: DocumentId,
        revision: Revision,
        chunks: Sequence[Chunk],
    ) -> None:
        await self._states.require(scope)
        await self.delete(scope, document_id, revision)
        items = [
            self._chunks.item(
                scope,
                _key(document_id, revision, chunk.ordinal),
                chunk,
                document_id=document_id,
                revision=revision,
                ordinal=chunk.ordinal,
                section=chunk.section_ordinal,
            )
            for chunk in chunks
        ]
        sizes = [len(msgspec.json.encode(item)) for item in items]
        for run in in_batches(items, sizes, BULK_OPERATIONS, MAX_BATCH_BYTES):
            operations = [("upsert", (item,)) for item in run]
            await self._bulk.items.batch(scope.tenant_id, operations)

    async def get(self, scope: TenantScope, chunks: Sequence[ChunkId]) -> Sequence[Chunk | None]:
        keys = [_key_of(chunk_id) for chunk_id in chunks]
        found = await self._chunks.with_keys(scope, [key for key in keys if key])
        return tuple(found.get(key) for key in keys)

    async def of_revision(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision
    ) -> Sequence[Chunk]:
        where, values = _of(document_id, revision)
        return tuple(await self._chunks.records(scope, f"{where} {BY_ORDINAL}", values=values))

    async def neighbours(
        self, scope: TenantScope, chunks: Sequence[Chunk], reach: int
    ) -> Sequence[Chunk]:
        places = {place for chunk in chunks for place in _around(chunk, reach)}
        found = await self._chunks.with_keys(scope, [_key(*place) for place in places])
        return tuple(
            near for near in found.values() if any(is_near(near, chunk, reach) for chunk in chunks)
        )

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
        where, values = _of(document_id, revision)
        found = await self._chunks.records(
            scope,
            f"{where} AND c.ordinal > @after {BY_ORDINAL}",
            top=limit + 1,
            values={**values, "after": start},
        )
        return cut(found, limit, lambda chunk: position_cursor(chunk.ordinal))

    async def count(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision | None = None
    ) -> int:
        where, values = _of(document_id, revision)
        return await self._bulk.count(scope, where, values)

    async def revisions(
        self, scope: TenantScope, document_id: DocumentId | None = None
    ) -> Sequence[tuple[DocumentId, Revision]]:
        where, values = _of(document_id)
        found: set[tuple[DocumentId, Revision]] = set()
        async for page in self._bulk.pages(scope, where, "c.document_id, c.revision", values):
            found |= {(each["document_id"], each["revision"]) for each in page}
        return tuple(sorted(found))

    async def delete(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision | None = None
    ) -> int:
        where, values = _of(document_id, revision)
        return await self._bulk.remove(scope, where, values)

    async def drop(self, scope: TenantScope) -> None:
        await self._bulk.remove(scope)


def _key(document_id: DocumentId, revision: Revision, ordinal: int) -> str:
    return f"{hashed(document_id)}~{revision}~{ordinal:06d}"


def _key_of(chunk_id: ChunkId) -> str:
    try:
        return _key(*parse_chunk_id(chunk_id))
    except ValueError:
        return ""


def _around(chunk: Chunk, reach: int) -> Iterator[tuple[DocumentId, Revision, int]]:
    """Yield the positions next to a chunk's."""
    for ordinal in range(max(0, chunk.ordinal - reach), chunk.ordinal + reach + 1):
        if ordinal != chunk.ordinal:
            yield chunk.document_id, chunk.revision, ordinal


def _of(
    document_id: DocumentId | None, revision: Revision | None = None
) -> tuple[str, dict[str, object]]:
    """Return the condition for the chunks of a document or a revision, with its values."""
    where, values = ["true"], dict[str, object]()
    if document_id is not None:
        where.append("c.document_id = @document")
        values["document"] = document_id
    if revision is not None:
        where.append("c.revision = @revision")
        values["revision"] = revision
    return " AND ".join(where), values
