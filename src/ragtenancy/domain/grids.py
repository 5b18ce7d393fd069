"""Grids of cells as files hold them, and the blocks that they mean.

Every reader of tables (Word, Excel, HTML, PowerPoint, CSV, Markdown, PDF) places its cells in a
`Grid`; only this module decides which cell names which.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from msgspec import Struct

from ragtenancy.domain.parsed import Block, Paragraph, Table


class Cell(Struct, frozen=True, kw_only=True, gc=False):
    """A cell at a place of its grid, both counted from 0; it covers `down` rows, `across` columns.

    `is_header` repeats what the file says (`th`, a repeated header row, a table style's first row
    or column); `is_bold` and `is_shaded` are how it looks. `is_number` says that the file holds a
    number or a date, whatever the text is; without it the text decides.
    """

    row: int
    column: int
    text: str
    down: int = 1
    across: int = 1
    is_header: bool = False
    is_bold: bool = False
    is_shaded: bool = False
    is_number: bool = False


class Grid(Struct, frozen=True, kw_only=True):
    """The cells of one table or sheet in any order, and the caption that the file gives it."""

    cells: Sequence[Cell]
    caption: str = ""


def grid_of_texts(rows: Iterable[Sequence[str]]) -> Grid:
    """Return rows of texts, without spans or marks, as a grid; empty texts take their place."""
    return Grid(
        cells=[
            Cell(row=y, column=x, text=text)
            for y, row in enumerate(rows)
            for x, text in enumerate(row)
            if text
        ]
    )


def blocks_of(grid: Grid) -> list[Block]:
    """Return a grid's tables and the prose between them, in order."""
    height = max((cell.row + cell.down for cell in grid.cells), default=0)
    width = max((cell.column + cell.across for cell in grid.cells), default=0)
    rows = [[""] * width for _ in range(height)]
    for cell in grid.cells:
        rows[cell.row][cell.column] = cell.text
    blocks: list[Block] = []
    for filled, run in groupby(rows, key=any):
        if filled:
            blocks += _blocks(list(run))
    return blocks


def _blocks(rows: Sequence[Sequence[str]]) -> Iterator[Block]:
    """Yield the blocks of one run of rows, omitting empty columns."""
    first = next((index for index, row in enumerate(rows) if _filled(row) > 1), len(rows))
    yield from (Paragraph(text=next(filter(None, row))) for row in rows[:first])
    table = rows[first:]
    if table:
        used = sorted({column for row in table for column, text in enumerate(row) if text})
        cells = [[row[column] for column in used] for row in table]
        yield Table(rows=cells, header_rows=1 if _names_columns(cells) else 0)


def _filled(row: Sequence[str]) -> int:
    return sum(map(bool, row))


def _names_columns(rows: Sequence[Sequence[str]]) -> bool:
    """Return whether the first row is a header: words in most columns."""
    if len(rows) < 2:
        return False
    words = sum(any(map(str.isalpha, text)) for text in rows[0])
    return words * 2 > len(rows[0])
