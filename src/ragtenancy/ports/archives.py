"""Archives: files packed into one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO, Protocol


class ArchivedFile(Protocol):
    """A file in an archive: its name, with folders, and its size in bytes."""

    name: str
    size: int

    def open(self) -> IO[bytes]:
        """Return the content, to be read in a thread.

        Reading raises `UnreadableDocumentError` (`bad_container`) for a damaged one.
        """
        ...


class Archives(Protocol):
    """Opens archives that nobody vouches for."""

    def files(
        self, file: IO[bytes], *, most: int, total_bytes: int
    ) -> Sequence[ArchivedFile] | None:
        """Return an archive's files in order, without its folders; None if it is no archive.

        Reads no content; runs in a thread. Raises `UnreadableDocumentError`: `too_many_members`
        for more than `most` files, `zip_bomb` for more than `total_bytes` of content or a
        suspicious rate of compression, `encrypted`, and `bad_container` for a damaged archive or
        one with unsafe names.
        """
        ...
