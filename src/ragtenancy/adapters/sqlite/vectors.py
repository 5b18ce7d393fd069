"""Vectors in the tenant's file, searched exactly in this process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

import apsw
import numpy as np

from ragtenancy.adapters.sqlite import vector_rows
from ragtenancy.adapters.sqlite.tenant_files import TenantFiles
from ragtenancy.adapters.sqlite.vector_cache import VectorCache
from ragtenancy.adapters.sqlite.vector_rows import Loaded, VectorRows, Wanted
from ragtenancy.domain.errors import StaleWriteError
from ragtenancy.domain.hits import LegHits
from ragtenancy.domain.ids import ChunkId, DocumentId, Revision, TenantUid
from ragtenancy.domain.manifest import Manifest
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.engines.vectors.matrix import MAX_EXACT
from ragtenancy.engines.vectors.scan import Rows
from ragtenancy.lru_cache import SizedLruCache
from ragtenancy.ports.all_scores import AllScores
from ragtenancy.ports.embeddings import Vector, Vectors
from ragtenancy.ports.vectors import VectorIndex

FEW = 16
MAX_NUMBERS_INLINE = 8_000_000
GROWTH = 1.25
Answer = TypeVar("Answer")


class Seat:
    """A tenant's place in memory; the lock guards its rows, even for readers.

    `cached` is the size of the rows when they were last saved to the cache.
    """

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.generation = -1
        self.revisions: dict[DocumentId, Revision] = {}
        self.rows: VectorRows | None = None
        self.cached = 0
        self._order: tuple[Manifest, Rows | None] | None = None

    @property
    def has_grown(self) -> bool:
        """Whether the rows have grown enough to save again, at a cost proportional to adding."""
        return self.rows is not None and self.rows.size > GROWTH * self.cached

    def in_order(self, manifest: Manifest, by_row: Vector) -> Vector:
        """Return values by row as values by chunk, in the order of a manifest of this generation.

        Rows already in that order are not copied.
        """
        if self._order is None or self._order[0] is not manifest:
            rows = self.rows.rows_of(manifest.entries) if self.rows else np.empty(0, np.intp)
            same = np.array_equal(rows, np.arange(len(by_row)))
            self._order = (manifest, None if same else rows)
        rows_in_order = self._order[1]
        return by_row if rows_in_order is None else by_row[rows_in_order]

    def forget_order(self) -> None:
        """Forget the order of the chunks: rows are about to move."""
        self._order = None

    def purge(self, document_id: DocumentId, revision: Revision | None) -> None:
        """Remove a document's rows, or those of one revision, and reset the generation."""
        present = self.revisions.get(document_id)
        if present is None or revision not in (None, present):
            return
        del self.revisions[document_id]
        self.forget_order()
        self.generation = -1
        if self.rows is not None:
            self.rows.remove(document_id)


class SqliteVectorIndex(VectorIndex):
    """One BLOB per revision (float32, little-endian, row by row); rows in memory per tenant.

    The rows are updated to the manifest of each question. `search` and `score` raise
    `StaleWriteError` when it names deleted vectors (read it again), and `ReindexRequiredError` for
    vectors of another dimension. `max_bytes` bounds the memory of all tenants; the least recently
    used are evicted and later reread from their file. Up to `max_exact` chunks a search is exact;
    beyond, it scans those with the nearest sign codes, with a recall of 99 % in the top ten.
    """

    def __init__(
        self,
        files: TenantFiles,
        *,
        max_bytes: int = 2_000_000_000,
        max_exact: int = MAX_EXACT,
        cache: VectorCache | None = None,
    ) -> None:
        self._files = files
        self._max_exact = max_exact
        self._cache = VectorCache(files) if cache is None else cache
        self._seats: SizedLruCache[TenantUid, Seat] = SizedLruCache(max_bytes, Seat)

    async def stage(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision, vectors: Vectors
    ) -> None:
        """Store the vectors of a revision, shape (chunks, dimension), replacing earlier ones."""

        def work(file: apsw.Connection) -> None:
            if vector_rows.has(file, document_id, revision):
                self._cache.remove(scope)
            vector_rows.keep(file, document_id, revision, vectors)

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
        """Return the `limit` chunks with the highest cosine, ties by document and ordinal."""
        async with self._in_step(scope, manifest) as seat:
            generation, rows = seat.generation, seat.rows
            if rows is None:
                return LegHits(generation=generation)
            found = await _answer(rows, lambda: rows.search(vector, limit, documents))
            return LegHits.highest(generation, *found, limit=limit)

    async def all_scores(
        self, scope: TenantScope, manifest: Manifest, vector: Vector
    ) -> AllScores | None:
        """Return the float32 cosines, for a tenant in memory at the manifest's generation."""
        seat = self._seats.get(scope.tenant_uid)
        if seat.generation != manifest.generation:
            return None
        async with seat.lock:
            rows = seat.rows
            if seat.generation != manifest.generation or rows is None:
                return None
            values, error = await _answer(rows, lambda: rows.all_scores(vector))
            return AllScores(seat.in_order(manifest, values), error)

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
            scope, lambda file: vector_rows.of_revision(file, document_id, revision)
        )

    async def count(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision | None = None
    ) -> int:
        """Count the stored vectors of a document, or of one revision of it."""
        return await self._files.read(
            scope, lambda file: vector_rows.count(file, document_id, revision)
        )

    async def revisions(
        self, scope: TenantScope, document_id: DocumentId | None = None
    ) -> Sequence[tuple[DocumentId, Revision]]:
        return await self._files.read(scope, lambda file: vector_rows.revisions(file, document_id))

    async def delete(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision | None = None
    ) -> int:
        """Remove the vectors of a document, or of one revision; return how many there were."""

        def work(file: apsw.Connection) -> int:
            self._cache.remove(scope)
            return vector_rows.delete(file, document_id, revision)

        removed = await self._files.write(scope, work, makes_room=True)
        await self._purge(scope, document_id, revision)
        return removed

    async def drop(self, scope: TenantScope) -> None:
        """Remove all the tenant's vectors, including those in memory."""
        self._seats.evict(scope.tenant_uid)

        def work(file: apsw.Connection) -> None:
            self._cache.remove(scope)
            file.execute("DELETE FROM vectors")

        await self._files.write_if_present(scope, work)

    async def _purge(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision | None
    ) -> None:
        """Remove rows from memory, after current readers and loaders."""
        seat = self._seats.peek(scope.tenant_uid)
        if seat is not None:
            async with seat.lock:
                seat.purge(document_id, revision)

    @asynccontextmanager
    async def _in_step(self, scope: TenantScope, manifest: Manifest) -> AsyncIterator[Seat]:
        """Lock the tenant's rows, at the manifest's generation or a newer one."""
        seat = self._seats.get(scope.tenant_uid)
        async with seat.lock:
            if seat.generation < manifest.generation:
                await self._advance(scope, seat, manifest)
                self._seats.resize(scope.tenant_uid, seat.rows.nbytes if seat.rows else 0)
            yield seat

    async def _advance(self, scope: TenantScope, seat: Seat, manifest: Manifest) -> None:
        """Load the changes, then switch at once; a cancelled call has changed nothing."""
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
            seat.cached = seat.rows.size
            self._cache.save_soon(scope, manifest.entries, numbers=seat.cached)

    async def _restore(self, scope: TenantScope, seat: Seat) -> None:
        """Take the cached rows that are still active."""
        cached = await self._cache.load(scope, max_exact=self._max_exact)
        if cached is not None:
            seat.revisions, seat.rows = cached
            seat.cached = cached.rows.size

    async def _load(self, scope: TenantScope, wanted: Wanted) -> Loaded:
        """Read revisions in one transaction. Raises `StaleWriteError` if some are gone."""
        few = sum(entry.total_chunks for entry in wanted.values()) <= FEW
        read = self._files.read_briefly if few else self._files.read
        found = await read(scope, lambda file: vector_rows.read(file, wanted))
        for document_id, entry in wanted.items():
            if len(found.get(document_id, ())) != entry.total_chunks:
                raise StaleWriteError("The vectors of a document's version are missing.")
        return {document_id: vectors for document_id, vectors in found.items() if len(vectors)}

    def _made(self, loaded: Loaded, wanted: Wanted) -> VectorRows:
        """Return rows over the loaded vectors, without a copy, for a tenant with none in memory."""
        first = next(iter(loaded.values()))
        rows = VectorRows(first.shape[1], first.base, max_exact=self._max_exact)
        _change(rows, (), loaded, wanted)
        return rows


async def _answer(rows: VectorRows, work: Callable[[], Answer]) -> Answer:
    """Do short work here, longer work in another thread."""
    if rows.size <= MAX_NUMBERS_INLINE:
        return work()
    return await asyncio.to_thread(work)


def _change(
    rows: VectorRows, dropped: Sequence[DocumentId], loaded: Loaded, wanted: Wanted
) -> None:
    """Drop documents, then add the loaded ones; change nothing when a dimension differs."""
    for vectors in loaded.values():
        rows.require_dimension(vectors.shape[1])
    for document_id in dropped:
        rows.remove(document_id)
    for document_id, vectors in loaded.items():
        rows.add(document_id, wanted[document_id].revision, vectors)
