from __future__ import annotations

import pytest

from ragtenancy.domain.parsed import Block, Note, Paragraph, Table
from tests.factories_docx import (
    cell,
    level,
    listed,
    numbering,
    paragraph,
    root,
    row,
    run,
    style,
    table,
)
from tests.unit.adapters.formats.docx.reading import blocks


def only_table(body: str, **stories: str) -> Table:
    found: list[Block] = blocks(body, **stories)
    assert isinstance(found[0], Table)
    return found[0]


def test_the_first_row_names_the_columns_unless_rows_are_marked() -> None:
    plain = only_table(table(row(cell("a"), cell("b")), row(cell("1"), cell("2"))))

    assert plain == Table(rows=[["a", "b"], ["1", "2"]], header_rows=1)


CAPTION = style("Caption", "caption")
ZONES = table(row(cell("Zone"), cell("Fee")), row(cell("A"), cell("3 EUR")))


@pytest.mark.parametrize("above", [True, False])
def test_a_caption_above_or_below_belongs_to_the_table(above: bool) -> None:
    caption = paragraph("Fees of last year", '<w:pStyle w:val="Caption"/>')
    body = caption + ZONES if above else ZONES + caption + paragraph("Text.")

    found = only_table(body, styles=root("styles", CAPTION))

    assert found.caption == "Fees of last year"


def test_the_caption_of_a_figure_is_not_that_of_the_table_above() -> None:
    caption = paragraph("Figure 2: Our harbour", '<w:pStyle w:val="Caption"/>')

    found = blocks(ZONES + caption, styles=root("styles", CAPTION))

    assert found[-1] == Paragraph(text="Figure 2: Our harbour")


BOLD = "<w:b/>"
SHADED = '<w:shd w:val="clear" w:fill="D9D9D9"/>'


@pytest.mark.parametrize(
    "head",
    [
        row(cell(paragraph(run("ka", BOLD))), cell(paragraph(run("lo", BOLD)))),
        row(cell("ka", SHADED), cell("lo", SHADED)),
        row(*(cell(paragraph(text, '<w:pStyle w:val="Strong"/>')) for text in ("ka", "lo"))),
        row(cell("ka"), cell("lo"), properties="<w:tblHeader/>"),
    ],
)
def test_the_look_of_cells_makes_a_header(head: str) -> None:
    rows = [row(cell(a), cell(b)) for a, b in (("ba", "mo"), ("du", "ri"), ("ba", "lu"))]
    body = table(head, *rows)
    strong = style("Strong", "Strong words", f"<w:rPr>{BOLD}</w:rPr>")

    found = only_table(body, styles=root("styles", strong))

    assert found.header_rows == 1


def test_a_table_style_that_sets_off_the_first_column_makes_a_form() -> None:
    first = f'<w:tblStylePr w:type="firstCol"><w:rPr>{BOLD}</w:rPr></w:tblStylePr>'
    look = '<w:tblPr><w:tblStyle w:val="Form"/><w:tblLook w:val="0080"/></w:tblPr>'
    rows = [row(cell(a), cell(b)) for a, b in (("Kal", "Mir"), ("Lun", "Dor"), ("Tep", "Vas"))]

    found = only_table(
        table(*rows).replace("<w:tblPr/>", look),
        styles=root("styles", style("Form", "Form", first, kind="table")),
    )

    assert (found.header_rows, found.header_columns) == (0, 1)


def test_a_group_in_a_merged_row_is_a_section() -> None:
    wide = '<w:gridSpan w:val="2"/>'
    body = table(
        row(cell("Fish"), cell("Price")),
        row(cell("Fresh", wide)),
        row(cell("Cod"), cell("9 EUR")),
        row(cell("Smoked", wide)),
        row(cell("Cod"), cell("12 EUR")),
    )

    found = only_table(body)

    assert (found.header_rows, list(found.section_rows)) == (1, [1, 3])


def test_marked_rows_are_the_header() -> None:
    marked = [row(cell(text), cell("x"), properties="<w:tblHeader/>") for text in "ab"]

    found = only_table(table(*marked, row(cell("1"), cell("2"))))

    assert found.header_rows == 2


def test_a_look_without_a_first_row_may_have_a_header() -> None:
    look = '<w:tblPr><w:tblLook w:firstRow="0"/></w:tblPr>'
    body = table(row(cell("a"), cell("b")), row(cell("1"), cell("2")))

    found = only_table(body.replace("<w:tblPr/>", look))

    assert found.header_rows == 1


def test_merged_cells_stand_in_the_first_place_they_cover() -> None:
    body = table(
        row(cell("wide", '<w:gridSpan w:val="2"/>'), cell("c")),
        row(cell("tall", '<w:vMerge w:val="restart"/>'), cell("1"), cell("2")),
        row(cell("ghost", "<w:vMerge/>"), cell("3"), cell("4")),
        row(cell("late"), properties='<w:gridBefore w:val="2"/>'),
    )

    found = only_table(body)

    assert found.rows == [
        ["wide", "", "c"],
        ["tall", "1", "2"],
        ["", "3", "4"],
        ["", "", "late"],
    ]


@pytest.mark.parametrize("value", ["abc", "-4", "0", ""])
def test_a_senseless_span_is_one_column(value: str) -> None:
    body = table(row(cell("a", f'<w:gridSpan w:val="{value}"/>'), cell("b")))

    found = only_table(body)

    assert found.rows == [["a", "b"]]


def test_a_nested_table_is_read_inside_its_cell_in_order() -> None:
    inner = table(row(cell("c"), cell("d")), row(cell("1"), cell("2")))
    nesting = cell(paragraph("before") + inner + paragraph("after"))
    body = table(row(nesting, cell("b")), row(cell("x"), cell("y")))

    found = only_table(body)

    assert found.rows == [["before\nc: 1; d: 2\nafter", "b"], ["x", "y"]]


def test_a_row_with_tables_in_it_only_places_them() -> None:
    left = table(row(cell("Name"), cell("Phone")), row(cell("Lee"), cell("33")))
    body = table(row(cell(left + paragraph("")), cell(paragraph("beside"))))

    assert blocks(body) == [
        Table(rows=[["Name", "Phone"], ["Lee", "33"]], header_rows=1),
        Paragraph(text="beside"),
    ]


def test_deleted_rows_are_left_out() -> None:
    body = table(row(cell("a"), cell("b")), row(cell("x"), cell("y"), properties="<w:del/>"))

    found = only_table(body)

    assert found.rows == [["a", "b"]]


def test_a_hidden_row_mark_hides_no_text() -> None:
    body = table(row(cell("a"), cell("b")), row(cell("x"), cell("y"), properties="<w:hidden/>"))

    found = only_table(body)

    assert found.rows == [["a", "b"], ["x", "y"]]


def test_a_cell_of_two_paragraphs_has_two_lines() -> None:
    body = table(row(cell(paragraph("one") + paragraph("") + paragraph("two")), cell("b")))

    found = only_table(body)

    assert found.rows == [["one\ntwo", "b"]]


def test_a_style_numbers_the_cells_that_it_is_used_in() -> None:
    numbers = '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr>'
    numbered = '<w:pStyle w:val="Numbered"/>'
    body = table(row(cell(paragraph("one", numbered)), cell(paragraph("two", numbered))))

    found = only_table(
        body,
        styles=root("styles", style("Numbered", "Numbered", numbers)),
        numbering=numbering(level(0, "%1)")),
    )

    assert found.rows == [["1) one", "2) two"]]


def test_lists_in_cells_keep_their_numbers() -> None:
    body = table(row(cell(listed("one") + listed("two")), cell("b")))

    found = only_table(body, numbering=numbering(level(0, "%1.")))

    assert found.rows == [["1. one\n2. two", "b"]]


def test_a_frame_of_one_cell_reads_as_its_text() -> None:
    found = blocks(table(row(cell(paragraph("one") + paragraph("two")))))

    assert found == [Paragraph(text="one"), Paragraph(text="two")]


def test_a_note_in_a_cell_follows_the_table() -> None:
    notes = root("footnotes", f'<w:footnote w:id="1">{paragraph("note")}</w:footnote>')
    reference = '<w:r><w:footnoteReference w:id="1"/></w:r>'
    body = table(row(cell(paragraph(run("a") + reference)), cell("b")))

    found = blocks(body, footnotes=notes)

    assert found == [Table(rows=[["a", "b"]]), Note(text="note", kind="footnote")]


def test_an_empty_table_is_nothing() -> None:
    found = blocks(table(row(cell(""), cell(""))))

    assert found == []
