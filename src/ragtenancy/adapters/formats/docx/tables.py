"""Tables, cell by cell in one pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lxml import etree

from ragtenancy.adapters.formats.docx.xml import (
    VAL,
    ScannedXml,
    child_switch,
    child_value,
    children,
    integer,
    w,
)
from ragtenancy.domain.parsed import Table

_FIRST_ROW_BIT = 0x20

_ROW_PROPERTIES = w("trPr")
_CELL_PROPERTIES = w("tcPr")
_SPAN = w("gridSpan")
_MERGES = (w("vMerge"), w("hMerge"))
_DELETED = w("cellDel")

CellReader = Callable[[etree._Element], str]


def read_table(table: etree._Element, read_cell: CellReader, scan: ScannedXml) -> Table | None:
    """Return a table, None if it is empty; the scan counts cells."""
    rows = [row for row in children(table, "tr") if not _is_gone(row)]
    texts = [_row(row, read_cell, scan) for row in rows]
    if not any(any(row) for row in texts):
        return None
    return Table(rows=texts, header_rows=_header_rows(table, rows, texts))


def table_of(table: etree._Element, texts: Sequence[Sequence[str]]) -> Table:
    """Return a table of texts, without marked header rows."""
    return Table(rows=texts, header_rows=_header_rows(table, (), texts))


def only_cell(table: etree._Element, scan: ScannedXml) -> etree._Element | None:
    """Return the only cell of a table, which is a frame around text; None for other tables."""
    rows = (row for row in children(table, "tr") if not _is_gone(row))
    cells = (cell for row in rows for cell in children(row, "tc"))
    first = next(cells, None)
    if first is None or next(cells, None) is not None:
        return None
    scan.add_cell(_cover(first.find(_CELL_PROPERTIES))[0])
    return first


def _is_gone(row: etree._Element) -> bool:
    """Whether a row was deleted by a tracked change.

    A hidden row mark hides only the mark; the row's content is hidden separately.
    """
    properties = row.find(_ROW_PROPERTIES)
    return properties is not None and properties.find(w("del")) is not None


def _row(row: etree._Element, read_cell: CellReader, scan: ScannedXml) -> Sequence[str]:
    before, after = _free_places(row.find(_ROW_PROPERTIES))
    scan.add_places(before)
    scan.add_places(after)
    texts = [""] * before
    for cell in children(row, "tc"):
        span, is_covered = _cover(cell.find(_CELL_PROPERTIES))
        scan.add_cell(span)
        texts.append("" if is_covered else read_cell(cell))
        texts += [""] * (span - 1)
    return texts + [""] * after


def _free_places(properties: etree._Element | None) -> tuple[int, int]:
    """Return the numbers of empty columns before and after a row's cells."""
    before, after = (child_value(properties, name) for name in ("gridBefore", "gridAfter"))
    return max(integer(before, 0), 0), max(integer(after, 0), 0)


def _cover(properties: etree._Element | None) -> tuple[int, bool]:
    """Return how many columns a cell covers, and whether another cell covers it.

    That includes a cell that continues a merged one or was deleted by a tracked change.
    """
    span, is_covered = 1, False
    for element in () if properties is None else properties:
        tag = element.tag
        if tag == _SPAN:
            span = max(integer(element.get(VAL), 1), 1)
        elif tag in _MERGES:
            is_covered = is_covered or element.get(VAL) != "restart"
        elif tag == _DELETED:
            is_covered = True
    return span, is_covered


def _header_rows(
    table: etree._Element, rows: Sequence[etree._Element], texts: Sequence[Sequence[str]]
) -> int:
    """Return the number of header rows: marked ones, else the first of several."""
    marked = 0
    for row in rows:
        if not child_switch(row.find(w("trPr")), "tblHeader"):
            break
        marked += 1
    if 0 < marked < len(rows):
        return marked
    several = len(texts) > 1 and max(map(len, texts)) > 1
    return 1 if several and _first_row_is_special(table) else 0


def _first_row_is_special(table: etree._Element) -> bool:
    """Whether the table's look distinguishes the first row, which is the default."""
    look = table.find(f"{w('tblPr')}/{w('tblLook')}")
    if look is None:
        return True
    first_row = look.get(w("firstRow"))
    if first_row is not None:
        return first_row.lower() not in ("0", "false", "off")
    try:
        return bool(int(look.get(VAL, "0020"), 16) & _FIRST_ROW_BIT)
    except ValueError:
        return True
