"""A memory-mapped copy of a tenant's vectors, for a cold start."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import apsw

from ragtenancy.adapters.sqlite import vector_rows
from ragtenancy.adapters.sqlite.channel import FILE_MODE
from ragtenancy.adapters.sqlite.tenant_files import TenantFiles
from ragtenancy.adapters.sqlite.vector_rows import Loaded, VectorRows, Wanted
from ragtenancy.domain.errors import NotFoundError, UnavailableError
from ragtenancy.domain.ids import DocumentId, Revision, TenantUid
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.engines.vectors import matrix_file
from ragtenancy.ports.sentence_vectors import SentenceKey, SentenceVectorCache

NAME = "vectors.f32"
MIN_NUMBERS = 1 << 16


class CachedVectors(NamedTuple):
    """Cached rows and their revisions."""

    revisions: dict[DocumentId, Revision]
    rows: VectorRows


class VectorCache:
    """`<tenant's folder>/cache/vectors.f32`, rebuilt from the table when absent or damaged.

    Copying it from the table and removing it require the table's write lock, so it never holds data
    missing from the table, even when processes and cancelled calls interleave.
    """

    def __init__(self, files: TenantFiles, min_numbers: int = MIN_NUMBERS) -> None:
        self._files = files
        self._min_numbers = min_numbers
        self._under_way: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Lock()

    async def load(self, scope: TenantScope, *, max_exact: int) -> CachedVectors | None:
        """Return a tenant's cached vectors, None without a usable file."""
        path = self._files.cache_folder(scope) / NAME
        return await asyncio.to_thread(_load, path, scope.tenant_uid, max_exact)

    def save_soon(self, scope: TenantScope, wanted: Wanted, *, numbers: int) -> None:
        """Save the table's vectors of some revisions in the background, unless they are few.

        A failed save leaves no file and does not fail the search, which has its rows.
        """
        if numbers >= self._min_numbers:
            task = asyncio.create_task(self._save(scope, wanted))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def saved(self) -> None:
        """Wait for the pending saves."""
        await asyncio.gather(*self._under_way)

    def remove(self, scope: TenantScope) -> None:
        """Remove the file, and partial ones; only within a write transaction."""
        for path in self._files.cache_folder(scope).glob(f"{NAME}*"):
            path.unlink(missing_ok=True)

    async def _save(self, scope: TenantScope, wanted: Wanted) -> None:
        def work(file: apsw.Connection) -> None:
            loaded = vector_rows.read(file, wanted)
            if all(len(loaded.get(d, ())) == e.total_chunks for d, e in wanted.items()):
                self._write(scope, loaded, wanted)

        async with self._turn:  # the last request is saved last
            with suppress(UnavailableError, NotFoundError):
                await self._files.write(scope, work)

    def _write(self, scope: TenantScope, loaded: Loaded, wanted: Wanted) -> None:
        path = self._files.cache_folder(scope) / NAME
        written = path.with_name(f"{NAME}.{uuid4().hex}")
        documents = [(d, wanted[d].revision, each) for d, each in loaded.items() if len(each)]
        try:
            handle = os.open(written, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE_MODE)
            with os.fdopen(handle, "wb") as file:
                matrix_file.write(file, scope.tenant_uid, documents)
            written.replace(path)
        except OSError:
            written.unlink(missing_ok=True)
            raise


def _load(path: Path, uid: TenantUid, max_exact: int) -> CachedVectors | None:
    stored = matrix_file.open_matrix(path, uid)
    if stored is None:
        return None
    documents = [(DocumentId(d), Revision(revision), n) for d, revision, n in stored.spans]
    rows = VectorRows(stored.vectors.shape[1], stored.vectors, max_exact=max_exact)
    rows.adopt(documents, max_norm=stored.max_norm)
    return CachedVectors(revisions={d: revision for d, revision, _ in documents}, rows=rows)


READ = """
    SELECT vector FROM sentence_vectors JOIN revisions ON number = revision_number
    WHERE document_id = ? AND revision = ? AND digest = ?
"""
WRITE = """
    INSERT OR REPLACE INTO sentence_vectors (revision_number, digest, vector)
    SELECT number, ?3, ?4 FROM revisions WHERE document_id = ?1 AND revision = ?2
"""


class SqliteSentenceVectorCache(SentenceVectorCache):
    """Table `sentence_vectors`, deleted by foreign key; unsynced, since it can be derived again."""

    def __init__(self, files: TenantFiles) -> None:
        self._files = files

    async def get(
        self, scope: TenantScope, keys: Collection[SentenceKey]
    ) -> Mapping[SentenceKey, bytes]:
        def work(db: apsw.Connection) -> Mapping[SentenceKey, bytes]:
            found = {key: db.execute(READ, key).get for key in keys}
            return {key: vector for key, vector in found.items() if vector is not None}

        return await self._files.read(scope, work)

    async def put(self, scope: TenantScope, vectors: Mapping[SentenceKey, bytes]) -> None:
        rows = [(*key, vector) for key, vector in vectors.items()]
        await self._files.write(scope, lambda db: db.executemany(WRITE, rows).get, durable=False)
