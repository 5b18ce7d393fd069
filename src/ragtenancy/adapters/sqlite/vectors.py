"""Vectors in the tenant's file, searched exactly in this process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

import apsw

from ragtenancy.adapters.sqlite import vector_blobs
from ragtenancy.adapters.sqlite.resident_vectors import Seat
from ragtenancy.adapters.sqlite.tenant_files import TenantFiles
from ragtenancy.adapters.sqlite.vector_blobs import Loaded, Wanted
from ragtenancy.adapters.sqlite.vector_cache import VectorCache
from ragtenancy.adapters.sqlite.vector_rows import MOST_EXACT, VectorRows
from ragtenancy.domain.errors import StaleWriteError
from ragtenancy.domain.hits import LegHits
from ragtenancy.domain.ids import ChunkId, DocumentId, Revision
from ragtenancy.domain.manifest import Manifest
from ragtenancy.domain.residents import Residents
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.all_scores import AllScores
from ragtenancy.ports.embeddings import Vector, Vectors
from ragtenancy.ports.vectors import VectorIndex

FEW = 16
MAX_NUMBERS_INLINE = 8_000_000
Answer = TypeVar("Answer")


class SqliteVectorIndex(VectorIndex):
    """One BLOB per revision (float32, little-endian, row by row); rows in memory per tenant.

    The rows follow the manifest of each question. `search` and `score` raise `StaleWriteError`
    when it names vectors that are gone (read it again), and `ReindexRequiredError` for vectors
    of another dimension. `max_bytes` bounds the memory of all tenants; those not asked lately
    leave and are read again from their file. Up to `most_exact` chunks a search is exact; beyond,
    it reads those whose signs are closest to the question's and finds 99 % of the first ten.
    """

    def __init__(
        self,
        files: TenantFiles,
        *,
        max_bytes: int = 2_000_000_000,
        most_exact: int = MOST_EXACT,
        cache: VectorCache | None = None,
    ) -> None:
        self._files = files
        self._most_exact = most_exact
        self._cache = VectorCache(files) if cache is None else cache
        self._residents = Residents(max_bytes, Seat)

    async def stage(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision, vectors: Vectors
    ) -> None:
        """Keep the vectors of a revision, shape (chunks, dimension), replacing what was staged."""

        def work(file: apsw.Connection) -> None:
            if vector_blobs.has(file, document_id, revision):
                self._cache.remove(scope)
            vector_blobs.keep(file, document_id, revision, vectors)

        await self._files.write(scope, work)
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
        """Return the `limit` chunks of highest cosine, ties by document and ordinal."""
        async with self._in_step(scope, manifest) as seat:
            generation, rows = seat.generation, seat.rows
            if rows is None:
                return LegHits(generation=generation)
            found = await _answer(rows, lambda: rows.search(vector, limit, documents))
            return LegHits.highest(generation, *found, limit=limit)

    async def all_scores(
        self, scope: TenantScope, manifest: Manifest, vector: Vector
    ) -> AllScores | None:
        """Return the float32 cosines of a tenant in memory that is in step."""
        seat = self._residents.seat(scope.tenant_uid)
        if seat.generation != manifest.generation:
            return None
        async with seat.lock:
            rows = seat.rows
            if seat.generation != manifest.generation or rows is None:
                return None
            values, slack = await _answer(rows, lambda: rows.products(vector))
            return AllScores(seat.in_order(manifest, values), slack)

    async def score(
        self, scope: TenantScope, manifest: Manifest, vector: Vector, chunks: Sequence[ChunkId]
    ) -> Sequence[float | None]:
        """Return the cosine of each chunk, None for one that is not active."""
        async with self._in_step(scope, manifest) as seat:
            return seat.rows.score(vector, chunks) if seat.rows else [None] * len(chunks)

    async def read(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision
    ) -> Vectors:
        return await self._files.read(
            scope, lambda file: vector_blobs.of_revision(file, document_id, revision)
        )

    async def count(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision | None = None
    ) -> int:
        """Count the stored vectors of a document, or of one revision of it."""
        return await self._files.read(
            scope, lambda file: vector_blobs.count(file, document_id, revision)
        )

    async def revisions(
        self, scope: TenantScope, document_id: DocumentId | None = None
    ) -> Sequence[tuple[DocumentId, Revision]]:
        return await self._files.read(scope, lambda file: vector_blobs.revisions(file, document_id))

    async def delete(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision | None = None
    ) -> int:
        """Remove the vectors of a document, or of one revision; return how many there were."""

        def work(file: apsw.Connection) -> int:
            self._cache.remove(scope)
            return vector_blobs.delete(file, document_id, revision)

        removed = await self._files.write(scope, work)
        await self._purge(scope, document_id, revision)
        return removed

    async def drop(self, scope: TenantScope) -> None:
        """Remove everything of the tenant, memory included."""
        self._residents.leave(scope.tenant_uid)

        def work(file: apsw.Connection) -> None:
            self._cache.remove(scope)
            file.execute("DELETE FROM vectors")

        await self._files.write_if_present(scope, work)

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
        cold = seat.rows is None
        if cold:
            await self._restore(scope, seat)
        entries, dropped = manifest.difference(seat.revisions)
        seat.forget_order()
        wanted = {entry.document_id: entry for entry in entries}
        loaded = await self._load(scope, wanted) if entries else {}
        if seat.rows is None or len(wanted) == len(manifest.entries):
            seat.rows = await asyncio.to_thread(self._made, loaded, wanted) if loaded else None
        else:
            _change(seat.rows, dropped, loaded, wanted)
        seat.revisions = {d: entry.revision for d, entry in manifest.entries.items()}
        seat.generation = manifest.generation
        if seat.rows and ((cold and (loaded or dropped)) or seat.has_grown):
            seat.kept = seat.rows.size
            self._cache.save_soon(scope, manifest.entries, numbers=seat.kept)

    async def _restore(self, scope: TenantScope, seat: Seat) -> None:
        """Take the rows that are kept beside the file, whatever of them is still active."""
        held = await self._cache.load(scope, most_exact=self._most_exact)
        if held is not None:
            seat.revisions, seat.rows = held
            seat.kept = held.rows.size

    async def _load(self, scope: TenantScope, wanted: Wanted) -> Loaded:
        """Read revisions in one transaction. Raises `StaleWriteError` if some are gone."""
        few = sum(entry.total_chunks for entry in wanted.values()) <= FEW
        read = self._files.read_briefly if few else self._files.read
        found = await read(scope, lambda file: vector_blobs.read(file, wanted))
        for document_id, entry in wanted.items():
            if len(found.get(document_id, ())) != entry.total_chunks:
                raise StaleWriteError("The vectors of a revision are gone.")
        return {document_id: vectors for document_id, vectors in found.items() if len(vectors)}

    def _made(self, loaded: Loaded, wanted: Wanted) -> VectorRows:
        """Return the rows of a tenant none of whose vectors were in memory, where they lie."""
        first = next(iter(loaded.values()))
        rows = VectorRows(first.shape[1], first.base, most_exact=self._most_exact)
        _change(rows, (), loaded, wanted)
        return rows


async def _answer(rows: VectorRows, work: Callable[[], Answer]) -> Answer:
    """Do the work here when it is short, else beside the event loop."""
    if rows.size <= MAX_NUMBERS_INLINE:
        return work()
    return await asyncio.to_thread(work)


def _change(
    rows: VectorRows, dropped: Sequence[DocumentId], loaded: Loaded, wanted: Wanted
) -> None:
    """Drop documents, then take the loaded ones; nothing when a dimension differs."""
    for vectors in loaded.values():
        rows.require_dimension(vectors.shape[1])
    for document_id in dropped:
        rows.remove(document_id)
    for document_id, vectors in loaded.items():
        rows.add(document_id, wanted[document_id].revision, vectors)
