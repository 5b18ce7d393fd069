"""Rectangles of a grid: each place with the cell that covers it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from msgspec import Struct, structs

from ragtenancy.domain.cells import EMPTY, Cell, CellKind

FEWEST_COLUMNS = 2


class Area(Struct, frozen=True):
    """Rows of cells; a merged cell is in each place that it covers.

    `ys` and `xs` are the rows and columns of the grid in which its places lie; `gaps` are rows
    without text that the table keeps.
    """

    rows: Sequence[Sequence[Cell]]
    ys: Sequence[int]
    xs: Sequence[int]
    gaps: Sequence[int] = ()

    @property
    def height(self) -> int:
        """The number of rows."""
        return len(self.ys)

    @property
    def width(self) -> int:
        """The number of columns."""
        return len(self.xs)

    def shown(self, y: int) -> list[Cell]:
        """Return the different cells with text in a row, those that begin above it, too."""
        cells = {(cell.row, cell.column): cell for cell in self.rows[y] if cell.text}
        return list(cells.values())

    def begins(self, y: int, x: int) -> bool:
        """Return whether a place is the first of its cell."""
        cell = self.rows[y][x]
        return cell.row == self.ys[y] and cell.column == self.xs[x]

    def lone(self, y: int) -> Cell | None:
        """Return the only cell with text in a row, None if it has several or that one names rows.

        A cell names rows if it began above or reaches down, beside other columns.
        """
        shown = self.shown(y)
        if len(shown) != 1 or shown[0].row != self.ys[y]:
            return None
        return shown[0] if shown[0].down == 1 or shown[0].across >= self.width else None

    def from_row(self, y: int) -> Area:
        """Return the rows from one on."""
        return Area(self.rows[y:], self.ys[y:], self.xs, self.gaps)

    def until_row(self, y: int) -> Area:
        """Return the rows before one."""
        return Area(self.rows[:y], self.ys[:y], self.xs, self.gaps)

    def only_rows(self, kept: Sequence[int]) -> Area:
        """Return some of the rows."""
        rows = [self.rows[y] for y in kept]
        return Area(rows, [self.ys[y] for y in kept], self.xs, self.gaps)

    def only_columns(self, kept: Sequence[int]) -> Area:
        """Return some of the columns."""
        rows = [[row[x] for x in kept] for row in self.rows]
        return Area(rows, self.ys, [self.xs[x] for x in kept], self.gaps)

    def used(self) -> Area:
        """Return the area without empty rows and columns."""
        rows = self.only_rows([y for y, row in enumerate(self.rows) if _has_text(row)])
        used = {x for row in rows.rows for x, cell in enumerate(row) if cell.text}
        return rows if len(used) == rows.width else rows.only_columns(sorted(used))

    def keeping_gaps(self) -> Area:
        """Return the used area, which remembers its rows without text."""
        gaps = [y for y, row in zip(self.ys, self.rows, strict=True) if not _has_text(row)]
        return Area(self.rows, self.ys, self.xs, gaps).used()

    def with_gaps(self, first: int) -> Area:
        """Return the area with the rows without text that it remembers, from a row on."""
        if not self.gaps or first >= self.height:
            return self
        gaps = set(self.gaps)
        ys = list(self.ys[:first])
        for y in self.ys[first:]:
            between = range(ys[-1] + 1, y) if ys else ()
            ys += between if gaps.issuperset(between) else ()
            ys.append(y)
        known = dict(zip(self.ys, self.rows, strict=True))
        return Area([known.get(y, [EMPTY] * self.width) for y in ys], ys, self.xs)

    def joined(self, below: Area) -> Area:
        """Return the area with the rows of another below it."""
        return Area([*self.rows, *below.rows], [*self.ys, *below.ys], self.xs)


def placed(cells: Sequence[Cell]) -> Area:
    """Return the area of all cells; spans end with the last row and column that has text."""
    shown = [cell for cell in cells if cell.text]
    height = max((cell.row + 1 for cell in shown), default=0)
    width = max((cell.column + 1 for cell in shown), default=0)
    rows = [[EMPTY] * width for _ in range(height)]
    cells = [_within(cell, width) for cell in cells]
    for cell in cells:
        if cell.down > 1 or cell.across > 1:
            last = min(cell.column + cell.across, width)
            for row in rows[cell.row : cell.row + cell.down]:
                row[cell.column : last] = [cell] * (last - cell.column)
    for cell in cells:
        if cell.row < height and cell.column < width:
            rows[cell.row][cell.column] = cell
    return Area(rows, range(height), range(width))


def _within(cell: Cell, width: int) -> Cell:
    """Return a cell that covers no column right of the last one with text."""
    if cell.across == 1 or cell.column + cell.across <= width:
        return cell
    return structs.replace(cell, across=max(width - cell.column, 1))


def rows_apart(area: Area) -> Iterator[Area]:
    """Yield the runs of rows between empty ones."""
    empty = [y for y, row in enumerate(area.rows) if not _has_text(row)]
    for before, after in pairwise([-1, *empty, area.height]):
        if after > before + 1:
            yield area.only_rows(range(before + 1, after))


def columns_apart(area: Area) -> list[Area]:
    """Return the tables side by side, parted by empty columns; often there is one.

    An empty column may be mere space; each table has at least two columns, of which the first
    holds no numbers or periods.
    """
    used = {x for row in area.rows for x, cell in enumerate(row) if cell.text}
    gaps = [x for x in range(area.width) if x not in used]
    runs = [range(a + 1, b) for a, b in pairwise([-1, *gaps, area.width]) if b > a + 1]
    parts = [area.only_columns(run).used() for run in runs]
    return parts if len(parts) > 1 and all(map(_stands_alone, parts)) else [area.used()]


def _stands_alone(area: Area) -> bool:
    names = [row[0].kind for row in area.rows if row[0].text]
    numbers = (CellKind.NUMBER, CellKind.PERIOD)
    counted = sum(1 for kind in names if kind in numbers)
    return area.width >= FEWEST_COLUMNS and bool(names) and counted * 2 < len(names)


def _has_text(row: Sequence[Cell]) -> bool:
    return any(cell.text for cell in row)
