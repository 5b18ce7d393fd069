"""Telling a Word document by its first bytes."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from ragtenancy.adapters.formats.refusals import unsupported

DOCUMENT = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
TEMPLATE = "application/vnd.openxmlformats-officedocument.wordprocessingml.template"

OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LOCAL_HEADER = b"PK\x03\x04"
_LOCAL_HEADER_SIZE = 30
_DEFLATED = 8
_CONTENT_TYPES = b"[Content_Types].xml"
_OWN_FOLDERS = (b"word/", b"_rels/", b"docProps/", b"customXml/", _CONTENT_TYPES)


def media_type_of(head: bytes) -> str | None:
    """Return the media type of a Word document, None for what is none.

    Raises `UnsupportedError` (`encrypted_or_legacy`, `macro_enabled`). Without a readable list
    of content types in `head` the members' names decide.
    """
    if head.startswith(OLE2):
        raise unsupported("encrypted_or_legacy")
    if not head.startswith(_LOCAL_HEADER):
        return None
    members = dict(_members(head))
    types = members.get(_CONTENT_TYPES, b"")
    if b"wordprocessingml" in types or b"ms-word" in types:
        return _by_content_types(types)
    if b"spreadsheetml.sheet.main" in types or b"presentationml.presentation.main" in types:
        return None
    return DOCUMENT if any(name.startswith(_OWN_FOLDERS) for name in members) else None


def _by_content_types(types: bytes) -> str:
    if b"application/vnd.ms-word." in types and b".macroEnabled" in types:
        raise unsupported("macro_enabled")
    return TEMPLATE if b"wordprocessingml.template.main" in types else DOCUMENT


def _members(head: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the names of the local headers in `head`, with what the list of types inflates to."""
    at = head.find(_LOCAL_HEADER)
    while at >= 0:
        header = head[at : at + _LOCAL_HEADER_SIZE]
        if len(header) < _LOCAL_HEADER_SIZE:
            return
        method = int.from_bytes(header[8:10], "little")
        name_end = at + _LOCAL_HEADER_SIZE + int.from_bytes(header[26:28], "little")
        name = head[at + _LOCAL_HEADER_SIZE : name_end]
        data = head[name_end + int.from_bytes(header[28:30], "little") :]
        yield name, _start_of(data, method) if name == _CONTENT_TYPES else b""
        at = head.find(_LOCAL_HEADER, at + 4)


def _start_of(data: bytes, method: int) -> bytes:
    if method != _DEFLATED:
        return data
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, 65_536)
    except zlib.error:
        return b""
