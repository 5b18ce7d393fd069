"""Rectangles of a grid: each place with the cell that covers it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from msgspec import Struct, structs

from ragtenancy.domain.cells import EMPTY, Cell, CellKind

FEWEST_COLUMNS = 2


class Area(Struct, frozen=True):
    """Rows of cells; a merged cell is in each place that it covers.

    `ys` and `xs` are the rows and columns of the grid in which its places lie; `gaps` and
    `column_gaps` are those without text that the table keeps.
    """

    rows: Sequence[Sequence[Cell]]
    ys: Sequence[int]
    xs: Sequence[int]
    gaps: Sequence[int] = ()
    column_gaps: Sequence[int] = ()

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
        only: Cell | None = None
        for cell in self.rows[y]:
            if cell.text and cell is not only:
                if only is not None:
                    return None
                only = cell
        if only is None or only.row != self.ys[y]:
            return None
        return only if only.down == 1 or only.across >= self.width else None

    def lone_cells(self) -> dict[int, Cell]:
        """Return the only cells of the rows that `lone` finds, by row."""
        rows = enumerate(self.rows) if self.width else ()
        mixed = [y for y, row in rows if not row[0].text or not row[-1].text or row[0] is row[-1]]
        return {y: cell for y in mixed if (cell := self.lone(y)) is not None}

    def from_row(self, y: int) -> Area:
        """Return the rows from one on."""
        return structs.replace(self, rows=self.rows[y:], ys=self.ys[y:])

    def until_row(self, y: int) -> Area:
        """Return the rows before one."""
        return structs.replace(self, rows=self.rows[:y], ys=self.ys[:y])

    def only_rows(self, kept: Sequence[int]) -> Area:
        """Return some of the rows."""
        rows = [self.rows[y] for y in kept]
        return structs.replace(self, rows=rows, ys=[self.ys[y] for y in kept])

    def only_columns(self, kept: Sequence[int]) -> Area:
        """Return some of the columns."""
        rows = [[row[x] for x in kept] for row in self.rows]
        return structs.replace(self, rows=rows, xs=[self.xs[x] for x in kept])

    def used(self) -> Area:
        """Return the area without empty rows and columns."""
        filled = [y for y, row in enumerate(self.rows) if _has_text(row)]
        area = self if len(filled) == self.height else self.only_rows(filled)
        unused = set(_unused_columns(area))
        if not unused:
            return area
        return area.only_columns([x for x in range(area.width) if x not in unused])

    def keeping_gaps(self) -> Area:
        """Return the used area, which remembers its rows and columns without text."""
        used = self.used()
        gaps = sorted({*self.ys} - {*used.ys})
        return structs.replace(used, gaps=gaps, column_gaps=sorted({*self.xs} - {*used.xs}))

    def with_gaps(self, first: int) -> Area:
        """Return the area with the columns without text that it remembers, and rows from one on."""
        if not self.gaps or first >= self.height:
            return self._with_column_gaps()
        gaps = set(self.gaps)
        ys = list(self.ys[:first])
        for y in self.ys[first:]:
            between = range(ys[-1] + 1, y) if ys else ()
            ys += between if gaps.issuperset(between) else ()
            ys.append(y)
        known = dict(zip(self.ys, self.rows, strict=True))
        rows = [known.get(y, [EMPTY] * self.width) for y in ys]
        return structs.replace(self, rows=rows, ys=ys)._with_column_gaps()

    def _with_column_gaps(self) -> Area:
        inner = [x for x in self.column_gaps if self.xs[0] < x < self.xs[-1]]
        if not inner:
            return self
        xs = sorted([*self.xs, *inner])
        places = {x: at for at, x in enumerate(self.xs)}
        rows = [[row[places[x]] if x in places else EMPTY for x in xs] for row in self.rows]
        return Area(rows, self.ys, xs)

    def joined(self, below: Area) -> Area:
        """Return the area with the rows of another below it."""
        return structs.replace(self, rows=[*self.rows, *below.rows], ys=[*self.ys, *below.ys])


def placed(cells: Sequence[Cell]) -> Area:
    """Return the area of all cells; spans end with the last row and column that has text."""
    shown = [cell for cell in cells if cell.text]
    height = max([cell.row for cell in shown], default=-1) + 1
    width = max([cell.column for cell in shown], default=-1) + 1
    rows = [[EMPTY] * width for _ in range(height)]
    merged = [_within(cell, width) for cell in cells if cell.down > 1 or cell.across > 1]
    for cell in merged:
        last = min(cell.column + cell.across, width)
        for row in rows[cell.row : cell.row + cell.down]:
            row[cell.column : last] = [cell] * (last - cell.column)
    for cell in (*cells, *merged):
        if cell.row < height and cell.column < width:
            rows[cell.row][cell.column] = cell
    return Area(rows, range(height), range(width))


def _within(cell: Cell, width: int) -> Cell:
    """Return a cell that covers no column right of the last one with text."""
    if cell.column + cell.across <= width:
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
    gaps = _unused_columns(area)
    runs = [range(a + 1, b) for a, b in pairwise([-1, *gaps, area.width]) if b > a + 1]
    parts = [area.only_columns(run).used() for run in runs] if len(runs) > 1 else []
    return parts if parts and all(map(_stands_alone, parts)) else [area.used()]


def _stands_alone(area: Area) -> bool:
    names = [row[0].kind for row in area.rows if row[0].text]
    numbers = (CellKind.NUMBER, CellKind.PERIOD)
    counted = sum(1 for kind in names if kind in numbers)
    return area.width >= FEWEST_COLUMNS and bool(names) and counted * 2 < len(names)


def _unused_columns(area: Area) -> list[int]:
    """Return the columns without text; rows that fill all of them are passed over quickly."""
    unused = list(range(area.width))
    for row in area.rows:
        if not unused:
            break
        unused = [x for x in unused if not row[x].text]
    return unused


def _has_text(row: Sequence[Cell]) -> bool:
    for cell in row:  # noqa: SIM110 - a generator for each row of a large table takes twice as long
        if cell.text:
            return True
    return False
