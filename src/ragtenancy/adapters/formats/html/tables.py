"""Data tables, distinguished from layout tables."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from ragtenancy.adapters.formats.html.flow import flat_text, is_left_out, whole_number
from ragtenancy.adapters.formats.refusals import unreadable
from ragtenancy.domain.parsed import Table

_SPAN = 512
_PLACES = 500_000
_GROUPS = ("thead", "tbody", "tfoot")
_CELLS = ("td", "th")
_LAYOUT = ("table", "h1", "h2", "h3", "h4")


def is_layout(table: etree._Element) -> bool:
    """Return whether a table is for layout: it holds tables or headings, or one cell per row."""
    if table.get("role") in ("presentation", "none"):
        return True
    if any(element is not table for element in table.iter(*_LAYOUT)):
        return True
    return all(len(row) < 2 for row in map(list, map(_cells, _rows(table))))


def table_of(table: etree._Element) -> Table:
    """Return a table's cells; raises `UnreadableDocumentError` (`too_many_cells`)."""
    grid: list[dict[int, str]] = []
    heads: list[bool] = []
    places = 0
    for y, row in enumerate(_rows(table)):
        _grow(grid, y + 1)
        x = 0
        cells = list(_cells(row))
        for cell in cells:
            while x in grid[y]:
                x += 1
            places += _place(grid, y, x, cell)
            if places > _PLACES:
                raise unreadable("too_many_cells", limit=_PLACES)
        heads.append(_is_head(row, cells))
    return _table(grid[: len(heads)], heads)


def _place(grid: list[dict[int, str]], y: int, x: int, cell: etree._Element) -> int:
    """Put a cell's text into the first place that it covers; return the number of places."""
    width = min(max(whole_number(cell.get("colspan"), 1), 1), _SPAN)
    height = min(max(whole_number(cell.get("rowspan"), 1), 1), _SPAN)
    _grow(grid, y + height)
    for row in grid[y : y + height]:
        row.update((column, "") for column in range(x, x + width) if column not in row)
    grid[y][x] = flat_text(cell)
    return width * height


def _grow(grid: list[dict[int, str]], height: int) -> None:
    grid.extend({} for _ in range(height - len(grid)))


def _table(grid: list[dict[int, str]], heads: list[bool]) -> Table:
    width = max((max(row, default=-1) + 1 for row in grid), default=0)
    rows = [[row.get(column, "") for column in range(width)] for row in grid]
    kept = [index for index, row in enumerate(rows) if any(row)]
    leading = 0
    while leading < len(kept) - 1 and heads[kept[leading]]:
        leading += 1
    return Table(rows=[rows[index] for index in kept], header_rows=leading)


def _rows(table: etree._Element) -> Iterator[etree._Element]:
    for child in table:
        if is_left_out(child):
            continue
        if child.tag == "tr":
            yield child
        elif child.tag in _GROUPS:
            yield from (row for row in child.iterchildren("tr") if not is_left_out(row))


def _cells(row: etree._Element) -> Iterator[etree._Element]:
    return (cell for cell in row.iterchildren(*_CELLS) if not is_left_out(cell))


def _is_head(row: etree._Element, cells: list[etree._Element]) -> bool:
    parent = row.getparent()
    in_head = parent is not None and parent.tag == "thead"
    return in_head or (bool(cells) and all(cell.tag == "th" for cell in cells))
