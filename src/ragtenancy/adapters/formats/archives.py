"""Zip files of documents, under the checks of packages."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import IO

from msgspec import structs

from ragtenancy.adapters.formats.limits import ScanLimits
from ragtenancy.adapters.formats.packages import Container, open_container
from ragtenancy.ports.archives import ArchivedFile, Archives

_SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06")  # with files, and without


class ZipMember:
    """A member of a checked zip file."""

    def __init__(self, container: Container, name: str, size: int) -> None:
        self.name = name
        self.size = size
        self._container = container

    def open(self) -> IO[bytes]:
        """Return the content, inflated as it is read."""
        return io.BufferedReader(_Inflated(self._container.chunks(self.name)))


class _Inflated(io.RawIOBase):
    """Pieces of bytes as a file."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # any buffer
        self._rest = self._rest or next(self._pieces, b"")
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


class ZipArchives(Archives):
    """Zip files."""

    def files(
        self, file: IO[bytes], *, most: int, total_bytes: int
    ) -> Sequence[ArchivedFile] | None:
        """Return the members in the order of the directory."""
        file.seek(0)
        if file.read(4) not in _SIGNATURES:
            return None
        limits = structs.replace(ScanLimits(), members=most, declared_bytes=total_bytes)
        container = open_container(file, limits)
        return [ZipMember(container, name, size) for name, size in container.sizes().items()]
