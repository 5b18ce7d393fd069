"""Saved postings in each tenant's cache folder, and the tombstones of deleted documents."""

from __future__ import annotations

import asyncio
import mmap
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from uuid import uuid4

from ragtenancy.domain.errors import UnavailableError
from ragtenancy.domain.ids import DocumentId, Fingerprint, TenantUid
from ragtenancy.engines.lexical.index_file import StoredIndex, decode, encode

NAME = "lexical.index"
TOMBSTONES = "lexical.forgotten"
OLDER_TOMBSTONES = "lexical.forgotten.older"
FILE_MODE = 0o600
TOMBSTONE_BYTES = 16
MAX_TOMBSTONE_BYTES = 64 * 1024


class IndexFiles:
    """`<folder>/<uid>/cache/lexical.index`, rebuilt from the chunks when absent or damaged.

    The tenant's storage creates and removes the folders; without its folder a tenant has no file.
    One background thread writes. `seconds_between_saves` is the least time between two saves of
    a tenant that keeps changing.
    """

    def __init__(self, folder: Path, *, seconds_between_saves: float = 5.0) -> None:
        self.seconds_between_saves = seconds_between_saves
        self._folder = folder
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="bm25")

    async def load(self, uid: TenantUid, analysis: Fingerprint) -> StoredIndex | None:
        """Return a tenant's saved index, None without a usable one."""
        return await asyncio.to_thread(self._load, uid, analysis)

    def save_soon(self, uid: TenantUid, make: Callable[[], StoredIndex]) -> None:
        """Save a tenant's index in the background, atomically.

        A failing disk does not fail the reader. Documents with a tombstone are not saved.
        """
        with suppress(RuntimeError):  # closed
            self._writer.submit(self._save, uid, make)

    async def saved(self) -> None:
        """Wait for the pending saves."""
        await asyncio.get_running_loop().run_in_executor(self._writer, int)

    async def close(self) -> None:
        """Wait for the pending saves and accept no more."""
        await asyncio.to_thread(self._writer.shutdown)

    async def forget(self, uid: TenantUid, document_id: DocumentId) -> None:
        """Remove the saved index, and keep other processes from saving the document again.

        Raises `UnavailableError`.
        """
        await asyncio.to_thread(self._remove, uid, document_id)

    async def remove(self, uid: TenantUid) -> None:
        """Remove the saved index, after the pending saves. Raises `UnavailableError`."""
        await asyncio.get_running_loop().run_in_executor(self._writer, self._remove, uid, None)

    def _load(self, uid: TenantUid, analysis: Fingerprint) -> StoredIndex | None:
        """Memory-map the file, which is replaced or removed as a whole and never modified."""
        try:
            with self._path(uid).open("rb") as file:
                data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError):  # ValueError: empty
            return None
        index = decode(uid, analysis, memoryview(data))
        if hasattr(mmap, "MADV_DONTNEED"):
            # The checksum has read every page; a query needs few of them.
            data.madvise(mmap.MADV_DONTNEED)
        return index

    def _save(self, uid: TenantUid, make: Callable[[], StoredIndex]) -> None:
        path = self._path(uid)
        index = make()
        content = encode(uid, index)
        written = path.with_name(f"{NAME}.{uuid4().hex}")
        try:
            handle = os.open(written, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE_MODE)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            self._put(written, path, index)
        except OSError:
            with suppress(OSError):
                written.unlink()

    def _put(self, written: Path, path: Path, index: StoredIndex) -> None:
        """Move a file into place, and remove it again if one of its documents got a tombstone."""
        tombstones = DocumentTombstones(path.parent)
        documents = [DocumentId(document_id) for document_id, *_ in index.spans]
        if tombstones.hold_any(documents):
            written.unlink()
            return
        written.replace(path)
        if tombstones.hold_any(documents):
            path.unlink(missing_ok=True)

    def _remove(self, uid: TenantUid, document_id: DocumentId | None) -> None:
        folder = self._path(uid).parent
        try:
            if document_id is not None and folder.is_dir():
                DocumentTombstones(folder).add(document_id)
            for path in folder.glob(f"{NAME}*"):
                path.unlink(missing_ok=True)
        except OSError as error:
            raise UnavailableError(
                "The store no longer exists or cannot be reached.", code="storage_unreachable"
            ) from error

    def _path(self, uid: TenantUid) -> Path:
        return self._folder / uid / "cache" / NAME


class DocumentTombstones:
    """Tombstones of deleted documents in a tenant's cache folder; document ids are never reused.

    A deletion adds the tombstone, then removes the saved index. A save moves its file into place,
    then looks for tombstones of its documents and removes the file again. Whichever of two
    processes comes last, nothing of the document stays. At least the last 4,096 tombstones are
    kept, each a hash that reveals no id.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / TOMBSTONES
        self._older = folder / OLDER_TOMBSTONES

    def add(self, document_id: DocumentId) -> None:
        """Add a tombstone. Raises `OSError`, `FileNotFoundError` without the folder."""
        handle = os.open(self._path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, FILE_MODE)
        with os.fdopen(handle, "ab", buffering=0) as file:
            file.write(_tombstone(document_id))
            full = file.tell() >= MAX_TOMBSTONE_BYTES
        if full:
            self._path.replace(self._older)

    def hold_any(self, documents: Iterable[DocumentId]) -> bool:
        """Return whether one of some documents has a tombstone."""
        data = b"".join(_content(path) for path in (self._path, self._older))
        size = TOMBSTONE_BYTES
        held = {data[at : at + size] for at in range(0, len(data), size)}
        return bool(held) and any(_tombstone(document_id) in held for document_id in documents)


def _tombstone(document_id: DocumentId) -> bytes:
    return blake2b(document_id.encode(), digest_size=TOMBSTONE_BYTES).digest()


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
