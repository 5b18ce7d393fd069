"""How far a workbook's cells reach, before a grid of all places between them is made."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from typing import IO

from ragtenancy.adapters.formats.refusals import unreadable

PLACES = 5_000_000
_CELL = re.compile(rb"""<(?:\w+:)?c\s[^<>]*?\br=["']([A-Z]{1,3})(\d{1,7})["']""")
_SHEETS = re.compile(r"(?:^|/)worksheets/[^/]+\.xml\Z", re.IGNORECASE)
_STEP = 1 << 20
_LONGEST_TAG = 1_024
_LETTERS = 26


def check_extents(file: IO[bytes]) -> None:
    """Raise `UnreadableDocumentError` (`too_many_cells`) for sheets that cover too many places."""
    with zipfile.ZipFile(file) as archive:
        sheets = [name for name in archive.namelist() if _SHEETS.search(name)]
        places = sum(_places(archive, name) for name in sheets)
    if places > PLACES:
        raise unreadable("too_many_cells", limit=PLACES)
    file.seek(0)


def _places(archive: zipfile.ZipFile, name: str) -> int:
    """Return how many places the rectangle around a sheet's cells has."""
    columns: set[bytes] = set()
    first, last = 1 << 24, 0
    for column, row in _cells(archive, name):
        columns.add(column)
        first, last = min(first, int(row)), max(last, int(row))
    if not columns:
        return 0
    numbers = [_number(column) for column in columns]
    return (last - first + 1) * (max(numbers) - min(numbers) + 1)


def _cells(archive: zipfile.ZipFile, name: str) -> Iterator[tuple[bytes, bytes]]:
    """Yield the column and row of every cell; one at a seam may come twice."""
    rest = b""
    with archive.open(name) as sheet:
        while piece := sheet.read(_STEP):
            piece = rest + piece
            yield from _CELL.findall(piece)
            rest = piece[-_LONGEST_TAG:]


def _number(column: bytes) -> int:
    number = 0
    for letter in column:
        number = number * _LETTERS + letter - ord("A") + 1
    return number
