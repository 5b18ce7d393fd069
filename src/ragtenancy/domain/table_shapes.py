"""The shape of one table: header rows, header columns, or labels beside values."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from msgspec import Struct

from ragtenancy.domain.areas import Area
from ragtenancy.domain.cells import EMPTY, Cell, CellKind, is_label, is_unit
from ragtenancy.domain.header_evidence import (
    HEADER_PRIOR,
    form_score,
    header_score,
    is_flagged,
    prevailing_kind,
    stub_score,
)
from ragtenancy.domain.tables import column_names

MOST_HEADER_ROWS = 5
PAIR = 2
FEWEST_ROWS = 2
CLEAR = 2.0  # evidence that adds a row to the header rows that the file marks
MOST_PAIRS = 3


class Shape(Struct, frozen=True, kw_only=True):
    """What names what: header rows, header columns, or in a form labels their values."""

    header_rows: int = 0
    header_columns: int = 0
    is_form: bool = False


def is_named(area: Area) -> bool:
    """Return whether the first rows of an area name its columns."""
    return header_depth(area) > 0


def header_depth(area: Area) -> int:
    """Return the number of header rows of an area without titles; a form has none."""
    return likeliest_shape(area.used()).header_rows


def likeliest_shape(area: Area) -> Shape:
    """Return the reading of a table with the most evidence."""
    lone = area.lone_cells()
    whole = [y for y in range(area.height) if y not in lone or _names_a_column(area, y)]
    if len(whole) < FEWEST_ROWS:
        whole = list(range(area.height))
    table = area.only_rows(whole)
    if area.height == 0 or area.width == 1:
        return Shape()
    depth, score = _header(table)
    if _form_score(table) > max(score, 0.0):
        return Shape(is_form=True)
    if score > 0 and depth < table.height:
        depth = whole[depth - 1] + 1
        return Shape(header_rows=depth)
    if area.width == PAIR and _is_list_of_amounts(table):
        return Shape(is_form=True)
    if stub_score(table.rows) <= 0:
        return Shape()
    return Shape(header_rows=1) if _names_records(table) else Shape(header_columns=1)


def _names_a_column(area: Area, y: int) -> bool:
    """Return whether the first row names one column, right of those that name the rows."""
    lone = area.lone(y)
    return y == 0 and lone is not None and lone.column > area.xs[0] and lone.across < area.width


def _names_records(area: Area) -> bool:
    """Return whether the first row of a table with records side by side names each of them."""
    first = area.rows[0][1:]
    texts = [cell.text for cell in first]
    labels = all(is_label(text) for text in texts) and len(set(texts)) == len(texts)
    kinds = {cell.kind for row in area.rows[1:] for cell in row[1:]}
    return labels and len(texts) > 1 and bool(kinds - {CellKind.WORDS, CellKind.BLANK})


def _header(area: Area) -> tuple[int, float]:
    """Return the number of header rows with the most evidence, and that."""
    flagged = 0
    while flagged < min(area.height, MOST_HEADER_ROWS) and names_columns(area, flagged):
        flagged += 1
    if 0 < flagged < area.height:
        return _grouped_depth(area, flagged, are_marked=True), 100.0
    if area.height < 2:
        return 0, -1.0
    deep = _grouped_depth(area)
    options = [(1, _score(area, 1))]
    if deep > 1:
        options.append((deep, _score(area, deep) + HEADER_PRIOR))
        if options[1][1] > 0 and _must_be_deep(area, deep):
            return options[1]
    return max(options, key=lambda option: option[1])


def names_columns(area: Area, y: int) -> bool:
    """Return whether the file marks a row as a header, and not only names of the rows below it."""
    if not is_flagged(area.rows[y]):
        return False
    ends = (cell.row + cell.down for cell in area.shown(y))
    lasts = (y + sum(at < end for at in area.ys[y + 1 : y + end - area.ys[y]]) for end in ends)
    return any(is_flagged(area.rows[last]) for last in lasts)


def _must_be_deep(area: Area, deep: int) -> bool:
    """Return whether the first row groups columns, repeats names or lacks units: no header alone."""
    first = area.rows[0]
    return (
        _are_units(area.rows[deep - 1])
        or any(1 < cell.across < area.width or cell.down > 1 for cell in first)
        or any(area.rows[deep - 1][x].text and not first[x].text for x in range(area.width))
        or _tells_apart(first, area.rows[1])
    )


def _score(area: Area, depth: int) -> float:
    """Return the evidence for some header rows: by each column's last cell and full name."""
    head = area.rows[:depth]
    last = [next((row[x] for row in head[::-1] if row[x].text), EMPTY) for x in range(area.width)]
    names = column_names([[cell.text for cell in row] for row in header_texts(area, depth)])
    return header_score(last, area.rows[depth:], names)


def _deepened(area: Area, depth: int) -> int:
    """Return marked header rows with those into which their cells extend."""
    last = max(
        (cell.row + cell.down for row in area.rows[:depth] for cell in row if cell.text), default=0
    )
    extended = sum(1 for y in area.ys if y < last)
    return extended if depth < extended < min(area.height, MOST_HEADER_ROWS) else depth


def _grouped_depth(area: Area, known: int = 1, *, are_marked: bool = False) -> int:
    """Return the number of header rows that merged or grouping cells suggest, `known` at least.

    Below rows that the file marks, one without a mark needs clear evidence.
    """
    depth = _deepened(area, known)
    while depth < min(area.height - 1, MOST_HEADER_ROWS) and _goes_deeper(
        area, depth, are_marked=are_marked
    ):
        depth += 1
    return depth


def _goes_deeper(area: Area, depth: int, *, are_marked: bool) -> bool:
    """Return whether the row below some header rows names columns, too."""
    above, below = area.rows[depth - 1], area.rows[depth]
    if not are_marked and _are_units(below) and not _are_units(area.rows[depth + 1]):
        return True
    if _joins(above, below):
        return False
    shown = [cell for cell in below if cell.text]
    if not are_marked and all(cell.is_bold for cell in (*shown, *above) if cell.text):
        body = [cell for row in area.rows[depth + 1 :] for cell in row[1:] if cell.text]
        if len(shown) > 1 and sum(cell.is_bold for cell in body) * 2 < len(body):
            return True
    divided = any(
        1 < cell.across < area.width and area.begins(depth - 1, x) and below[x].text
        for x, cell in enumerate(above)
    )
    if not (divided or _groups_by_gaps(above, below) or _tells_apart(above, below)):
        return False
    floor = CLEAR if are_marked else 0.0
    return all(map(_may_name, shown)) and header_score(below, area.rows[depth + 1 :]) > floor


def _joins(above: Sequence[Cell], below: Sequence[Cell]) -> bool:
    """Return whether a row joins columns that the row above tells apart, as no header does."""
    return any(
        below[x].text and below[x] is below[x - 1] and is_apart
        for x, is_apart in enumerate(_told_apart(above), start=1)
    )


def _told_apart(row: Sequence[Cell]) -> list[bool]:
    """Return for each place but the first whether its text and that to its left are different."""
    return [bool(a.text and b.text) and a is not b for a, b in pairwise(row)]


def _may_name(cell: Cell) -> bool:
    return is_label(cell.text) or cell.kind in (CellKind.CODE, CellKind.DATE, CellKind.BLANK)


def _are_units(row: Sequence[Cell]) -> bool:
    shown = [cell.text for cell in row[1:] if cell.text]
    return bool(shown) and all(map(is_unit, shown))


def _groups_by_gaps(above: Sequence[Cell], below: Sequence[Cell]) -> bool:
    """Return whether names stand above a gap that the row below fills: `2023, , 2024, `."""
    fills = sum(1 for up, low in zip(above[1:], below[1:], strict=True) if low.text and not up.text)
    heads = [x for x, cell in enumerate(above) if cell.text and below[x].text]
    return fills > 0 and bool(heads) and all(map(_may_name, (above[x] for x in heads)))


def _tells_apart(above: Sequence[Cell], below: Sequence[Cell]) -> bool:
    """Return whether a row without a first cell tells equal names above it apart."""
    names = [cell.text for cell in above if cell.text]
    pairs = {(up.text, low.text) for up, low in zip(above, below, strict=True) if up.text}
    return not below[0].text and len(set(names)) < len(names) == len(pairs)


def under_groups(area: Area) -> Area:
    """Return a table with its second row of names moved right, under the groups that they divide.

    Some writers drop the places that a header cell covers below itself; the names of the next row
    then stand too far to the left, and its last places are empty.
    """
    if area.height <= FEWEST_ROWS:
        return area
    above, below, *body = area.rows
    ends = [None, *above, None]
    groups = [x for x, cell in enumerate(above) if cell is ends[x] or cell is ends[x + 2]]
    names = [cell for cell in below if cell.text]
    is_shifted = (
        0 < len(groups) == len(names) < area.width
        and all(cell.text for cell in (*above, *below[: len(names)]))
        and all(map(_may_name, names))
        and all(_holds_values([row[x] for row in body]) for x in groups)
    )
    if not is_shifted:
        return area
    moved = dict(zip(groups, names, strict=True))
    row = [moved.get(x, EMPTY) for x in range(area.width)]
    return Area([above, row, *body], area.ys, area.xs, area.gaps)


def _holds_values(column: Sequence[Cell]) -> bool:
    return prevailing_kind(column) not in (None, CellKind.WORDS, CellKind.PROSE)


def header_texts(area: Area, depth: int) -> list[list[Cell]]:
    """Return the header rows, names of groups repeated for the columns that they cover."""
    rows = [list(row) for row in area.rows[:depth]]
    for y, row in enumerate(rows[:-1]):
        if any(1 < cell.across < area.width for cell in row):
            continue
        below = rows[y + 1]
        for x in range(1, area.width):
            is_group = row[x - 1].text and below[x - 1].text and below[x - 1] is not row[x - 1]
            if not row[x].text and below[x].text and is_group:
                row[x] = row[x - 1]
    return rows


# -- forms


def _form_score(area: Area) -> float:
    """Return the evidence that a table is a form of one to three pairs a row."""
    pairs = _in_pairs(area)
    return form_score(pairs, range(0, len(pairs[0]), PAIR)) if pairs else -1.0


def _in_pairs(area: Area) -> list[list[Cell]]:
    """Return rows of labels and values, merged cells once; nothing if some row is different."""
    rows: list[list[Cell]] = []
    for y in range(area.height):
        row = cells_once(area, y)
        if len(row) % PAIR or len(row) > PAIR * MOST_PAIRS:
            return []
        rows.append(row)
    width = max(map(len, rows))
    return [[*row, *[EMPTY] * (width - len(row))] for row in rows]


def cells_once(area: Area, y: int) -> list[Cell]:
    """Return a row's cells, without the places that a cell covers to its right."""
    return [
        cell
        for x, cell in enumerate(area.rows[y])
        if x == 0 or cell is EMPTY or cell is not area.rows[y][x - 1]
    ]


def _is_list_of_amounts(area: Area) -> bool:
    """Return whether each row of two columns is a different name with a number."""
    names = [row[0] for row in area.rows]
    named = all(is_label(cell.text) for cell in names)
    distinct = len({cell.text for cell in names}) == len(names)
    return named and distinct and all(row[1].kind is CellKind.NUMBER for row in area.rows)
