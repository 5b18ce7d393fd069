"""Postings on disk, in each tenant's own folder."""

from __future__ import annotations

import asyncio
import mmap
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from ragtenancy.adapters.bm25.forgotten import Forgotten
from ragtenancy.adapters.bm25.saved_index import SavedIndex, decoded, encoded
from ragtenancy.domain.errors import UnavailableError
from ragtenancy.domain.ids import DocumentId, Fingerprint, TenantUid

NAME = "lexical.index"
FILE_MODE = 0o600


class IndexFiles:
    """`<folder>/<uid>/cache/lexical.index`: made again from the chunks when absent or wrong.

    The folders are the tenant's storage's to make and to remove; without one nothing is kept.
    One thread writes, beside whoever asks. `seconds_between_saves` is how long a tenant that
    changes again and again waits for its next file.
    """

    def __init__(self, folder: Path, *, seconds_between_saves: float = 5.0) -> None:
        self.seconds_between_saves = seconds_between_saves
        self._folder = folder
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="bm25")

    async def load(self, uid: TenantUid, analysis: Fingerprint) -> SavedIndex | None:
        """Return what was kept of a tenant, None where there is nothing usable."""
        return await asyncio.to_thread(self._load, uid, analysis)

    def save_soon(self, uid: TenantUid, make: Callable[[], SavedIndex]) -> None:
        """Keep a tenant's index, whole or not at all, without waiting for it.

        A disk that refuses is none of a reader's. Nothing of a forgotten document is kept.
        """
        with suppress(RuntimeError):  # closed
            self._writer.submit(self._save, uid, make)

    async def saved(self) -> None:
        """Wait until all is kept that was to be."""
        await asyncio.get_running_loop().run_in_executor(self._writer, int)

    async def close(self) -> None:
        """Wait as `saved` does; nothing is kept from now on."""
        await asyncio.to_thread(self._writer.shutdown)

    async def forget(self, uid: TenantUid, document_id: DocumentId) -> None:
        """Remove what was kept, and whatever of the document others keep yet.

        Raises `UnavailableError`.
        """
        await asyncio.to_thread(self._remove, uid, document_id)

    async def remove(self, uid: TenantUid) -> None:
        """Remove what was kept, after what was to be kept. Raises `UnavailableError`."""
        await asyncio.get_running_loop().run_in_executor(self._writer, self._remove, uid, None)

    def _load(self, uid: TenantUid, analysis: Fingerprint) -> SavedIndex | None:
        """Map the file: it is replaced or removed whole, never changed."""
        try:
            with self._path(uid).open("rb") as file:
                data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError):  # ValueError: empty
            return None
        index = decoded(uid, analysis, memoryview(data))
        _let_go(data)
        return index

    def _save(self, uid: TenantUid, make: Callable[[], SavedIndex]) -> None:
        path = self._path(uid)
        index = make()
        content = encoded(uid, index)
        written = path.with_name(f"{NAME}.{uuid4().hex}")
        try:
            handle = os.open(written, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE_MODE)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            self._put(written, path, index)
        except OSError:
            with suppress(OSError):
                written.unlink()

    def _put(self, written: Path, path: Path, index: SavedIndex) -> None:
        """Put a file in place, and away again if meanwhile a document of it was forgotten."""
        forgotten = Forgotten(path.parent)
        documents = [document_id for document_id, *_ in index.documents]
        if forgotten.any(documents):
            written.unlink()
            return
        written.replace(path)
        if forgotten.any(documents):
            path.unlink(missing_ok=True)

    def _remove(self, uid: TenantUid, document_id: DocumentId | None) -> None:
        folder = self._path(uid).parent
        try:
            if document_id is not None and folder.is_dir():
                Forgotten(folder).mark(document_id)
            for path in folder.glob(f"{NAME}*"):
                path.unlink(missing_ok=True)
        except OSError as error:
            raise UnavailableError("The store is gone.", code="storage_unreachable") from error

    def _path(self, uid: TenantUid) -> Path:
        return self._folder / uid / "cache" / NAME


def _let_go(data: mmap.mmap) -> None:
    """Give back the pages that the checksum has read: a question comes to few of them."""
    if hasattr(mmap, "MADV_DONTNEED"):
        data.madvise(mmap.MADV_DONTNEED)
