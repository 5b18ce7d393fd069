from __future__ import annotations

import io

import pptx
import pytest
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.presentation import Presentation
from pptx.util import Inches

from ragtenancy.adapters.formats.pptx.reader import PptxReader
from ragtenancy.domain.parsed import (
    Block,
    Heading,
    ListItem,
    Note,
    Paragraph,
    ParsedDocument,
    Picture,
    Table,
)
from ragtenancy.domain.tables import table_lines
from tests.factories_docx import png
from tests.factories_files import pptx_bytes, saved

BOX = (Inches(1), Inches(2), Inches(4), Inches(2))


def read(data: bytes) -> ParsedDocument:
    return PptxReader().load()(io.BytesIO(data))


@pytest.fixture
def slides() -> Presentation:
    return pptx.Presentation()


def blocks(slides: Presentation) -> list[Block]:
    return list(read(saved(slides)).blocks)


def test_a_slide_begins_with_its_title_and_ends_with_its_notes() -> None:
    document = read(pptx_bytes("Refunds", "Within 30 days.", notes="Smile."))

    assert document.title == "Refunds"
    assert document.blocks == [
        Heading(text="Refunds", level=1),
        Paragraph(text="Within 30 days."),
        Note(text="Smile.", kind="notes"),
    ]


def test_a_slide_is_a_page(slides: Presentation) -> None:
    for title in ("One", "Two"):
        slides.slides.add_slide(slides.slide_layouts[5]).shapes.title.text = title

    assert read(saved(slides)).pages == [1, 2]


def test_an_outline_is_a_list(slides: Presentation) -> None:
    frame = slides.slides.add_slide(slides.slide_layouts[1]).placeholders[1].text_frame
    frame.text = "one"
    deeper = frame.add_paragraph()
    deeper.text, deeper.level = "two", 1

    assert blocks(slides) == [
        ListItem(text="one", marker="•"),
        ListItem(text="two", marker="•", depth=1),
    ]


def test_a_table_has_a_header_and_merged_cells_once(slides: Presentation) -> None:
    table = slides.slides.add_slide(slides.slide_layouts[6]).shapes.add_table(2, 2, *BOX).table
    for place, text in (((0, 0), "City"), ((0, 1), "Days"), ((1, 0), "Rome")):
        table.cell(*place).text = text
    table.cell(1, 0).merge(table.cell(1, 1))

    assert blocks(slides) == [Table(rows=[["City", "Days"], ["Rome", ""]], header_rows=1)]


def test_a_cell_over_several_rows_belongs_to_each(slides: Presentation) -> None:
    table = slides.slides.add_slide(slides.slide_layouts[6]).shapes.add_table(3, 3, *BOX).table
    rows = (("Zone", "Town", "Fee"), ("A", "Ely", "3 EUR"), ("", "Rye", "4 EUR"))
    for y, row in enumerate(rows):
        for x, text in enumerate(row):
            table.cell(y, x).text = text
    table.cell(1, 0).merge(table.cell(2, 0))

    (found,) = blocks(slides)

    assert isinstance(found, Table)
    assert table_lines(found)[1] == "Zone: A; Town: Rye; Fee: 4 EUR"


def test_labels_beside_values_are_a_form_whatever_the_style(slides: Presentation) -> None:
    table = slides.slides.add_slide(slides.slide_layouts[6]).shapes.add_table(3, 2, *BOX).table
    rows = (("Customer", "Ito KK"), ("Order number", "B-771"), ("Delivery date", "2025-04-02"))
    for y, row in enumerate(rows):
        for x, text in enumerate(row):
            table.cell(y, x).text = text

    assert blocks(slides) == [Table(rows=list(map(list, rows)), header_columns=1)]


def test_a_chart_is_its_title_and_values(slides: Presentation) -> None:
    data = CategoryChartData()  # type: ignore[no-untyped-call]
    data.categories = ["2024", "2025"]
    data.add_series("Ducks", (120, 130.5))  # type: ignore[no-untyped-call]
    shapes = slides.slides.add_slide(slides.slide_layouts[6]).shapes
    chart = shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *BOX, data).chart
    chart.chart_title.text_frame.text = "Survey"

    assert blocks(slides) == [
        Paragraph(text="Survey"),
        Table(rows=[["", "Ducks"], ["2024", "120"], ["2025", "130.5"]], header_rows=1),
    ]


def test_groups_are_read_from_top_to_bottom(slides: Presentation) -> None:
    shapes = slides.slides.add_slide(slides.slide_layouts[6]).shapes
    group = shapes.add_group_shape()
    group.shapes.add_textbox(0, Inches(3), Inches(1), Inches(1)).text_frame.text = "second"
    group.shapes.add_textbox(0, Inches(1), Inches(1), Inches(1)).text_frame.text = "first"

    assert blocks(slides) == [Paragraph(text="first"), Paragraph(text="second")]


def test_a_picture_is_kept_once_with_its_alternative_text(slides: Presentation) -> None:
    shapes = slides.slides.add_slide(slides.slide_layouts[6]).shapes
    for _ in "ab":
        picture = shapes.add_picture(io.BytesIO(png()), 0, 0)
        picture._element.nvPicPr.cNvPr.set("descr", "A duck")

    document = read(saved(slides))

    assert document.blocks == [Picture(index=0, alternative_text="A duck")] * 2
    assert len(document.images) == 1
