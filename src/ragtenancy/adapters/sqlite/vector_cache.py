"""A tenant's vectors beside its file, for a tenant that is not in memory."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import apsw

from ragtenancy.adapters.sqlite import vector_blobs, vector_file
from ragtenancy.adapters.sqlite.channel import FILE_MODE
from ragtenancy.adapters.sqlite.tenant_files import TenantFiles
from ragtenancy.adapters.sqlite.vector_blobs import Loaded, Wanted
from ragtenancy.adapters.sqlite.vector_rows import VectorRows
from ragtenancy.domain.errors import NotFoundError, UnavailableError
from ragtenancy.domain.ids import DocumentId, Revision, TenantUid
from ragtenancy.domain.tenants import TenantScope

NAME = "vectors.f32"
LEAST_NUMBERS = 1 << 16


class Held(NamedTuple):
    """Rows, and of which revisions they are."""

    revisions: dict[DocumentId, Revision]
    rows: VectorRows


class VectorCache:
    """`<tenant's folder>/cache/vectors.f32`: made again from the table when absent or wrong.

    It is copied from the table, and removed, by who holds the table's write lock: so it never has
    what the table has not, also when processes and cancelled calls come between each other.
    """

    def __init__(self, files: TenantFiles, least_numbers: int = LEAST_NUMBERS) -> None:
        self._files = files
        self._least_numbers = least_numbers
        self._under_way: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Lock()

    async def load(self, scope: TenantScope, *, most_exact: int) -> Held | None:
        """Return what is kept of a tenant, None where there is nothing usable."""
        path = self._files.cache_folder(scope) / NAME
        return await asyncio.to_thread(_held, path, scope.tenant_uid, most_exact)

    def save_soon(self, scope: TenantScope, wanted: Wanted, *, numbers: int) -> None:
        """Keep what the table has of some revisions, beside whoever asks; few numbers are not.

        Where that fails, nothing is kept: whoever searches has its rows.
        """
        if numbers >= self._least_numbers:
            task = asyncio.create_task(self._save(scope, wanted))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def saved(self) -> None:
        """Wait until all is kept that was to be."""
        await asyncio.gather(*self._under_way)

    def remove(self, scope: TenantScope) -> None:
        """Remove what is kept, half-written files too; within a write transaction alone."""
        for path in self._files.cache_folder(scope).glob(f"{NAME}*"):
            path.unlink(missing_ok=True)

    async def _save(self, scope: TenantScope, wanted: Wanted) -> None:
        def work(file: apsw.Connection) -> None:
            loaded = vector_blobs.read(file, wanted)
            if all(len(loaded.get(d, ())) == e.total_chunks for d, e in wanted.items()):
                self._write(scope, loaded, wanted)

        async with self._turn:  # what was asked for last is kept last
            with suppress(UnavailableError, NotFoundError):
                await self._files.write(scope, work)

    def _write(self, scope: TenantScope, loaded: Loaded, wanted: Wanted) -> None:
        path = self._files.cache_folder(scope) / NAME
        written = path.with_name(f"{NAME}.{uuid4().hex}")
        documents = [(d, wanted[d].revision, each) for d, each in loaded.items() if len(each)]
        try:
            handle = os.open(written, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE_MODE)
            with os.fdopen(handle, "wb") as file:
                vector_file.write(file, scope.tenant_uid, documents)
            written.replace(path)
        except OSError:
            written.unlink(missing_ok=True)
            raise


def _held(path: Path, uid: TenantUid, most_exact: int) -> Held | None:
    saved = vector_file.opened(path, uid)
    if saved is None:
        return None
    rows = VectorRows(saved.vectors.shape[1], saved.vectors, most_exact=most_exact)
    rows.hold(saved.documents, longest=saved.longest)
    return Held(revisions={d: revision for d, revision, _ in saved.documents}, rows=rows)
