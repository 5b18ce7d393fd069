"""Chunks in the tenant's file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import apsw

from ragtenancy.adapters.sqlite.tenant_files import TenantFiles
from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.ids import ChunkId, DocumentId, Revision, parse_chunk_id
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.persistence.cursors import cursor_position, cut, position_cursor
from ragtenancy.persistence.record_codec import RecordCodec
from ragtenancy.ports.chunks import ChunkRepository

CODEC = RecordCodec(Chunk)
FEW = 16
FEW_NEAR = 100

OF_REVISION = """
    SELECT body FROM chunks JOIN revisions ON number = revision_number
    WHERE document_id = ? AND revision = ?
"""
NEAR = f"{OF_REVISION} AND section_ordinal = ? AND ordinal BETWEEN ? AND ?"
CHOSEN = "(:document_id IS NULL OR document_id = :document_id)"
CHOSEN += " AND (:revision IS NULL OR revision = :revision)"


class SqliteChunkRepository(ChunkRepository):
    """Tables `revisions` and `chunks`."""

    def __init__(self, files: TenantFiles) -> None:
        self._files = files

    async def stage(
        self,
        scope: TenantScope,
        document_id: DocumentId,
        revision: Revision,
        chunks: Sequence[Chunk],
    ) -> None:
        rows = [(c.ordinal, c.section_ordinal, CODEC.encode(c)) for c in chunks]

        def work(db: apsw.Connection) -> None:
            key = (document_id, revision)
            db.execute("DELETE FROM revisions WHERE document_id = ? AND revision = ?", key)
            if rows:
                db.execute("INSERT INTO revisions (document_id, revision) VALUES (?, ?)", key)
                number = db.last_insert_rowid()
                db.executemany(
                    "INSERT INTO chunks VALUES (?, ?, ?, ?)", ((number, *row) for row in rows)
                )

        await self._files.write(scope, work)

    async def get(self, scope: TenantScope, chunks: Sequence[ChunkId]) -> Sequence[Chunk | None]:
        def work(db: apsw.Connection) -> Sequence[Chunk | None]:
            return tuple(_get(db, chunk_id) for chunk_id in chunks)

        if len(chunks) <= FEW:
            return await self._files.read_briefly(scope, work)
        return await self._files.read(scope, work)

    async def of_revision(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision
    ) -> Sequence[Chunk]:
        query = f"{OF_REVISION} ORDER BY ordinal"
        return await self._found(scope, query, document_id, revision)

    async def neighbours(
        self, scope: TenantScope, chunks: Sequence[Chunk], reach: int
    ) -> Sequence[Chunk]:
        def work(db: apsw.Connection) -> Sequence[Chunk]:
            return tuple(near for chunk in chunks for near in _near(db, chunk, reach))

        few = len(chunks) * (2 * reach + 1) <= FEW_NEAR
        read = self._files.read_briefly if few else self._files.read
        return await read(scope, work)

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
        query = f"{OF_REVISION} AND ordinal > ? ORDER BY ordinal LIMIT ?"
        found = await self._found(scope, query, document_id, revision, start, limit + 1)
        return cut(found, limit, lambda chunk: position_cursor(chunk.ordinal))

    async def count(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision | None = None
    ) -> int:
        values = {"document_id": document_id, "revision": revision}
        return await self._files.read(scope, lambda db: _count(db, values))

    async def revisions(
        self, scope: TenantScope, document_id: DocumentId | None = None
    ) -> Sequence[tuple[DocumentId, Revision]]:
        query = f"SELECT document_id, revision FROM revisions WHERE {CHOSEN} ORDER BY 1, 2"  # noqa: S608 - ours
        values = {"document_id": document_id, "revision": None}
        rows = await self._files.read(scope, lambda db: list(db.execute(query, values)))
        return tuple((DocumentId(document), Revision(revision)) for document, revision in rows)

    async def delete(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision | None = None
    ) -> int:
        values = {"document_id": document_id, "revision": revision}

        def work(db: apsw.Connection) -> int:
            there = _count(db, values)
            db.execute(f"DELETE FROM revisions WHERE {CHOSEN}", values)  # noqa: S608 - ours
            return there

        return await self._files.write(scope, work, makes_room=True)

    async def drop(self, scope: TenantScope) -> None:
        await self._files.write_if_present(
            scope, lambda db: db.execute("DELETE FROM revisions").get
        )

    async def _found(self, scope: TenantScope, query: str, *values: str | int) -> Sequence[Chunk]:
        rows = await self._files.read(scope, lambda db: list(db.execute(query, values)))
        return tuple(CODEC.decode(body) for (body,) in rows)


def _get(db: apsw.Connection, chunk_id: ChunkId) -> Chunk | None:
    try:
        key = parse_chunk_id(chunk_id)
    except ValueError:
        return None
    body = db.execute(f"{OF_REVISION} AND ordinal = ?", key).get
    return None if body is None else CODEC.decode(body)


def _near(db: apsw.Connection, chunk: Chunk, reach: int) -> Iterator[Chunk]:
    place = (chunk.document_id, chunk.revision, chunk.section_ordinal)
    for (body,) in db.execute(NEAR, (*place, chunk.ordinal - reach, chunk.ordinal + reach)):
        yield CODEC.decode(body)


def _count(db: apsw.Connection, values: dict[str, DocumentId | Revision | None]) -> int:
    query = "SELECT count(*) FROM chunks JOIN revisions ON number = revision_number"
    return int(db.execute(f"{query} WHERE {CHOSEN}", values).get)
