"""Files that are complete and synced, or absent; system errors as ours."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import IO
from uuid import uuid4

from ragtenancy.domain.errors import NotFoundError, TooLargeError, UnavailableError

DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@contextmanager
def translated() -> Iterator[None]:
    """Translate system errors into ours, keeping each as the cause."""
    try:
        yield
    except FileNotFoundError as error:
        raise NotFoundError("There is no such upload.") from error
    except OSError as error:
        if error.errno in DISK_FULL:
            raise UnavailableError("The disk is full.", code="storage_full") from error
        if error.errno == errno.EROFS:
            raise UnavailableError(
                "The file store is read-only.", code="storage_read_only"
            ) from error
        raise UnavailableError(
            "The file store cannot be reached.", code="storage_unreachable"
        ) from error


FILE_MODE = 0o600


def created(path: Path) -> IO[bytes]:
    """Return a new file, open for writing, that only its owner can read."""
    return os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE_MODE), "wb")


def put_in_place(written: Path, place: Path) -> None:
    """Rename a synced file to its place durably, replacing any file there."""
    written.rename(place)
    sync_folder(place.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class Draft:
    """A file written as `<name>.<32 hex digits>` and renamed once complete."""

    def __init__(self, place: Path, max_bytes: int) -> None:
        self._place = place
        self._path = place.with_name(f"{place.name}.{uuid4().hex}")
        self._max_bytes = max_bytes
        self._file: IO[bytes] | None = None
        self._digest = sha256()
        self._kept = False
        self.size = 0

    @property
    def digest(self) -> str:
        """The SHA-256 of the written bytes, in hex."""
        return self._digest.hexdigest()

    def write(self, piece: bytes) -> None:
        """Append a piece. Raises `TooLargeError`."""
        self.size += len(piece)
        if self.size > self._max_bytes:
            raise TooLargeError("The upload is larger than the client's limit.")
        if self._file is None:
            self._file = created(self._path)
        self._digest.update(piece)
        self._file.write(piece)

    def keep(self) -> None:
        """Sync the file and move it into place."""
        self.write(b"")
        if self._file is not None:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
        put_in_place(self._path, self._place)
        self._kept = True

    def discard(self) -> None:
        """Remove every trace, even a kept file."""
        if self._file is not None:
            with suppress(OSError):  # its buffer cannot be written, and need not be
                self._file.close()
        self._path.unlink(missing_ok=True)
        if self._kept:
            self._place.unlink(missing_ok=True)
