"""A file on its way to its place."""

from __future__ import annotations

import os
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import IO
from uuid import uuid4

from ragtenancy.adapters.files.durable import created, put_in_place
from ragtenancy.domain.errors import TooLargeError


class Draft:
    """Written beside its place as `<name>.<32 hex digits>`, renamed once it is whole."""

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
        """The SHA-256 of what was written, in hex."""
        return self._digest.hexdigest()

    def write(self, piece: bytes) -> None:
        """Add to the end. Raises `TooLargeError`."""
        self.size += len(piece)
        if self.size > self._max_bytes:
            raise TooLargeError("The upload is larger than the client may send.")
        if self._file is None:
            self._file = created(self._path)
        self._digest.update(piece)
        self._file.write(piece)

    def keep(self) -> None:
        """Sync what was written and put it in its place."""
        self.write(b"")
        if self._file is not None:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
        put_in_place(self._path, self._place)
        self._kept = True

    def discard(self) -> None:
        """Remove every trace, also of what was kept."""
        if self._file is not None:
            with suppress(OSError):  # what it holds yet cannot be written, and need not be
                self._file.close()
        self._path.unlink(missing_ok=True)
        if self._kept:
            self._place.unlink(missing_ok=True)
