"""Sheets of an OpenDocument spreadsheet, as cells of a grid."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from ragtenancy.adapters.formats.odf.flow import Flow
from ragtenancy.adapters.formats.odf.styles import DRAW, OFFICE, TABLE, TEXT, number
from ragtenancy.adapters.formats.refusals import unreadable
from ragtenancy.adapters.formats.xlsx.formulas import shown_formula
from ragtenancy.adapters.formats.xlsx.placing import Marks, placed
from ragtenancy.adapters.formats.xlsx.sheets import CELLS, COLUMNS, ROWS, Range, Sheet, SheetCell
from ragtenancy.adapters.formats.xlsx.styles import Style
from ragtenancy.domain.grids import blocks_of
from ragtenancy.domain.parsed import Block, Heading
from ragtenancy.domain.visible_text import visible_text

_HIDDEN = ("collapse", "filter")
_NUMBERS = ("float", "percentage", "currency", "date", "time")
_GROUPS = tuple(
    f"{TABLE}{name}"
    for name in ("table-rows", "table-row-group", "table-columns", "table-column-group")
)


class Spreadsheet:
    """Reads the tables of a spreadsheet."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._cells = 0

    def blocks(self, body: etree._Element) -> Iterator[Block]:
        """Yield each visible sheet as a heading with its tables."""
        prompts = sum(1 for each in body.iter(f"{TABLE}help-message") if self._flow.text(each))
        one, many = "input prompt of cells", "input prompts of cells"
        self._flow.unread.add(one, many, count=prompts)
        for table in body.iterchildren(f"{TABLE}table"):
            look = self._flow.styles.look("table", table.get(f"{TABLE}style-name"))
            if look.hidden or table.get(f"{TABLE}display") == "false":
                self._flow.unread.add("hidden sheet", "hidden sheets", "left out")
                continue
            blocks = [*_SheetOf(self, self._flow, table).blocks()]
            if blocks:
                yield Heading(text=visible_text(table.get(f"{TABLE}name", "")), level=1)
                yield from blocks

    def count(self) -> None:
        """Count a cell; raises `UnreadableDocumentError` over the limit."""
        self._cells += 1
        if self._cells > CELLS:
            raise unreadable("too_many_cells", limit=CELLS)


class _SheetOf:
    """Reads one sheet."""

    def __init__(self, spreadsheet: Spreadsheet, flow: Flow, table: etree._Element) -> None:
        self._spreadsheet = spreadsheet
        self._flow = flow
        self._table = table
        self._sheet = Sheet()
        self._notes: dict[tuple[int, int], str] = {}
        self._headers: list[Range] = []
        self._drawn: list[Block] = []
        self._row = self._column = 0

    def blocks(self) -> Iterator[Block]:
        self._read(self._table, is_header=False)
        told = "shown as formulas: the file holds no values for them"
        self._flow.unread.add("formula", "formulas", told, self._sheet.without_value)
        marks = Marks(headers=self._headers)
        found = placed(self._sheet, self._notes, marks, self._flow.unread)
        yield from blocks_of(found.grid)
        yield from found.notes
        yield from self._flow.pending()
        yield from self._drawn
        for shapes in self._table.iterchildren(f"{TABLE}shapes"):
            yield from self._flow.blocks(shapes)

    def _read(self, parent: etree._Element, *, is_header: bool) -> None:
        for child in parent:
            if child.tag == f"{TABLE}table-row":
                self._read_row(child, is_header=is_header)
            elif child.tag == f"{TABLE}table-column":
                self._read_column(child)
            elif child.tag in (f"{TABLE}table-header-rows", f"{TABLE}table-header-columns"):
                self._read(child, is_header=child.tag.endswith("rows"))
            elif child.tag in _GROUPS:
                self._read(child, is_header=is_header)

    def _read_column(self, column: etree._Element) -> None:
        count = min(number(column, f"{TABLE}number-columns-repeated", 1), COLUMNS)
        if column.get(f"{TABLE}visibility") in _HIDDEN:
            self._sheet.hidden_columns.append((self._column, self._column + count - 1))
        self._column += count

    def _read_row(self, row: etree._Element, *, is_header: bool) -> None:
        count = number(row, f"{TABLE}number-rows-repeated", 1)
        cells = list(self._cells_of(row))
        visibility = row.get(f"{TABLE}visibility")
        self._sheet.is_filtered |= visibility == "filter"
        lines = range(self._row, min(self._row + count, ROWS) if cells else self._row)
        if is_header and lines:
            self._headers.append(Range(lines[0], 0, lines[-1], COLUMNS))
        for line in lines:
            if visibility in _HIDDEN:
                self._sheet.hidden_rows.add(line)
            for column, cell, down, across in cells:
                self._spreadsheet.count()
                self._sheet.cells[line, column] = cell
                if down > 1 or across > 1:
                    self._sheet.merged.append(
                        Range(line, column, line + down - 1, column + across - 1)
                    )
        self._row += count
        if self._row > ROWS * 2:
            raise unreadable("too_many_cells", limit=ROWS)

    def _cells_of(self, row: etree._Element) -> Iterator[tuple[int, SheetCell, int, int]]:
        """Yield the filled cells of a row with their columns and spans."""
        column = 0
        for element in row:
            if element.tag not in (f"{TABLE}table-cell", f"{TABLE}covered-table-cell"):
                continue
            times = min(number(element, f"{TABLE}number-columns-repeated", 1), COLUMNS)
            if element.tag == f"{TABLE}table-cell":
                self._note(element, column)
                for each in element:
                    if str(each.tag).startswith(DRAW):
                        self._drawn += self._flow.drawn(each)
                cell = self._cell(element)
                spans = [
                    min(number(element, f"{TABLE}number-{axis}-spanned", 1), COLUMNS)
                    for axis in ("rows", "columns")
                ]
                for place in range(column, min(column + times, COLUMNS) if cell else column):
                    if cell is not None:
                        yield place, cell, spans[0], spans[1]
            column += times

    def _cell(self, element: etree._Element) -> SheetCell | None:
        look = self._flow.styles.look("table-cell", element.get(f"{TABLE}style-name"))
        lines = [self._flow.text(each) for each in element.iterchildren(f"{TEXT}p", f"{TEXT}h")]
        text = "\n".join(filter(None, lines))
        kind = element.get(f"{OFFICE}value-type", "")
        formula = element.get(f"{TABLE}formula", "")
        if not text and formula and not kind:
            text = shown_formula(formula.partition(":")[2].lstrip("="))
            self._sheet.without_value += 1
        elif not text:
            text = element.get(f"{OFFICE}string-value", "") or element.get(f"{OFFICE}value", "")
        if not text:
            return None
        style = Style(bold=bool(look.bold), shaded=look.shaded)
        return SheetCell(text=text, style=style, is_number=kind in _NUMBERS)

    def _note(self, element: etree._Element, column: int) -> None:
        for each in element.iterchildren(f"{OFFICE}annotation"):
            author, text = self._flow.annotation(each)
            if text:
                self._notes[self._row, column] = f"{author}: {text}" if author else text
