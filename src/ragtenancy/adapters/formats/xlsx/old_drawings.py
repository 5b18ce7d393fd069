"""What lies on the sheets of an .xls file, which xlrd passes over: counted by [MS-XLS] records."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from ragtenancy.adapters.formats.unread import Unread
from ragtenancy.adapters.formats.xlsx.drawings import header_text

_BEGIN, _END, _OBJECT, _TEXT = 0x809, 0x0A, 0x5D, 0x1B6
_HEADERS = (0x14, 0x15)
_CHART_SHEET = 0x20
_CHART, _PICTURE, _NOTE = 5, 8, 25
_UTF_16 = 1


def count_drawings(stream: bytes, unread: Unread) -> None:
    """Count text boxes, pictures, charts, and headers and footers that say something."""
    depth = 0
    kind = _NOTE
    for record, data in _records(stream):
        if record == _BEGIN:
            is_sheet = depth == 0 and _number(data, 2) == _CHART_SHEET
            unread.add("chart sheet", "chart sheets", count=is_sheet)
            depth += 1
        elif record == _END:
            depth = max(0, depth - 1)
        elif record == _OBJECT:
            kind = _number(data, 4)
            unread.add("chart", "charts", count=kind == _CHART)
            unread.add("picture", "pictures", count=kind == _PICTURE)
        elif record == _TEXT:
            is_box = kind != _NOTE and _number(data, 10) > 0
            unread.add("text box", "text boxes", count=is_box)
        elif record in _HEADERS:
            says = bool(header_text(_text(data)))
            unread.add("header or footer", "headers and footers", count=says)


def _records(stream: bytes) -> Iterator[tuple[int, bytes]]:
    at, end = 0, len(stream)
    while at + 4 <= end:
        kind, size = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + size]
        at += 4 + size


def _number(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "little")


def _text(data: bytes) -> str:
    """Return a string of Excel 97, empty for a missing one."""
    is_wide = data[2:3] == bytes([_UTF_16])
    return data[3:].decode("utf-16-le" if is_wide else "latin-1", "replace")
