"""A whole workbook: its sheets as headings and tables."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections.abc import Iterator
from typing import IO

from python_calamine import CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from ragtenancy.adapters.formats.refusals import unreadable
from ragtenancy.domain.grids import blocks_of, grid_of_texts
from ragtenancy.domain.parsed import Block, Heading, ParsedDocument
from ragtenancy.domain.visible_text import visible_text

Value = int | float | str | bool | dt.time | dt.date | dt.timedelta


def cell_text(value: Value) -> str:
    """Return a cell's text: whole numbers without a point, dates without midnight."""
    if isinstance(value, str):
        return visible_text(value)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    return str(value)


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
    """Return the size of the rectangle around a sheet's cells."""
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
    """Yield the column and row of every cell; one at a chunk boundary may repeat."""
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


CELLS = 500_000


def read_workbook(file: IO[bytes]) -> ParsedDocument:
    """Read a workbook that passed the scan; raises `UnreadableDocumentError`."""
    check_extents(file)
    workbook = CalamineWorkbook.from_filelike(file)
    sheets = [one for one in workbook.sheets_metadata if one.typ == SheetTypeEnum.WorkSheet]
    shown = [one.name for one in sheets if one.visible == SheetVisibleEnum.Visible]
    blocks: list[Block] = []
    cells = 0
    for name in shown:
        rows = list(_rows(workbook.get_sheet_by_name(name)))
        cells += sum(map(len, rows))
        if cells > CELLS:
            raise unreadable("too_many_cells", limit=CELLS)
        blocks += _blocks(name, rows)
    hidden = len(sheets) - len(shown)
    warnings = [f"{hidden} hidden sheets were left out."] if hidden else []
    return ParsedDocument(blocks=blocks, warnings=warnings)


def _blocks(name: str, rows: list[list[str]]) -> Iterator[Block]:
    """Yield the blocks of a sheet; one without content has none."""
    tables = blocks_of(grid_of_texts(rows))
    if tables:
        yield Heading(text=visible_text(name), level=1)
        yield from tables


def _rows(sheet: CalamineSheet) -> Iterator[list[str]]:
    """Yield rows of texts, each up to its last non-empty cell."""
    for row in sheet.iter_rows():
        texts = [cell_text(value) for value in row]
        while texts and not texts[-1]:
            texts.pop()
        yield texts
