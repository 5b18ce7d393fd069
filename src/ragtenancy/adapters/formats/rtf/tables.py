"""Rows of a table in rich text, and the grid that their right edges make."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct, field, structs

from ragtenancy.domain.grids import Cell, Grid


class CellDefinition(Struct, kw_only=True):
    """What a row says of one cell before its right edge."""

    edge: int = 0
    above: bool = False
    left: bool = False
    shaded: bool = False


class CellText(Struct, frozen=True, kw_only=True):
    """The text of a cell."""

    text: str
    bold: bool = False


class Row(Struct, kw_only=True):
    """A row as it was read."""

    definitions: list[CellDefinition] = field(default_factory=list)
    cells: list[CellText] = field(default_factory=list)
    is_header: bool = False


def grid_of(rows: Sequence[Row]) -> Grid:
    """Return the rows as a grid; a cell covers the columns up to its right edge."""
    edges = sorted({each.edge for row in rows for each in row.definitions})
    columns = {edge: index for index, edge in enumerate(edges)}
    cells: dict[tuple[int, int], Cell] = {}
    for y, row in enumerate(rows):
        column, last = 0, None
        for index, content in enumerate(row.cells):
            defined = row.definitions[index] if index < len(row.definitions) else CellDefinition()
            end = columns.get(defined.edge, column) + 1 if defined.edge else column + 1
            end = max(end, column + 1)
            if defined.left and last is not None:
                cells[last] = _wider(cells[last], end)
            elif defined.above and (above := _above(cells, y, column)) is not None:
                cells[above] = _taller(cells[above], y)
            else:
                last = (y, column)
                cells[last] = Cell(
                    row=y,
                    column=column,
                    text=content.text,
                    across=end - column,
                    is_header=row.is_header,
                    is_bold=content.bold,
                    is_shaded=defined.shaded,
                )
            column = end
    return Grid(cells=[cell for cell in cells.values() if cell.text], is_table=True)


def _above(cells: dict[tuple[int, int], Cell], row: int, column: int) -> tuple[int, int] | None:
    places = (
        (cell.row, cell.column)
        for cell in reversed(cells.values())
        if cell.column == column and cell.row + cell.down == row
    )
    return next(places, None)


def _wider(cell: Cell, end: int) -> Cell:
    return structs.replace(cell, across=end - cell.column)


def _taller(cell: Cell, row: int) -> Cell:
    return structs.replace(cell, down=row - cell.row + 1)
