"""Binary workbooks (.xlsb), read by calamine: values without their number formats."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import IO

from python_calamine import CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from ragtenancy.adapters.formats.refusals import unreadable
from ragtenancy.adapters.formats.unread import Unread
from ragtenancy.adapters.formats.xlsx.placing import Marks, placed
from ragtenancy.adapters.formats.xlsx.sheets import CELLS, Sheet, SheetCell
from ragtenancy.domain.grids import blocks_of
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
        return str(int(value)) if value.is_integer() and abs(value) < 1e21 else f"{value:.15g}"
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    if isinstance(value, dt.timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"
    return str(value)


def read_binary_workbook(file: IO[bytes]) -> ParsedDocument:
    """Read a workbook that passed the scan; raises `UnreadableDocumentError`."""
    workbook = CalamineWorkbook.from_filelike(file)
    unread = Unread()
    blocks: list[Block] = []
    count = 0
    for each in workbook.sheets_metadata:
        if each.typ != SheetTypeEnum.WorkSheet:
            unread.add("chart or macro sheet", "chart or macro sheets")
        elif each.visible != SheetVisibleEnum.Visible:
            unread.add("hidden sheet", "hidden sheets", "left out")
        else:
            sheet = _sheet(workbook.get_sheet_by_name(each.name))
            count += len(sheet.cells)
            if count > CELLS:
                raise unreadable("too_many_cells", limit=CELLS)
            blocks += _blocks(each.name, sheet, unread)
    return ParsedDocument(blocks=blocks, warnings=[*unread.warnings(), _WITHOUT_FORMATS])


_WITHOUT_FORMATS = (
    "Number formats and notes of .xlsb files are not read; save it as .xlsx to have them."
)


def _sheet(source: CalamineSheet) -> Sheet:
    sheet = Sheet()
    for row, values in enumerate(source.iter_rows()):
        for column, value in enumerate(values):
            text = cell_text(value)
            if text:
                place = (row, column)
                is_number = not isinstance(value, (str, bool))
                sheet.cells[place] = SheetCell(text=text, is_number=is_number)
    return sheet


def _blocks(name: str, sheet: Sheet, unread: Unread) -> Iterator[Block]:
    tables = blocks_of(placed(sheet, {}, Marks(), unread).grid)
    if tables:
        yield Heading(text=visible_text(name), level=1)
        yield from tables
