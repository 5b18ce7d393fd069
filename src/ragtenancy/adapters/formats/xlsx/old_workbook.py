"""Workbooks of Excel 97 to 2003, read by xlrd, which knows number formats."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import IO

import xlrd
from xlrd.book import Book
from xlrd.sheet import Cell
from xlrd.sheet import Sheet as OldSheet

from ragtenancy.adapters.formats.marks import Links, struck
from ragtenancy.adapters.formats.refusals import unreadable
from ragtenancy.adapters.formats.unread import Unread
from ragtenancy.adapters.formats.xlsx.number_formats import shown_text
from ragtenancy.adapters.formats.xlsx.old_drawings import count_drawings
from ragtenancy.adapters.formats.xlsx.placing import Marks, placed
from ragtenancy.adapters.formats.xlsx.quick_formats import shower
from ragtenancy.adapters.formats.xlsx.sheets import CELLS, Range, Sheet, SheetCell
from ragtenancy.adapters.formats.xlsx.styles import Style
from ragtenancy.adapters.formats.xlsx.texts import Face, with_runs
from ragtenancy.domain.grids import blocks_of
from ragtenancy.domain.parsed import Block, Heading, ParsedDocument
from ragtenancy.domain.visible_text import visible_text

_WHITE = (1, 9, 64, 65, 0x7FFF)
_EXCEL_97 = 80
_RAISED = {1: "superscript", 2: "subscript"}


def read_old_workbook(file: IO[bytes]) -> ParsedDocument:
    """Read a workbook; raises `UnreadableDocumentError`."""
    try:
        book = xlrd.open_workbook(
            file_contents=file.read(), formatting_info=True, on_demand=True, logfile=io.StringIO()
        )
    except xlrd.XLRDError as error:
        reason = "password_protected" if "encrypted" in str(error) else "corrupt_document"
        raise unreadable(reason) from error
    return _Workbook(book).document()


class _Workbook:
    def __init__(self, book: Book) -> None:
        self._book = book
        self._faces = [
            Face(alignment=_RAISED.get(font.escapement, ""), struck=bool(font.struck_out))
            for font in book.font_list
        ]
        self._unread = Unread()
        self._links = Links()
        self._cells = 0

    def document(self) -> ParsedDocument:
        blocks = [block for sheet in self._book.sheets() for block in self._blocks(sheet)]
        if self._book.biff_version == _EXCEL_97:
            end = self._book.base + self._book.stream_len
            count_drawings(bytes(self._book.mem[self._book.base : end]), self._unread)
        return ParsedDocument(blocks=blocks, warnings=list(self._unread.warnings()))

    def _blocks(self, old: OldSheet) -> Iterator[Block]:
        if old.visibility:
            self._unread.add("hidden sheet", "hidden sheets", "left out")
            return
        sheet = self._sheet(old)
        notes = {
            place: " ".join(visible_text(note.text).split())
            for place, note in old.cell_note_map.items()
            if note.text.strip()
        }
        rows = old.horz_split_pos if old.panes_are_frozen else 0
        found = placed(sheet, notes, Marks(rows=rows), self._unread)
        blocks = [*blocks_of(found.grid), *found.notes]
        if blocks:
            yield Heading(text=visible_text(old.name), level=1)
            yield from blocks

    def _sheet(self, old: OldSheet) -> Sheet:
        sheet = Sheet()
        for row, info in old.rowinfo_map.items():
            if info.hidden or info.height == 0:
                sheet.hidden_rows.add(row)
        for column, info in old.colinfo_map.items():
            if info.hidden or info.width == 0:
                sheet.hidden_columns.append((column, column))
        sheet.merged += [Range(t, left, b - 1, r - 1) for t, b, left, r in old.merged_cells]
        for row in range(old.nrows):
            for column, cell in enumerate(old.row(row)):
                self._read(old, sheet, (row, column), cell)
        return sheet

    def _read(self, old: OldSheet, sheet: Sheet, place: tuple[int, int], cell: Cell) -> None:
        if cell.ctype in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK):
            return
        self._cells += 1
        if self._cells > CELLS:
            raise unreadable("too_many_cells", limit=CELLS)
        style = self._style(cell)
        text = self._text(old, place, cell, style)
        link = old.hyperlink_map.get(place)
        if text and link is not None and link.url_or_path:
            target = link.url_or_path
            target = target.decode("latin-1") if isinstance(target, bytes) else target
            text = self._links.shown(text, target)
        if text:
            is_number = cell.ctype in (xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE)
            sheet.cells[place] = SheetCell(text=text, style=style, is_number=is_number)

    def _text(self, old: OldSheet, place: tuple[int, int], cell: Cell, style: Style) -> str:
        if cell.ctype == xlrd.XL_CELL_BOOLEAN:
            return "TRUE" if cell.value else "FALSE"
        if cell.ctype == xlrd.XL_CELL_ERROR:
            return str(xlrd.error_text_from_code.get(cell.value, "#ERROR!"))
        if cell.ctype == xlrd.XL_CELL_TEXT:
            runs = old.rich_text_runlist_map.get(place, [])
            text = shown_text(visible_text(with_runs(cell.value, runs, self._faces)), style.code)
        else:
            number = float(cell.value)
            stored = str(int(number)) if number.is_integer() else repr(number)
            text = shower(style.code, from_1904=bool(self._book.datemode))(stored).strip()
        return struck(text) if style.struck else text

    def _style(self, cell: Cell) -> Style:
        form = self._book.xf_list[cell.xf_index]
        font = self._book.font_list[form.font_index]
        known = self._book.format_map.get(form.format_key)
        fill = form.background
        return Style(
            code=known.format_str if known is not None else "General",
            bold=bool(font.bold),
            shaded=bool(fill.fill_pattern) and fill.pattern_colour_index not in _WHITE,
            struck=bool(font.struck_out),
        )
