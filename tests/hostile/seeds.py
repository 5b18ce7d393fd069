"""Sound files of every format but Word's, as seeds of mutants."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from types import MappingProxyType

import pptx
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from tests.factories_docx import png
from tests.factories_files import (
    Words,
    email_of,
    epub_bytes,
    pdf_bytes,
    saved,
    xlsx_bytes,
)

_PAGE = (
    "<html><head><title>Rates</title><meta charset='utf-8'></head><body><h1>Rates</h1>"
    "<ul><li>one<ol><li>two</li></ol></li></ul><table><tr><th colspan=2>a</th></tr><tr><td>1"
    "</td><td>2</td></tr></table><pre>code</pre><details><summary>more</summary>text</details>"
    "<ruby>漢<rt>kan</rt></ruby><s>old</s> <a href='https://example.org'>link</a></body></html>"
)
_NOTES = "---\ntitle: Rates\n---\n# Rates\n\n- one\n  1. two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```\ncode\n```\n"


def _slides() -> bytes:
    presentation = pptx.Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[1])
    slide.shapes.title.text = "Rates"
    slide.placeholders[1].text_frame.text = "one"
    place = (Inches(1), Inches(2), Inches(4), Inches(1))
    slide.shapes.add_table(2, 2, *place).table.cell(0, 0).text = "a"
    slide.shapes.add_group_shape().shapes.add_textbox(*place).text_frame.text = "grouped"
    slide.shapes.add_picture(io.BytesIO(png()), *place[:2])
    slide.shapes.add_ole_object(io.BytesIO(xlsx_bytes(["a"])), "Excel.Sheet.12", *place[:2])
    data = CategoryChartData()  # type: ignore[no-untyped-call]
    data.categories = ["x", "y"]
    data.add_series("s", (1, 2))  # type: ignore[no-untyped-call]
    slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *place, data)
    slide.notes_slide.notes_text_frame.text = "said"
    return saved(presentation)


def _message() -> bytes:
    message = email_of("Hello\n\n" + "text " * 40)
    message.add_alternative(_PAGE, subtype="html")
    message.add_attachment(
        xlsx_bytes(["a"]), maintype="application", subtype="x", filename="a.xlsx"
    )
    return message.as_bytes()


def _pages() -> bytes:
    lines = [Words(text=f"Line {number} of the page", y=700 - 20 * number) for number in range(9)]
    return pdf_bytes(lines, lines, extra="/Info<</Title(Rates)>>")


SEEDS: Mapping[str, Callable[[], bytes]] = MappingProxyType(
    {
        ".pptx": _slides,
        ".xlsx": lambda: xlsx_bytes(["City", "Days", None], ["Rome", 30, 2.5], ["Oslo", 14, None]),
        ".html": _PAGE.encode,
        ".eml": _message,
        ".pdf": _pages,
        ".epub": lambda: epub_bytes(one="<h1>One</h1><p>text</p>", two="<table><tr><td>a</td></tr></table>"),
        ".md": _NOTES.encode,
        ".csv": ("City;Days\n" + "Rome;30\n" * 20).encode,
        ".txt": ("One paragraph.\n\n" * 20).encode,
    }
)  # fmt: skip
