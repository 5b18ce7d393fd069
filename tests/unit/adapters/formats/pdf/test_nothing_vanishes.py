"""Every text of a PDF is in what is read of it, or named in a warning."""

from __future__ import annotations

import io

import pytest

from ragtenancy.adapters.formats.pdf.reader import PdfReader
from ragtenancy.domain.parsed import ParsedDocument
from tests.factories_files import Words
from tests.factories_pdf import Page, annotation, marked, pdf_of, string

RIGHT = (300, 600, 320, 620)
LINK = "/A<</S/URI/URI(https://example.org/target-mark)>>"
TICKED = "/FT/Btn/T(t)/V/Yes/AS/Yes/AP<</N<</Yes null>>>>"


@pytest.fixture(scope="module")
def document() -> ParsedDocument:
    lines = [
        Words(text="Chapter-mark", y=740),
        Words(text="Body-mark goes on to the second line of it", y=720),
        Words(text="Label-mark:", y=690),
        Words(text="Tick-mark", y=660, x=92),
        Words(text="Choice-label:", y=630),
        Words(text="Link-mark", y=600),
        Words(text="Marked-mark", y=570),
    ]
    fields = [
        annotation("Widget", (160, 686, 260, 702), f"/FT/Tx/T(f)/V {string('value-mark')}"),
        annotation("Widget", (72, 658, 86, 672), TICKED),
        annotation(
            "Widget",
            (160, 626, 260, 642),
            "/FT/Ch/T(c)/Ff 131072/Opt[(chosen-mark)]/V(chosen-mark)",
        ),
        annotation(
            "Widget", (72, 500, 172, 516), f"/FT/Tx/T(field-name-mark)/V {string('alone-mark')}"
        ),
    ]
    notes = [
        annotation("Text", RIGHT, f"/T {string('author-mark')}", "sticky-mark"),
        annotation("FreeText", (300, 500, 500, 560), text="box-mark"),
        annotation("Stamp", RIGHT, text="stamp-mark"),
        annotation("Square", RIGHT, text="square-mark"),
        annotation("Caret", RIGHT, text="caret-mark"),
        marked("Highlight", (72, 565, 150, 582), text="comment-mark"),
        annotation("Link", (72, 596, 150, 612), LINK),
        annotation("FileAttachment", RIGHT, "/FS 12 0 R", "description-mark"),
    ]
    objects = [
        *fields,
        "<</Type/Outlines/First 8 0 R/Last 8 0 R/Count 1>>",
        f"<</Title {string('Chapter-mark')}/Parent 7 0 R/Dest[13 0 R/Fit]>>",
    ]
    objects += ["null"] * 2
    objects += [
        "<</Type/EmbeddedFile/Length 4>>\nstream\ndata\nendstream",
        f"<</Type/Filespec/F(file-mark.csv)/UF {string('file-mark.csv')}/EF<</F 11 0 R>>>>",
    ]
    page = Page(lines=lines, annotations=[*(f"{number} 0 R" for number in range(3, 7)), *notes])
    catalog = "/Outlines 7 0 R/AcroForm<</Fields[3 0 R 4 0 R 5 0 R 6 0 R]>>"
    data = pdf_of(page, catalog=catalog, objects=objects, information={"Title": "Title-mark of it"})
    return PdfReader().load()(io.BytesIO(data))


@pytest.mark.parametrize(
    "mark",
    [
        *("Chapter-mark", "Body-mark", "Label-mark: value-mark", "☒ Tick-mark"),
        *("Choice-label: chosen-mark", "field-name-mark: alone-mark", "target-mark", "Link-mark"),
        *("sticky-mark (author-mark)", "box-mark", "stamp-mark", "square-mark", "caret-mark"),
        *("“Marked-mark”: comment-mark", "description-mark", "file-mark.csv"),
    ],
)
def test_every_text_is_read_kept_or_named(document: ParsedDocument, mark: str) -> None:
    texts = [getattr(block, "text", "") for block in document.blocks]
    files = [each.filename for each in document.attachments]

    assert mark in "\n".join([*texts, *files, *document.warnings])
