"""Rows of cells without mark-up, as in spreadsheets and CSV files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from ragtenancy.domain.parsed import Block, Paragraph, Table


def blocks_of_grid(rows: Sequence[Sequence[str]]) -> list[Block]:
    """Return tables separated by empty rows; lone cells above a table are prose."""
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
        cells = [[row[column] if column < len(row) else "" for column in used] for row in table]
        yield Table(rows=cells, header_rows=1 if _names_columns(cells) else 0)


def _filled(row: Sequence[str]) -> int:
    return sum(map(bool, row))


def _names_columns(rows: Sequence[Sequence[str]]) -> bool:
    """Return whether the first row is a header: words in most columns."""
    if len(rows) < 2:
        return False
    words = sum(any(map(str.isalpha, text)) for text in rows[0])
    return words * 2 > len(rows[0])
