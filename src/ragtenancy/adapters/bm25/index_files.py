"""Postings on disk, in each tenant's own folder."""

from __future__ import annotations

import asyncio
import mmap
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from ragtenancy.adapters.bm25.saved_index import SavedIndex, decoded, encoded
from ragtenancy.domain.errors import UnavailableError
from ragtenancy.domain.ids import Fingerprint, TenantUid

NAME = "lexical.index"
FILE_MODE = 0o600


class IndexFiles:
    """`<folder>/<uid>/cache/lexical.index`: made again from the chunks when absent or wrong.

    The folders are the tenant's storage's to make and to remove; without one nothing is kept.
    One thread writes and removes, in the order asked, so that what was removed stays so even
    when whoever saved it before was cancelled.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="bm25")

    async def load(self, uid: TenantUid, analysis: Fingerprint) -> SavedIndex | None:
        """Return what was kept of a tenant, None where there is nothing usable."""
        return await asyncio.to_thread(self._load, uid, analysis)

    async def save(self, uid: TenantUid, index: SavedIndex) -> None:
        """Keep a tenant's index, whole or not at all; a disk that refuses is none of a reader's."""
        await asyncio.get_running_loop().run_in_executor(self._writer, self._save, uid, index)

    async def remove(self, uid: TenantUid) -> None:
        """Remove what was kept, half-written files too. Raises `UnavailableError`."""
        await asyncio.get_running_loop().run_in_executor(self._writer, self._remove, uid)

    def _load(self, uid: TenantUid, analysis: Fingerprint) -> SavedIndex | None:
        """Map the file: it is replaced or removed whole, never changed."""
        try:
            with self._path(uid).open("rb") as file:
                data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError):  # ValueError: empty
            return None
        return decoded(uid, analysis, memoryview(data))

    def _save(self, uid: TenantUid, index: SavedIndex) -> None:
        path = self._path(uid)
        written = path.with_name(f"{NAME}.{uuid4().hex}")
        try:
            handle = os.open(written, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE_MODE)
            with os.fdopen(handle, "wb") as file:
                file.write(encoded(uid, index))
            written.replace(path)
        except OSError:
            with suppress(OSError):
                written.unlink()

    def _remove(self, uid: TenantUid) -> None:
        try:
            for path in self._path(uid).parent.glob(f"{NAME}*"):
                path.unlink(missing_ok=True)
        except OSError as error:
            raise UnavailableError("The store is gone.", code="storage_unreachable") from error

    def _path(self, uid: TenantUid) -> Path:
        return self._folder / uid / "cache" / NAME
