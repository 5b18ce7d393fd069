"""Disks with no room left: SQLite's files by their writes, all others by their size."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager

import apsw


class FullDisk(apsw.VFS):
    """SQLite's way to its files while it is registered; `room` is how many writes still fit."""

    def __init__(self) -> None:
        self.room: int | None = None
        self.writes = 0
        super().__init__("full-disk", "unix", True)

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 - apsw's name
        return _File(self, name, flags)

    def take(self) -> None:
        """Count a write, or raise what SQLite takes for a full disk."""
        if self.room is not None and self.room <= 0:
            raise apsw.FullError("no room")
        self.writes += 1
        if self.room is not None:
            self.room -= 1

    @contextmanager
    def with_room_for(self, writes: int) -> Iterator[None]:
        """Let so many more writes fit for as long as the context lasts."""
        self.room = writes
        try:
            yield
        finally:
            self.room = None


class _File(apsw.VFSFile):
    def __init__(
        self, disk: FullDisk, name: str | apsw.URIFilename | None, flags: list[int]
    ) -> None:
        self._disk = disk
        super().__init__("unix", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - apsw's name
        self._disk.take()
        super().xWrite(data, offset)


@contextmanager
def full_disk() -> Iterator[FullDisk]:
    """Put a disk that can be full under every SQLite file opened while the context lasts."""
    disk = FullDisk()
    try:
        yield disk
    finally:
        disk.unregister()


@contextmanager
def no_file_beyond(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond `size` bytes for as long as the context lasts."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
