"""Tables: cells with their spans and marks, in one pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from lxml import etree
from msgspec import structs

from ragtenancy.adapters.formats.docx.styles import StyleSheet
from ragtenancy.adapters.formats.docx.xml import (
    PARAGRAPH,
    TABLE,
    VAL,
    ScannedXml,
    child_switch,
    child_value,
    children,
    integer,
    w,
)
from ragtenancy.domain.grids import Cell, Grid

_FIRST_ROW, _FIRST_COLUMN = ("firstRow", 0x20), ("firstColumn", 0x80)

_ROW_PROPERTIES = w("trPr")
_CELL_PROPERTIES = w("tcPr")
_SPAN = w("gridSpan")
_DOWN = w("vMerge")
_ACROSS = w("hMerge")
_DELETED = w("cellDel")
_BOLD = w("b")
_SHADING = w("shd")
_RUN = w("r")
_TEXT = w("t")
_NO_FILLS = ("auto", "ffffff", "none", "")

CellReader = Callable[[etree._Element], str]


class TableReader:
    """Reads tables of one document, by its styles; the scan counts cells."""

    def __init__(self, styles: StyleSheet, scan: ScannedXml) -> None:
        self._styles = styles
        self._scan = scan

    def grid(self, table: etree._Element, read_cell: CellReader) -> Grid:
        """Return a table's cells."""
        marks = _Marks(table, self._styles)
        cells: dict[tuple[int, int], Cell] = {}
        open_merges: dict[int, tuple[int, int]] = {}
        for y, row in enumerate(row for row in children(table, "tr") if not _is_gone(row)):
            is_header = bool(child_switch(row.find(_ROW_PROPERTIES), "tblHeader"))
            merges: dict[int, tuple[int, int]] = {}
            for x, span, cell in self._places(row):
                properties = cell.find(_CELL_PROPERTIES)
                above = open_merges.get(x)
                if _continues(properties, _DOWN) and above in cells:
                    began = cells[above]
                    cells[above] = structs.replace(began, down=y - began.row + 1)
                    merges[x] = above
                elif not _is_covered(properties):
                    made = Cell(row=y, column=x, text=read_cell(cell), across=span)
                    cells[y, x] = marks.on(made, cell, is_header=is_header)
                    merges[x] = (y, x)
            open_merges = merges
        return Grid(cells=list(cells.values()), is_table=True)

    def plain_grid(self, table: etree._Element, rows: Sequence[Sequence[str]]) -> Grid:
        """Return the cells of a table whose texts are known, without merged cells."""
        marks = _Marks(table, self._styles)
        cells = [
            Cell(row=y, column=x, text=text)
            for y, row in enumerate(rows)
            for x, text in enumerate(row)
        ]
        if marks.are_any:
            found = (cell for row in children(table, "tr") for cell in children(row, "tc"))
            cells = [marks.on(made, cell) for made, cell in zip(cells, found, strict=False)]
        return Grid(cells=cells, is_table=True)

    def laid_out(self, table: etree._Element) -> Sequence[etree._Element]:
        """Return the cells of a table that only places them; none for other tables.

        That is a frame around one cell, or a row with tables in it.
        """
        rows = (row for row in children(table, "tr") if not _is_gone(row))
        first = next(rows, None)
        cells = [] if first is None else list(children(first, "tc"))
        holds_tables = any(next(cell.iterdescendants(TABLE), None) is not None for cell in cells)
        if next(rows, None) is not None or not (len(cells) == 1 or holds_tables):
            return ()
        for cell in cells:
            self._scan.add_cell(_span(cell.find(_CELL_PROPERTIES)))
        return cells

    def _places(self, row: etree._Element) -> Iterator[tuple[int, int, etree._Element]]:
        """Yield each cell with its column and width; merged by the old `hMerge`, as one."""
        before, after = _free_places(row.find(_ROW_PROPERTIES))
        self._scan.add_places(before)
        self._scan.add_places(after)
        x = before
        last: tuple[int, int, etree._Element] | None = None
        for cell in children(row, "tc"):
            properties = cell.find(_CELL_PROPERTIES)
            span = _span(properties)
            self._scan.add_cell(span)
            if last is not None and _continues(properties, _ACROSS):
                last = (last[0], last[1] + span, last[2])
            else:
                if last is not None:
                    yield last
                last = (x, span, cell)
            x += span
        if last is not None:
            yield last


class _Marks:
    """How the cells of one table look.

    A table style that distinguishes both the first row and the first column says nothing: that is
    the default of Word.
    """

    def __init__(self, table: etree._Element, styles: StyleSheet) -> None:
        self._styles = styles
        self._own = next(table.iterdescendants(_BOLD, _SHADING), None) is not None or any(
            styles.paragraph(style.get(VAL)).run.bold
            for style in table.iterdescendants(w("pStyle"))
        )
        row, column = (_is_special(table, styles, part) for part in (_FIRST_ROW, _FIRST_COLUMN))
        self._first_row, self._first_column = row and not column, column and not row

    @property
    def are_any(self) -> bool:
        """Whether any cell of the table may be marked."""
        return self._own or self._first_row or self._first_column

    def on(self, made: Cell, cell: etree._Element, *, is_header: bool = False) -> Cell:
        """Return a cell with its marks."""
        if not (self.are_any or is_header):
            return made
        by_style = (self._first_row and made.row == 0) or (self._first_column and made.column == 0)
        return structs.replace(
            made,
            is_header=is_header,
            is_bold=by_style or (self._own and self._is_bold(cell)),
            is_shaded=self._own and _is_shaded(cell.find(_CELL_PROPERTIES)),
        )

    def _is_bold(self, cell: etree._Element) -> bool:
        runs = [
            self._is_bold_run(run, paragraph)
            for paragraph in cell.iterdescendants(PARAGRAPH)
            for run in paragraph.iterdescendants(_RUN)
            if any((text.text or "").strip() for text in run.iterchildren(_TEXT))
        ]
        return bool(runs) and all(runs)

    def _is_bold_run(self, run: etree._Element, paragraph: etree._Element) -> bool:
        own = child_switch(run.find(w("rPr")), "b")
        if own is not None:
            return own
        return bool(
            self._styles.paragraph(child_value(paragraph.find(w("pPr")), "pStyle")).run.bold
        )


def _is_special(table: etree._Element, styles: StyleSheet, part: tuple[str, int]) -> bool:
    """Return whether a table's look and style distinguish the first row or column."""
    name, bit = part
    properties = table.find(w("tblPr"))
    look = None if properties is None else properties.find(w("tblLook"))
    if look is None:
        return False
    own = look.get(w(name))
    value = look.get(VAL, "0")
    is_on = own.lower() not in ("0", "false", "off") if own else bool(_hexadecimal(value) & bit)
    part_name = {"firstRow": "firstRow", "firstColumn": "firstCol"}[name]
    return is_on and styles.distinguishes(child_value(properties, "tblStyle"), part_name)


def _hexadecimal(text: str) -> int:
    try:
        return int(text, 16)
    except ValueError:
        return 0


def _is_gone(row: etree._Element) -> bool:
    """Whether a row was deleted by a tracked change.

    A hidden row mark hides only the mark; the row's content is hidden separately.
    """
    properties = row.find(_ROW_PROPERTIES)
    return properties is not None and properties.find(w("del")) is not None


def _free_places(properties: etree._Element | None) -> tuple[int, int]:
    """Return the numbers of empty columns before and after a row's cells."""
    before, after = (child_value(properties, name) for name in ("gridBefore", "gridAfter"))
    return max(integer(before, 0), 0), max(integer(after, 0), 0)


def _span(properties: etree._Element | None) -> int:
    span = None if properties is None else properties.find(_SPAN)
    return 1 if span is None else max(integer(span.get(VAL), 1), 1)


def _continues(properties: etree._Element | None, merge: str) -> bool:
    """Return whether a cell continues a merged one."""
    found = None if properties is None else properties.find(merge)
    return found is not None and found.get(VAL) != "restart"


def _is_covered(properties: etree._Element | None) -> bool:
    """Return whether another cell covers this one, or a tracked change deleted it."""
    deleted = properties is not None and properties.find(_DELETED) is not None
    return deleted or _continues(properties, _DOWN) or _continues(properties, _ACROSS)


def _is_shaded(properties: etree._Element | None) -> bool:
    shading = None if properties is None else properties.find(_SHADING)
    if shading is None:
        return False
    return shading.get(w("fill"), "auto").lower() not in _NO_FILLS
