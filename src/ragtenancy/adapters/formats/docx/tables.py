"""Tables, cell by cell in one pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from lxml import etree

from ragtenancy.adapters.formats.docx.wordml import (
    VAL,
    child_switch,
    child_value,
    children,
    integer,
    w,
)
from ragtenancy.adapters.formats.limits import ScanLimits
from ragtenancy.domain.parsed import Table

_WIDEST = ScanLimits().span
_FIRST_ROW_BIT = 0x20

CellReader = Callable[[etree._Element], str]


def read_table(table: etree._Element, read_cell: CellReader) -> Table | None:
    """Return a table, None when nothing stands in it."""
    rows = [row for row in children(table, "tr") if not _is_gone(row)]
    texts = [_row(row, read_cell) for row in rows]
    if not any(any(row) for row in texts):
        return None
    return Table(rows=texts, header_rows=_header_rows(table, rows, texts))


def only_cell(table: etree._Element) -> etree._Element | None:
    """Return the cell of a table that has no other: a frame around text rather than a table."""
    rows = (row for row in children(table, "tr") if not _is_gone(row))
    cells = (cell for row in rows for cell in children(row, "tc"))
    first = next(cells, None)
    return first if next(cells, None) is None else None


def _is_gone(row: etree._Element) -> bool:
    """Whether a row is hidden or was deleted by a tracked change."""
    properties = row.find(w("trPr"))
    deleted = properties is not None and properties.find(w("del")) is not None
    return deleted or bool(child_switch(properties, "hidden"))


def _row(row: etree._Element, read_cell: CellReader) -> Sequence[str]:
    properties = row.find(w("trPr"))
    before, after = (_span(properties, name, 0) for name in ("gridBefore", "gridAfter"))
    places = [place for cell in children(row, "tc") for place in _places(cell, read_cell)]
    return [""] * before + places + [""] * after


def _places(cell: etree._Element, read_cell: CellReader) -> Iterator[str]:
    """Yield a cell's text and an empty text for every other column that it covers."""
    properties = cell.find(w("tcPr"))
    yield "" if _is_covered(properties) else read_cell(cell)
    yield from [""] * (_span(properties, "gridSpan", 1) - 1)


def _is_covered(properties: etree._Element | None) -> bool:
    """Whether a cell continues a merged one, or was deleted by a tracked change."""
    if properties is None:
        return False
    if properties.find(w("cellDel")) is not None:
        return True
    merges = (properties.find(w(name)) for name in ("vMerge", "hMerge"))
    return any(merge is not None and merge.get(VAL) != "restart" for merge in merges)


def _span(properties: etree._Element | None, name: str, default: int) -> int:
    value = integer(child_value(properties, name), default)
    return min(max(value, default), _WIDEST)


def _header_rows(
    table: etree._Element, rows: Sequence[etree._Element], texts: Sequence[Sequence[str]]
) -> int:
    """Return how many leading rows name the columns: those marked, else the first of several."""
    marked = 0
    for row in rows:
        if not child_switch(row.find(w("trPr")), "tblHeader"):
            break
        marked += 1
    if 0 < marked < len(rows):
        return marked
    several = len(rows) > 1 and max(map(len, texts)) > 1
    return 1 if several and _first_row_is_special(table) else 0


def _first_row_is_special(table: etree._Element) -> bool:
    """Whether the table's look sets the first row off, which it does where nothing is said."""
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
