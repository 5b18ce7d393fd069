"""The kind of document in a zip container, by its first bytes."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from msgspec import Struct

_LOCAL_HEADER = b"PK\x03\x04"
_LOCAL_HEADER_SIZE = 30
_DEFLATED = 8
_INFLATED = 65_536
_CONTENT_TYPES = b"[Content_Types].xml"
_MIME_TYPE = b"mimetype"


class ZipHead(Struct, frozen=True, kw_only=True):
    """The names of the members in sight; the list of content types or the MIME type if there."""

    names: tuple[bytes, ...]
    content_types: bytes = b""
    mime_type: bytes = b""

    def has_folder(self, *folders: bytes) -> bool:
        """Return whether a visible member is in one of the folders."""
        return any(name.startswith(folders) for name in self.names)


def zip_head(head: bytes) -> ZipHead | None:
    """Return the visible part of a zip container, None if `head` is not one."""
    if not head.startswith(_LOCAL_HEADER):
        return None
    members = dict(_members(head))
    return ZipHead(
        names=tuple(members),
        content_types=members.get(_CONTENT_TYPES, b""),
        mime_type=members.get(_MIME_TYPE, b""),
    )


def _members(head: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the names in `head`'s local headers, with the start of those that identify the kind."""
    at = head.find(_LOCAL_HEADER)
    while at >= 0:
        header = head[at : at + _LOCAL_HEADER_SIZE]
        if len(header) < _LOCAL_HEADER_SIZE:
            return
        method = int.from_bytes(header[8:10], "little")
        name_end = at + _LOCAL_HEADER_SIZE + int.from_bytes(header[26:28], "little")
        name = head[at + _LOCAL_HEADER_SIZE : name_end]
        data = head[name_end + int.from_bytes(header[28:30], "little") :]
        telling = name in (_CONTENT_TYPES, _MIME_TYPE)
        yield name, _start_of(data, method) if telling else b""
        at = head.find(_LOCAL_HEADER, at + 4)


def _start_of(data: bytes, method: int) -> bytes:
    if method != _DEFLATED:
        return data
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, _INFLATED)
    except zlib.error:
        return b""
