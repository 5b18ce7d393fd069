"""Tables of the kinds that offices write are read right, in each language."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragtenancy.adapters.formats.plain.markdown import read_markdown
from ragtenancy.domain.grids import Cell, Grid, blocks_of, grid_of_texts
from ragtenancy.domain.parsed import Paragraph, Table
from ragtenancy.domain.tables import lines_of, markdown_lines, table_lines
from tests.table_kinds import KINDS, Maker, Sample, said

SEEDS = range(40)
MOST_WRONG = 2


def is_read_right(sample: Sample) -> bool:
    blocks = blocks_of(sample.grid)
    captions = [block.caption for block in blocks if isinstance(block, Table)]
    return said(blocks) == list(sample.lines) and sample.caption in [*captions, ""]


@pytest.mark.parametrize("kind", KINDS)
def test_nearly_all_tables_of_a_kind_are_read_right(kind: str) -> None:
    wrong = [seed for seed in SEEDS if not is_read_right(Maker(seed).of(kind))]

    assert len(wrong) <= MOST_WRONG, wrong


def lines(rows: list[list[str]], *, is_table: bool = False) -> list[str]:
    return said(blocks_of(Grid(cells=grid_of_texts(rows).cells, is_table=is_table)))


def test_dates_of_a_balance_sheet_name_columns() -> None:
    rows = [
        ["", "31.12.2024", "31.12.2023"],
        ["Aktiva", "", ""],
        ["Vorräte", "120", "95"],
        ["Kasse", "14", "30"],
    ]

    found = lines(rows, is_table=True)

    assert found[-1].endswith("Kasse; 31.12.2024: 14; 31.12.2023: 30")


def test_several_quantities_in_a_cell_are_no_name() -> None:
    rows = [
        ["Voltage", "230 V / 50 Hz"],
        ["Power", "1,200 W"],
        ["Weight", "6.4 kg (14 lb)"],
    ]

    assert lines(rows, is_table=True)[0] == "Voltage: 230 V / 50 Hz"


def test_a_name_above_the_second_column_is_the_header() -> None:
    rows = [["", "Aufgaben"], ["Lager", "Zählen"], ["Büro", "Buchen"], ["Werkstatt", "Löten"]]
    cells = [
        Cell(row=y, column=x, text=text, is_bold=not y)
        for y, row in enumerate(rows)
        for x, text in enumerate(row)
    ]

    assert said(blocks_of(Grid(cells=cells, is_table=True)))[0] == "Lager; Aufgaben: Zählen"


def test_a_group_that_covers_an_unused_column_stays_in_the_header() -> None:
    rows = [["", "Halbjahr"], ["Werk", "Umsatz", "Kosten"], ["Ulm", "12", "9"], ["Hof", "7", "5"]]
    cells = [
        Cell(row=y, column=x, text=text, across=4 if text == "Halbjahr" else 1)
        for y, row in enumerate(rows)
        for x, text in enumerate(row)
    ]

    found = said(blocks_of(Grid(cells=cells, is_table=True)))

    assert found == [
        "Werk: Ulm; Halbjahr Umsatz: 12; Halbjahr Kosten: 9",
        "Werk: Hof; Halbjahr Umsatz: 7; Halbjahr Kosten: 5",
    ]


def test_years_name_columns() -> None:
    rows = [["Plant", "2019", "2020"], ["Lyon", "77", "81"], ["Metz", "12", "15"]]

    assert lines(rows) == ["Plant: Lyon; 2019: 77; 2020: 81", "Plant: Metz; 2019: 12; 2020: 15"]


def test_units_below_the_names_belong_to_them() -> None:
    rows = [["Sample", "Mass", "Length"], ["", "(g)", "(mm)"], ["A", "12", "40"], ["B", "9", "38"]]

    assert lines(rows)[0] == "Sample: A; Mass (g): 12; Length (mm): 40"


def test_a_column_that_groups_rows_is_not_filled_without_a_merge() -> None:
    rows = [["Area", "City", "Stores"], ["West", "Nice", "4"], ["", "Pau", "2"], ["", "Brest", "1"]]

    assert lines(rows, is_table=True)[1] == "City: Pau; Stores: 2"


def test_a_merged_cell_holds_across_the_columns_it_covers() -> None:
    head = [Cell(row=0, column=x, text=t) for x, t in enumerate(("Desk", "Mon", "Tue", "Wed"))]
    row = [Cell(row=1, column=0, text="North"), Cell(row=1, column=1, text="closed", across=3)]
    other = [Cell(row=2, column=x, text=t) for x, t in enumerate(("South", "8-12", "9-13", "8-12"))]

    blocks = blocks_of(Grid(cells=[*head, *row, *other], is_table=True))

    assert said(blocks)[0] == "Desk: North; Mon: closed; Tue: closed; Wed: closed"


def test_marks_make_a_header_where_the_words_do_not() -> None:
    cells = [
        Cell(row=y, column=x, text=text, is_bold=y == 0)
        for y, row in enumerate((["xo", "ke"], ["ba", "du"], ["li", "mo"], ["xo", "du"]))
        for x, text in enumerate(row)
    ]

    assert said(blocks_of(Grid(cells=cells)))[0] == "xo: ba; ke: du"


def test_a_header_may_be_marked_for_rows_and_for_columns() -> None:
    cells = [
        Cell(row=y, column=x, text=text, is_header=not (x and y))
        for y, row in enumerate((["", "Basic", "Pro"], ["Seats", "1", "25"], ["Disk", "5", "90"]))
        for x, text in enumerate(row)
    ]

    assert said(blocks_of(Grid(cells=cells))) == [
        "Seats; Basic: 1; Pro: 25",
        "Disk; Basic: 5; Pro: 90",
    ]


def test_a_unit_above_a_table_is_its_caption() -> None:
    rows = [["Figures in million CHF"], [""], ["Branch", "Profit"], ["Bern", "3"], ["Chur", "1"]]

    (table,) = blocks_of(grid_of_texts(rows))

    assert isinstance(table, Table)
    assert table.caption == "Figures in million CHF"


def test_a_source_below_a_table_is_prose() -> None:
    rows = [["Branch", "Profit"], ["Bern", "3"], ["Chur", "1"], ["Source: annual report"]]

    assert blocks_of(grid_of_texts(rows))[-1] == Paragraph(text="Source: annual report")


def test_a_note_between_rows_parts_a_table_that_keeps_its_names() -> None:
    note = "Fares on public holidays are those of Sundays, also for groups of ten and more persons."
    cells = [
        *(Cell(row=0, column=x, text=text) for x, text in enumerate(("Line", "Fare"))),
        *(Cell(row=1, column=x, text=text) for x, text in enumerate(("7", "2.10 EUR"))),
        Cell(row=2, column=0, text=note, across=2),
        *(Cell(row=3, column=x, text=text) for x, text in enumerate(("12", "3.40 EUR"))),
    ]

    blocks = blocks_of(Grid(cells=cells, is_table=True))

    assert Paragraph(text=note) in blocks
    assert said(blocks) == ["Line: 7; Fare: 2.10 EUR", "Line: 12; Fare: 3.40 EUR"]


def test_rows_after_a_gap_continue_a_table() -> None:
    rows = [["Tool", "Price"], ["Saw", "40"], ["Axe", "55"], [""], ["Rasp", "12"], ["File", "9"]]

    assert lines(rows)[-1] == "Tool: File; Price: 9"


def test_an_empty_cell_in_a_row_without_names_keeps_its_place() -> None:
    rows = [["17", "Oslo", "x1"], ["18", "", "x2"], ["19", "Bonn", "x3"]]

    assert lines(rows)[1] == "18 |  | x2"


TEXTS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), max_size=8)


@st.composite
def grids(draw: st.DrawFn) -> Grid:
    """Grids of few cells with any texts, spans and marks."""
    flags = st.booleans()
    cells = [
        Cell(
            row=y,
            column=x,
            text=draw(TEXTS),
            down=draw(st.integers(1, 3)),
            across=draw(st.integers(1, 3)),
            is_header=draw(flags),
            is_bold=draw(flags),
        )
        for y in range(draw(st.integers(0, 5)))
        for x in range(draw(st.integers(1, 4)))
        if draw(st.integers(0, 3))
    ]
    return Grid(cells=cells, is_table=draw(flags))


@given(grids())
def test_no_text_is_lost(grid: Grid) -> None:
    blocks = blocks_of(grid)

    shown = " ".join(
        f"{block.caption} {' '.join(cell for row in block.rows for cell in row)}"
        if isinstance(block, Table)
        else getattr(block, "text", "")
        for block in blocks
    )
    assert all(" ".join(cell.text.split()) in " ".join(shown.split()) for cell in grid.cells)


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[list[str]], int]:
    """Rows whose cells each say where they stand: `r2c1`; the first `head` are words."""
    height, width = draw(st.integers(2, 6)), draw(st.integers(2, 5))
    rows = [[f"name{x}" for x in range(width)]]
    rows += [
        [f"{y}{x}" if draw(st.integers(0, 4)) else "" for x in range(width)]
        for y in range(1, height)
    ]
    return rows, width


@given(tables())
def test_no_value_stands_under_the_name_of_another(made: tuple[list[list[str]], int]) -> None:
    rows, _ = made

    fields = [
        (field.name, field.value)
        for block in blocks_of(grid_of_texts(rows))
        if isinstance(block, Table)
        for line in lines_of(block)
        for field in (*line.names, *line.fields)
        if field.name.startswith("name") and field.value.isdecimal()
    ]

    assert all(value[-1] == name[-1] for name, value in fields)


WORDS = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=6)


@given(
    st.integers(2, 4).flatmap(
        lambda n: st.lists(st.lists(WORDS, min_size=n, max_size=n), min_size=2, max_size=5)
    )
)
def test_markdown_gives_the_table_back(rows: list[list[str]]) -> None:
    table = Table(rows=rows, header_rows=1)

    (back,) = read_markdown(("\n".join(markdown_lines(table))).encode()).blocks

    assert isinstance(back, Table)
    assert (list(map(list, back.rows)), back.header_rows) == (rows, 1)


def test_several_header_rows_become_one_in_markdown() -> None:
    table = Table(
        rows=[["Land", "2021", "2021"], ["Land", "H1", "H2"], ["Peru", "3", "4"]], header_rows=2
    )

    assert markdown_lines(table) == [
        "| Land | 2021 H1 | 2021 H2 |",
        "| --- | --- | --- |",
        "| Peru | 3 | 4 |",
    ]


def test_a_form_and_sections_are_bold_in_markdown() -> None:
    table = Table(rows=[["Who", ""], ["Name", "Ito"]], header_columns=1, section_rows=(0,))

    assert markdown_lines(table)[2:] == ["| **Who** |  |", "| **Name** | Ito |"]
    assert table_lines(table) == ["Who; Name: Ito"]
