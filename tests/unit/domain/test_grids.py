from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from ragtenancy.domain.grids import Cell, Grid, blocks_of, grid_of_texts
from ragtenancy.domain.parsed import Block, Paragraph, Table


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], []),
        ([["", ""]], []),
        ([["alone"]], [Paragraph(text="alone")]),
        ([["a", "b"]], [Table(rows=[["a", "b"]])]),
        ([["1", "2"], ["3", "4"]], [Table(rows=[["1", "2"], ["3", "4"]])]),
        ([["a", "b"], ["3"]], [Table(rows=[["a", "b"], ["3", ""]], header_rows=1)]),
        ([["a", "", "b"], ["1", "", "2"]], [Table(rows=[["a", "b"], ["1", "2"]], header_rows=1)]),
        (
            [["Report"], ["a", "b"], ["1", "2"]],
            [Table(rows=[["a", "b"], ["1", "2"]], header_rows=1, caption="Report")],
        ),
        ([["a", "b"], [], ["c", "d"]], [Table(rows=[["a", "b"]]), Table(rows=[["c", "d"]])]),
    ],
)
def test_rows_are_tables_and_prose(rows: Sequence[Sequence[str]], expected: list[Block]) -> None:
    assert blocks_of(grid_of_texts(rows)) == expected


def test_a_bounded_table_keeps_its_columns_without_text() -> None:
    texts = [["Part", "", "Price", ""], ["Bolt", "", "2 EUR", ""], ["Nut", "", "3 EUR", ""]]
    cells = [
        Cell(row=y, column=x, text=t) for y, row in enumerate(texts) for x, t in enumerate(row)
    ]

    found = blocks_of(Grid(cells=cells, is_table=True))

    assert found == [Table(rows=[row[:3] for row in texts], header_rows=1)]


def test_a_bounded_table_keeps_its_rows_without_text() -> None:
    texts = [["Part", "Price"], ["Bolt", "2 EUR"], ["", ""], ["Nut", "3 EUR"], ["", ""]]
    cells = [
        Cell(row=y, column=x, text=t) for y, row in enumerate(texts) for x, t in enumerate(row)
    ]

    found = blocks_of(Grid(cells=cells, is_table=True))

    assert found == [Table(rows=texts[:4], header_rows=1)]


def test_the_time_for_merged_cells_grows_with_their_number() -> None:
    cells = [
        Cell(row=y, column=2 * x, text=f"{y} {x}", across=2) for y in range(30_000) for x in (0, 1)
    ]

    begun = time.process_time()
    (table,) = blocks_of(Grid(cells=cells, is_table=True))

    assert isinstance(table, Table)
    assert time.process_time() - begun < 5  # quadratic time takes several times as long
