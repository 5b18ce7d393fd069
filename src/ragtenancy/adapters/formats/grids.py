"""Rows of cells without any mark-up, as spreadsheets and lists of values have them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from ragtenancy.domain.parsed import Block, Paragraph, Table


def blocks_of_grid(rows: Sequence[Sequence[str]]) -> list[Block]:
    """Return tables where empty rows divide them; lone cells above a table are prose."""
    blocks: list[Block] = []
    for filled, run in groupby(rows, key=any):
        if filled:
            blocks += _blocks(list(run))
    return blocks


def _blocks(rows: Sequence[Sequence[str]]) -> Iterator[Block]:
    """Yield what one run of rows holds; columns without any text are left out."""
    first = next((index for index, row in enumerate(rows) if _filled(row) > 1), len(rows))
    yield from (Paragraph(text=next(filter(None, row))) for row in rows[:first])
    table = rows[first:]
    if table:
        used = sorted({column for row in table for column, text in enumerate(row) if text})
        cells = [[row[column] if column < len(row) else "" for column in used] for row in table]
        yield Table(rows=cells, header_rows=1 if _names_columns(cells) else 0)


def _filled(row: Sequence[str]) -> int:
    return sum(map(bool, row))


def _names_columns(rows: Sequence[Sequence[str]]) -> bool:
    """Return whether the first row says what the others hold: words in most columns."""
    if len(rows) < 2:
        return False
    words = sum(any(map(str.isalpha, text)) for text in rows[0])
    return words * 2 > len(rows[0])
