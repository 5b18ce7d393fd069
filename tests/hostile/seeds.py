"""Sound files of every format but Word's, as seeds of mutants."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from types import MappingProxyType

import pptx
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from tests.factories_docx import png, zipped
from tests.factories_files import (
    Words,
    email_of,
    epub_bytes,
    pdf_bytes,
    saved,
    xlsx_bytes,
)
from tests.factories_office import (
    compound_bytes,
    msg_tree,
    odf_bytes,
    xls_bytes,
    xls_note,
    xlsb_merged,
    xlsb_parts,
    xlsb_row,
    xlsb_text,
)

_PAGE = (
    "<html><head><title>Rates</title><meta charset='utf-8'></head><body><h1>Rates</h1>"
    "<ul><li>one<ol><li>two</li></ol></li></ul><table><tr><th colspan=2>a</th></tr><tr><td>1"
    "</td><td>2</td></tr></table><pre>code</pre><details><summary>more</summary>text</details>"
    "<ruby>漢<rt>kan</rt></ruby><s>old</s> <a href='https://example.org'>link</a></body></html>"
)
_NOTES = "---\ntitle: Rates\n---\n# Rates\n\n- one\n  1. two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```\ncode\n```\n"
_RICH = (
    r"{\rtf1\ansi{\fonttbl{\f0\fswiss Arial;}{\f1\ftech Symbol;}}{\stylesheet{\s1 heading 1;}}"
    r"{\*\listtable{\list{\listlevel\levelnfc0{\leveltext\'02\'00.;}}\listid1}}"
    r"{\*\listoverridetable{\listoverride\listid1\ls1}}{\info{\title Rates}}"
    r"\pard\s1\b Rates\b0\par\pard\ls1 one\par two {\f1 \'b7}{\super 2}\u8364?\par"
    r"\trowd\clvmgf\cellx1000\clmgf\cellx2000\intbl a\cell b\cell\row"
    r"{\field{\*\fldinst HYPERLINK \"https://example.org\"}{\fldrslt link}}{\footnote note}\par"
    r"{\pict\pngblip 89504e47}{\object{\*\objdata 0105}{\result shown}}\par}"
)
_LIST = "<text:list><text:list-item><text:p>one</text:p></text:list-item></text:list>"
_TABLE = (
    '<table:table table:name="Rates"><table:table-row table:number-rows-repeated="2">'
    '<table:table-cell table:number-columns-spanned="2"><text:p>a</text:p></table:table-cell>'
    '<table:covered-table-cell/><table:table-cell table:number-columns-repeated="3" '
    'office:value-type="float" office:value="2"><text:p>2</text:p></table:table-cell>'
    "</table:table-row></table:table>"
)
_FRAME = (
    '<draw:page draw:name="one"><draw:frame svg:x="1cm" svg:y="1cm"><draw:text-box><text:p>said'
    "</text:p></draw:text-box></draw:frame><presentation:notes><text:p>note</text:p>"
    "</presentation:notes></draw:page>"
)


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


def _outlook() -> bytes:
    page, inner = _PAGE.encode(), msg_tree(subject="inner", body="text", header=24)
    attached = {"a.xlsx": xlsx_bytes(["a"])}
    return compound_bytes(msg_tree(html=page, attachments=attached, embedded=inner))


def _binary_workbook() -> bytes:
    first = xlsb_row(0, xlsb_text("City", 1, column=0), xlsb_text("Days", 1))
    rows = [xlsb_row(n, xlsb_text("Rome", column=0), xlsb_text("30")) for n in range(1, 9)]
    return zipped(xlsb_parts(first, *rows, after=xlsb_merged(1, 2, 0, 0), codes=["0.00"]))


def _old_workbook() -> bytes:
    row = ("Rome", (0.5, "0%"))
    return xls_bytes(
        ("City", "Days"),
        *[row] * 8,
        merged=[(1, 2, 0, 0)],
        hidden_rows=[3],
        more=xls_note(1, 1, "why"),
    )


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
        ".rtf": _RICH.encode,
        ".odt": lambda: odf_bytes("odt", f"<text:h>Rates</text:h>{_LIST}{_TABLE}"),
        ".ods": lambda: odf_bytes("ods", _TABLE),
        ".odp": lambda: odf_bytes("odp", _FRAME),
        ".msg": _outlook,
        ".xlsb": _binary_workbook,
        ".xls": _old_workbook,
        ".txt": ("One paragraph.\n\n" * 20).encode,
    }
)  # fmt: skip
