"""A whole workbook: its sheets into headings and tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from python_calamine import CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from ragtenancy.adapters.formats.grids import blocks_of_grid
from ragtenancy.adapters.formats.refusals import unreadable
from ragtenancy.adapters.formats.xlsx.cells import cell_text
from ragtenancy.adapters.formats.xlsx.extents import check_extents
from ragtenancy.domain.parsed import Block, Heading, ParsedDocument
from ragtenancy.domain.visible_text import visible_text

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
    tables = blocks_of_grid(rows)
    if tables:
        yield Heading(text=visible_text(name), level=1)
        yield from tables


def _rows(sheet: CalamineSheet) -> Iterator[list[str]]:
    """Yield rows of texts, each as long as its last cell that is not empty."""
    for row in sheet.iter_rows():
        texts = [cell_text(value) for value in row]
        while texts and not texts[-1]:
            texts.pop()
        yield texts
