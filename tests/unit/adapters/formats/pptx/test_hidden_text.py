from __future__ import annotations

from collections.abc import Callable

import pptx
import pytest
from pptx.dml.color import RGBColor
from pptx.enum.dml import MSO_THEME_COLOR
from pptx.enum.shapes import MSO_SHAPE
from pptx.slide import Slide
from pptx.text.text import _Run
from pptx.util import Inches, Pt

from ragtenancy.domain.parsed import Paragraph, ParsedDocument
from tests.factories_files import saved
from tests.unit.adapters.formats.pptx.test_pptx_reader import read

Change = Callable[[Slide], None]
WHITE, BLUE = (RGBColor(*bytes.fromhex(each)) for each in ("FFFFFF", "000080"))  # type: ignore[no-untyped-call]


def white(run: _Run) -> None:
    run.font.color.rgb = WHITE


def theme_background(run: _Run) -> None:
    run.font.color.theme_color = MSO_THEME_COLOR.BACKGROUND_1


def tiny(run: _Run) -> None:
    run.font.size = Pt(1)


def without_fill(run: _Run) -> None:
    run.font.fill.background()


def read_slide(look: Callable[[_Run], None], change: Change) -> ParsedDocument:
    """A slide that is changed, then gets a box with `open`, and `secret` in the look."""
    presentation = pptx.Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[6])
    change(slide)
    box = slide.shapes.add_textbox(Inches(1), Inches(1), Inches(4), Inches(1))
    box.text_frame.text = "open"
    run = box.text_frame.add_paragraph().add_run()
    run.text = "secret"
    look(run)
    return read(saved(presentation))


def dark_background(slide: Slide) -> None:
    slide.background.fill.solid()
    slide.background.fill.fore_color.rgb = BLUE


def banner_below(slide: Slide) -> None:
    slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, Inches(1), Inches(1), Inches(4), Inches(1))


def banner_elsewhere(slide: Slide) -> None:
    slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, Inches(1), Inches(5), Inches(4), Inches(1))


def dark_master(slide: Slide) -> None:
    fill = slide.slide_layout.slide_master.background.fill
    fill.solid()
    fill.fore_color.rgb = BLUE


@pytest.mark.parametrize("look", [white, theme_background, tiny, without_fill])
def test_text_that_nobody_sees_is_left_out_and_counted(look: Callable[[_Run], None]) -> None:
    document = read_slide(look, banner_elsewhere)

    assert document.blocks == [Paragraph(text="open")]
    assert document.warnings == ["1 passage in white or tiny type was left out as hidden."]


@pytest.mark.parametrize("change", [dark_background, banner_below, dark_master])
def test_white_text_on_something_dark_is_read(change: Change) -> None:
    document = read_slide(white, change)

    assert document.blocks == [Paragraph(text="open"), Paragraph(text="secret")]
    assert document.warnings == []


def test_white_text_in_a_filled_shape_is_read() -> None:
    presentation = pptx.Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[6])
    shape = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, Inches(1), Inches(1), Inches(4), Inches(1))
    shape.text_frame.text = "banner"
    white(shape.text_frame.paragraphs[0].runs[0])

    assert read(saved(presentation)).blocks == [Paragraph(text="banner")]


def test_white_text_in_a_table_is_read() -> None:
    presentation = pptx.Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[6])
    table = slide.shapes.add_table(1, 1, Inches(1), Inches(1), Inches(4), Inches(1)).table
    table.cell(0, 0).text = "name"
    white(table.cell(0, 0).text_frame.paragraphs[0].runs[0])

    assert read(saved(presentation)).warnings == []
