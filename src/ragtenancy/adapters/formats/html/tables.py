"""Data tables, distinguished from layout tables."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree
from msgspec import Struct

from ragtenancy.adapters.formats.html.flow import HEADINGS, flat_text, is_left_out, whole_number
from ragtenancy.adapters.formats.refusals import unreadable
from ragtenancy.domain.grids import Cell, Grid

_SPAN = 512
_PLACES = 500_000
_LONGEST_HEAD = 200  # characters of a head cell, such as a plan with its price
_GROUPS = ("thead", "tbody", "tfoot")
_CELLS = ("td", "th")
_BOLD = ("b", "strong")
_BOLD_STYLE = re.compile(
    r"font(?:-weight)?\s*:\s*(?:[^;]*\s)?(?:bold(?:er)?|[6-9]00)\b", re.IGNORECASE
)
_FILL_STYLE = re.compile(
    r"background(?:-color)?\s*:\s*(?!\s*(?:none|transparent|white|inherit|initial|#fff(?:fff)?)\b)",
    re.IGNORECASE,
)
_WHITE = ("", "white", "#ffffff", "#fff", "transparent")


def is_layout(table: etree._Element) -> bool:
    """Return whether a table is for layout.

    It holds another table, has one cell per row, or has headings elsewhere than in head cells.
    """
    if table.get("role") in ("presentation", "none"):
        return True
    if next(table.iterdescendants("table"), None) is not None:
        return True
    rows = [list(_cells(row)) for row in _rows(table)]
    return all(len(row) < 2 for row in rows) or not _names_by_headings(table, rows)


def grid_of(table: etree._Element) -> Grid:
    """Return a table's cells; raises `UnreadableDocumentError` (`too_many_cells`)."""
    cells: list[Cell] = []
    taken: list[set[int]] = []
    places = 0
    for y, row in enumerate(_rows(table)):
        x = 0
        look = _look_of(row)
        for cell in _cells(row):
            _grow(taken, y + 1)
            while x in taken[y]:
                x += 1
            width, height = _span(cell, "colspan"), _span(cell, "rowspan")
            places += width * height
            if places > _PLACES:
                raise unreadable("too_many_cells", limit=_PLACES)
            _grow(taken, y + height)
            for covered in taken[y : y + height]:
                covered.update(range(x, x + width))
            cells.append(_cell(cell, look, (y, x, height, width)))
    return Grid(cells=cells, caption=_caption(table), is_table=True)


def is_caption(element: etree._Element) -> bool:
    """Return whether a `figcaption` belongs to the only table of its figure."""
    figure = element.getparent()
    if element.tag != "figcaption" or figure is None:
        return False
    tables = list(figure.iterdescendants("table"))
    return len(tables) == 1 and not is_layout(tables[0])


class _Look(Struct, frozen=True):
    """What a row gives to all of its cells."""

    is_header: bool
    is_bold: bool
    is_shaded: bool


def _look_of(row: etree._Element) -> _Look:
    in_head = next(row.iterancestors("thead"), None) is not None
    return _Look(in_head, _has(row, _BOLD_STYLE), _is_shaded(row))


def _cell(cell: etree._Element, look: _Look, place: tuple[int, int, int, int]) -> Cell:
    row, column, down, across = place
    return Cell(
        row=row,
        column=column,
        text=flat_text(cell),
        down=down,
        across=across,
        is_header=look.is_header or cell.tag == "th" or cell.get("scope") is not None,
        is_bold=look.is_bold or _is_bold(cell),
        is_shaded=look.is_shaded or _is_shaded(cell),
    )


def _is_bold(cell: etree._Element) -> bool:
    """Return whether all of a cell's text is bold, or a heading."""
    if _has(cell, _BOLD_STYLE):
        return True
    element = cell
    while not (element.text or "").strip():
        shown = [child for child in element.iterchildren(etree.Element) if child.tag != "br"]
        if len(shown) != 1 or any((child.tail or "").strip() for child in element):
            return False
        (element,) = shown
        if element.tag in _BOLD or element.tag in HEADINGS or _has(element, _BOLD_STYLE):
            return True
    return False


def _has(element: etree._Element, style: re.Pattern[str]) -> bool:
    written = element.get("style")
    return written is not None and style.search(written) is not None


def _is_shaded(element: etree._Element) -> bool:
    named = (element.get("bgcolor") or "").lower() not in _WHITE
    return named or _has(element, _FILL_STYLE)


def _caption(table: etree._Element) -> str:
    """Return the caption of a table, else that of its figure."""
    own = next((child for child in table.iterchildren("caption") if not is_left_out(child)), None)
    if own is None:
        figure = next(table.iterancestors("figure"), None)
        found = () if figure is None else figure.iterchildren("figcaption")
        own = next((each for each in found if is_caption(each)), None)
    return " ".join(flat_text(own).split()) if own is not None else ""


def _names_by_headings(table: etree._Element, rows: list[list[etree._Element]]) -> bool:
    """Return whether every heading is in a short head cell, or is a whole plain one of several."""
    headings = list(table.iterdescendants("h1", "h2", "h3", "h4"))
    plain = 0
    for heading in headings:
        cell = next(heading.iterancestors(*_CELLS), None)
        if cell is None:
            return False
        in_first = any(cell in row for row in rows[:1]) or any(row[:1] == [cell] for row in rows)
        is_head = cell.tag == "th" or next(heading.iterancestors("thead"), None) is not None
        if is_head and len(flat_text(cell)) <= _LONGEST_HEAD:
            continue
        if not in_first or flat_text(cell) != flat_text(heading):
            return False
        plain += 1
    return plain != 1


def _span(cell: etree._Element, name: str) -> int:
    written = cell.get(name)
    return 1 if written is None else min(max(whole_number(written, 1), 1), _SPAN)


def _grow(taken: list[set[int]], height: int) -> None:
    taken.extend(set() for _ in range(height - len(taken)))


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
