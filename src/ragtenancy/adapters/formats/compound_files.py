"""The streams of an OLE2 compound file ([MS-CFB]), listed without reading them."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import IO

OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEADER = 512
_ENTRY = 128
_FIRST_FAT_SECTORS = 109
_LONGEST_NAME = 64
_SECTORS = 256


def stream_names(file: IO[bytes]) -> frozenset[str]:
    """Return the names of storages and streams in the first 256 sectors of the directory."""
    file.seek(0)
    header = file.read(_HEADER)
    if len(header) < _HEADER:
        return frozenset()
    shift = int.from_bytes(header[30:32], "little")
    if shift not in (9, 12):
        return frozenset()
    return frozenset(_names(file, header, 1 << shift))


def _names(file: IO[bytes], header: bytes, size: int) -> Iterator[str]:
    table = struct.unpack(f"<{_FIRST_FAT_SECTORS}I", header[76:512])
    sector = int.from_bytes(header[48:52], "little")
    for _ in range(_SECTORS):
        data = _sector(file, sector, size)
        for at in range(0, len(data) - _ENTRY + 1, _ENTRY):
            yield _name(data[at : at + _ENTRY])
        following = _following(file, table, sector, size)
        if following is None:
            return
        sector = following


def _sector(file: IO[bytes], sector: int, size: int) -> bytes:
    file.seek((sector + 1) * size)
    return file.read(size)


def _name(entry: bytes) -> str:
    length = min(int.from_bytes(entry[64:66], "little"), _LONGEST_NAME)
    return entry[: max(0, length - 2)].decode("utf-16-le", "replace")


def _following(file: IO[bytes], table: Sequence[int], sector: int, size: int) -> int | None:
    """Return the next sector of a chain by the allocation table, None at its end."""
    per_sector = size // 4
    place = sector // per_sector
    if place >= len(table):
        return None
    entry = _sector(file, table[place], size)[sector % per_sector * 4 :][:4]
    following = int.from_bytes(entry, "little")
    return following if len(entry) == 4 and following < 0xFFFFFFFA else None
