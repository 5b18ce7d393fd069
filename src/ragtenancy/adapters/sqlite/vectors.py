"""Vectors in the tenant's file, searched exactly in this process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import TypeVar

import apsw
import numpy as np

from ragtenancy.adapters.sqlite.resident_vectors import Residents, Seat
from ragtenancy.adapters.sqlite.tenant_files import TenantFiles
from ragtenancy.adapters.sqlite.vector_rows import VectorRows
from ragtenancy.domain.documents import ManifestEntry
from ragtenancy.domain.errors import NotFoundError, StaleWriteError
from ragtenancy.domain.hits import LegHits
from ragtenancy.domain.ids import ChunkId, DocumentId, Revision
from ragtenancy.domain.manifest import Manifest
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.embeddings import Vector, Vectors
from ragtenancy.ports.vectors import VectorIndex

MAX_NUMBERS_INLINE = 8_000_000
MAX_POINT_READS = 100
STORED = np.dtype("<f4")
Answer = TypeVar("Answer")
Loaded = dict[DocumentId, Vectors]


class SqliteVectorIndex(VectorIndex):
    """One BLOB per revision (float32, little-endian, row by row); rows in memory per tenant.

    The rows follow the manifest of each question. `search` and `score` raise `StaleWriteError`
    when it names vectors that are gone (read it again), and `ReindexRequiredError` for vectors
    of another dimension. `max_bytes` bounds the memory of all tenants; those not asked lately
    leave and are read again from their file.
    """

    def __init__(self, files: TenantFiles, *, max_bytes: int = 2_000_000_000) -> None:
        self._files = files
        self._residents = Residents(max_bytes)

    async def stage(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision, vectors: Vectors
    ) -> None:
        """Keep the vectors of a revision, shape (chunks, dimension), replacing what was staged."""
        row_count, dimension = vectors.shape
        data = np.ascontiguousarray(vectors, STORED).tobytes()
        row = (document_id, revision, row_count, dimension, data)
        await self._files.write(
            scope,
            lambda file: file.execute("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?, ?, ?)", row),
        )
        await self._purge(scope, document_id, revision)

    async def search(
        self,
        scope: TenantScope,
        manifest: Manifest,
        vector: Vector,
        *,
        limit: int,
        documents: Collection[DocumentId] | None = None,
    ) -> LegHits:
        """Return the `limit` chunks of highest cosine, exact, ties by document and ordinal."""
        async with self._in_step(scope, manifest) as seat:
            generation, rows = seat.generation, seat.rows
            if rows is None:
                return LegHits(generation=generation, hits=[])
            hits = await _answer(rows, lambda: rows.search(vector, limit, documents))
            return LegHits(generation=generation, hits=hits, best=hits[0].score if hits else 0.0)

    async def score(
        self, scope: TenantScope, manifest: Manifest, vector: Vector, chunks: Sequence[ChunkId]
    ) -> Sequence[float | None]:
        """Return the cosine of each chunk, None for one that is not active."""
        async with self._in_step(scope, manifest) as seat:
            return seat.rows.score(vector, chunks) if seat.rows else [None] * len(chunks)

    async def count(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision | None = None
    ) -> int:
        """Count the stored vectors of a document, or of one revision of it."""
        return await self._files.read(scope, lambda file: _count(file, document_id, revision))

    async def delete(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision | None = None
    ) -> int:
        """Remove the vectors of a document, or of one revision; return how many there were."""
        removed = await self._files.write(scope, lambda file: _delete(file, document_id, revision))
        await self._purge(scope, document_id, revision)
        return removed

    async def drop(self, scope: TenantScope) -> None:
        """Remove everything of the tenant, memory included."""
        self._residents.leave(scope.tenant_uid)
        with suppress(NotFoundError):
            await self._files.write(scope, lambda file: file.execute("DELETE FROM vectors"))

    async def _purge(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision | None
    ) -> None:
        """Remove rows from memory, after whoever reads or loads them."""
        seat = self._residents.known(scope.tenant_uid)
        if seat is not None:
            async with seat.lock:
                seat.purge(document_id, revision)

    @asynccontextmanager
    async def _in_step(self, scope: TenantScope, manifest: Manifest) -> AsyncIterator[Seat]:
        """Hold the tenant's rows, at the manifest's generation or a newer one."""
        seat = self._residents.seat(scope.tenant_uid)
        async with seat.lock:
            if seat.generation < manifest.generation:
                await self._advance(scope, seat, manifest)
                self._residents.weigh(scope.tenant_uid, seat.rows.nbytes if seat.rows else 0)
            yield seat

    async def _advance(self, scope: TenantScope, seat: Seat, manifest: Manifest) -> None:
        """Read what changed, then switch at once; cancelled half-way, nothing has changed."""
        entries, dropped = manifest.difference(seat.revisions)
        wanted = {entry.document_id: entry for entry in entries}
        loaded = await self._load(scope, wanted) if entries else {}
        rows = seat.rows
        if rows is None and loaded:
            rows = VectorRows(_dimension(loaded), sum(map(len, loaded.values())))
        if rows is not None:
            _require_one_dimension(rows, loaded)
            _apply(rows, dropped, loaded, wanted)
        seat.rows = rows
        seat.revisions = {d: entry.revision for d, entry in manifest.entries.items()}
        seat.generation = manifest.generation

    async def _load(
        self, scope: TenantScope, wanted: Mapping[DocumentId, ManifestEntry]
    ) -> Loaded:
        """Read revisions in one transaction. Raises `StaleWriteError` if some are gone."""
        found = await self._files.read(scope, lambda file: _read(file, wanted))
        for document_id, entry in wanted.items():
            if len(found.get(document_id, ())) != entry.total_chunks:
                raise StaleWriteError("The vectors of a revision are gone.")
        return {document_id: vectors for document_id, vectors in found.items() if len(vectors)}


async def _answer(rows: VectorRows, work: Callable[[], Answer]) -> Answer:
    """Do the work here when it is short, else beside the event loop."""
    if rows.size <= MAX_NUMBERS_INLINE:
        return work()
    return await asyncio.to_thread(work)


def _apply(
    rows: VectorRows,
    dropped: Sequence[DocumentId],
    loaded: Loaded,
    wanted: Mapping[DocumentId, ManifestEntry],
) -> None:
    for document_id in dropped:
        rows.remove(document_id)
    for document_id, vectors in loaded.items():
        rows.add(document_id, wanted[document_id].revision, vectors)


def _read(file: apsw.Connection, wanted: Mapping[DocumentId, ManifestEntry]) -> Loaded:
    """Return the stored vectors of the wanted revisions: point by point, or by one scan."""
    columns = "SELECT document_id, revision, dimension, data FROM vectors"
    if len(wanted) > MAX_POINT_READS:
        found = file.execute(columns)
        return {
            document_id: _vectors(data, dimension)
            for document_id, revision, dimension, data in found
            if document_id in wanted and wanted[document_id].revision == revision
        }
    loaded: Loaded = {}
    for entry in wanted.values():
        key = (entry.document_id, entry.revision)
        for _, _, dimension, data in file.execute(
            f"{columns} WHERE document_id = ? AND revision = ?", key
        ):
            loaded[entry.document_id] = _vectors(data, dimension)
    return loaded


def _vectors(data: bytes, dimension: int) -> Vectors:
    return np.frombuffer(data, STORED).reshape(-1, dimension)
