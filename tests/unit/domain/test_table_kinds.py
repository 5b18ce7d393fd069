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


def test_a_row_that_joins_columns_is_no_further_header() -> None:
    head = [["No.", "Part", "Pieces", "Price"], ["", "", "(pcs)", "(EUR)"], ["1", "Alarm"]]
    cells = [
        Cell(row=y, column=x, text=text, is_bold=y < 3, across=3 if text == "Alarm" else 1)
        for y, row in enumerate([*head, ["1.1", "Siren", "2", "45.10"], ["1.2", "Lamp", "7", "12"]])
        for x, text in enumerate(row)
    ]

    found = said(blocks_of(Grid(cells=cells, is_table=True)))

    assert found[-1] == "No.: 1.2; Part: Lamp; Pieces (pcs): 7; Price (EUR): 12"


def test_names_that_count_up_are_a_header() -> None:
    rows = [["Team 1", "Team 2", "Team 3"], ["late shift", "late shift", "late shift"]]

    assert lines(rows, is_table=True) == [
        "Team 1: late shift; Team 2: late shift; Team 3: late shift"
    ]


def test_names_that_count_up_in_each_row_are_no_header() -> None:
    rows = [["Box 1", "Box 2", "Box 3"], ["Shelf 1", "Shelf 2", "Shelf 3"]]

    assert lines(rows, is_table=True) == ["Box 1 | Box 2 | Box 3", "Shelf 1 | Shelf 2 | Shelf 3"]


def test_names_right_of_an_empty_corner_are_a_header_wherever_they_recur() -> None:
    head = ["", "-8", "-9", "-A", "-B"]
    first = [head, ["", "(", ")", "*", "+"], ["2-", "40", "41", "42", "43"], head]
    rows = [*first, ["3-", "56", "57", "58", "59"], head]

    assert lines(rows, is_table=True) == [
        "-8: (; -9: ); -A: *; -B: +",
        "2-; -8: 40; -9: 41; -A: 42; -B: 43",
        "3-; -8: 56; -9: 57; -A: 58; -B: 59",
    ]


def test_a_record_that_recurs_is_no_header() -> None:
    rows = [["Ulm", "12", "9"], ["Hof", "7", "5"], ["Ulm", "12", "9"], ["Rom", "4", "3"]]

    assert lines(rows, is_table=True)[0] == "Ulm | 12 | 9"


def test_a_merged_cell_is_said_once_where_columns_have_no_names() -> None:
    cells = [
        Cell(row=0, column=0, text="Contract sum"),
        Cell(row=0, column=1, text="39 921 700.00 EUR", across=2),
        Cell(row=1, column=0, text="0410"),
        Cell(row=1, column=1, text="0610090060"),
        Cell(row=1, column=2, text="226"),
    ]

    found = " ".join(said(blocks_of(Grid(cells=cells, is_table=True))))

    assert found.count("39 921 700.00 EUR") == 1


def test_labels_without_values_are_not_values_of_each_other() -> None:
    rows = [["Employee:", "Title:"], ["Number:", "Status:"], ["Department:", "Supervisor:"]]

    assert "Employee: Title:" not in lines(rows, is_table=True)


def test_names_under_the_groups_of_a_marked_row_are_a_header_without_a_mark() -> None:
    head = [
        Cell(row=0, column=0, text="Site", is_header=True),
        Cell(row=0, column=1, text="Staff", across=2, is_header=True),
    ]
    rows = [["", "office", "field"], ["Ulm", "12", "40"], ["Hof", "7", "31"]]
    body = [
        Cell(row=y, column=x, text=text)
        for y, row in enumerate(rows, start=1)
        for x, text in enumerate(row)
    ]

    found = said(blocks_of(Grid(cells=[*head, *body], is_table=True)))

    assert found[0] == "Site: Ulm; Staff office: 12; Staff field: 40"


def test_marked_names_of_rows_on_a_row_of_their_own_name_no_columns() -> None:
    head = [Cell(row=0, column=x, text=t, is_header=True) for x, t in enumerate(("Year", "Pay"))]
    cells = [
        *head,
        Cell(row=1, column=0, text="2025", down=3, is_header=True),
        Cell(row=2, column=1, text="134 EUR"),
        Cell(row=3, column=1, text="150 EUR"),
    ]

    found = said(blocks_of(Grid(cells=cells, is_table=True)))

    assert found[-2:] == ["Year: 2025; Pay: 134 EUR", "Year: 2025; Pay: 150 EUR"]


def test_a_record_under_the_groups_of_a_marked_row_is_no_header() -> None:
    head = [
        Cell(row=0, column=0, text="Name", across=2, is_header=True),
        Cell(row=0, column=2, text="Town", is_header=True),
    ]
    rows = [["Ada", "Lane", "Ulm"], ["Otto", "Moor", "Hof"], ["Ida", "Rust", "Ulm"]]
    body = [
        Cell(row=y, column=x, text=text)
        for y, row in enumerate(rows, start=1)
        for x, text in enumerate(row)
    ]

    found = said(blocks_of(Grid(cells=[*head, *body], is_table=True)))

    assert found[0] == "Name: Ada; Name: Lane; Town: Ulm"


@pytest.mark.parametrize("last", [[], ["Total"]])
def test_names_shifted_from_under_their_groups_are_put_back(last: list[str]) -> None:
    head = [
        Cell(row=0, column=0, text="City"),
        Cell(row=0, column=1, text="2023", across=2),
        Cell(row=0, column=3, text="2024", across=2),
        *(Cell(row=0, column=5, text=text) for text in last),
    ]
    shifted = [Cell(row=1, column=x, text=text) for x, text in enumerate(["Q1", "Q2"] * 2)]
    rows = [["Bari", "72", "51", "67", "92", "282"], ["Graz", "59", "67", "85", "48", "259"]]
    body = [
        Cell(row=y, column=x, text=text)
        for y, row in enumerate(rows, start=2)
        for x, text in enumerate(row[: 5 + len(last)])
    ]

    found = said(blocks_of(Grid(cells=[*head, *shifted, *body], is_table=True)))

    total = "".join(f"; {text}: 282" for text in last)
    assert found[0] == f"City: Bari; 2023 Q1: 72; 2023 Q2: 51; 2024 Q1: 67; 2024 Q2: 92{total}"


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


def test_a_table_of_nothing_but_its_header_is_kept() -> None:
    cells = [
        Cell(row=1, column=0, text="0", down=3, is_header=True),
        Cell(row=3, column=1, text="0", down=2, is_bold=True),
        Cell(row=4, column=0, text="0", is_bold=True),
    ]

    assert blocks_of(Grid(cells=cells)) != []


@pytest.mark.parametrize("gap", [[], [["", "", "", "", ""]]])
@pytest.mark.parametrize(
    "above", [["", "Plan", "", "Real", ""], ["", "Plan", "Plan", "Real", "Real"]]
)
def test_names_that_a_second_row_tells_apart_are_two_header_rows(
    above: list[str], gap: list[list[str]]
) -> None:
    below = ["", "Q1", "Q2", "Q1", "Q2"]
    body = [["Zinc", "5", "6", "7", "9"], ["Lead", "15", "16", "17", "19"]]

    found = lines([above, below, *gap, *body])

    assert found[1] == "Lead; Plan Q1: 15; Plan Q2: 16; Real Q1: 17; Real Q2: 19"


def test_an_empty_row_below_the_header_parts_nothing() -> None:
    rows = [["Part", "Price", "Stock"], ["", "", ""], ["Nut", "3", "12"], ["Bolt", "4", "7"]]

    assert lines(rows) == ["Part: Nut; Price: 3; Stock: 12", "Part: Bolt; Price: 4; Stock: 7"]


def test_labels_above_words_are_no_header_of_them() -> None:
    rows = [["Name", "Kim", "Lee"], ["", "", ""], ["Nut", "red", "x y"], ["Bolt", "blue", "z w"]]

    assert "Name: Nut" not in " ".join(lines(rows))


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
