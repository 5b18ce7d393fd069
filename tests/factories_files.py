"""Small files of every format but Word's, made here."""

from __future__ import annotations

import io
from collections.abc import Sequence
from email.message import EmailMessage

import pptx
from msgspec import Struct
from pptx.presentation import Presentation
from pptx.util import Inches

from tests.factories_docx import zipped

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"


class Words(Struct, frozen=True, kw_only=True):
    """A line on a page of a PDF document; sizes in points, `y` from the bottom."""

    text: str
    y: float
    x: float = 72
    size: float = 12
    font: str = "F1"
    state: str = ""


def pdf_bytes(*pages: Sequence[Words], extra: str = "", drawing: str = "") -> bytes:
    """A PDF document of pages with lines in Helvetica (F1) or Helvetica-Bold (F2).

    `drawing` is drawn on each page below the text; a line's `state` holds operators before it,
    such as `1 g` for white.
    """
    objects = ["<</Type/Catalog/Pages 2 0 R>>", ""]
    kids = []
    for lines in pages:
        kids.append(f"{len(objects) + 1} 0 R")
        objects.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents {len(objects) + 2} 0 R/Resources"
            "<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
            "/F2<</Type/Font/Subtype/Type1/BaseFont/Helvetica-Bold>>>>>>>>"
        )
        content = drawing + "".join(
            f"{one.state} BT /{one.font} {one.size} Tf 1 0 0 1 {one.x} {one.y} Tm ({_escaped(one.text)}) Tj ET\n"
            for one in lines
        )
        objects.append(f"<</Length {len(content)}>>\nstream\n{content}endstream")
    objects[1] = f"<</Type/Pages/Count {len(kids)}/Kids[{' '.join(kids)}]>>"
    return file_of(objects, extra)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def file_of(objects: Sequence[str], extra: str = "") -> bytes:
    """Number the objects and list where they are."""
    data = b"%PDF-1.7\n"
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(data))
        data += f"{number} 0 obj\n{content}\nendobj\n".encode("latin-1")
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    trailer = f"trailer<</Size {size}/Root 1 0 R{extra}>>\nstartxref\n{len(data)}\n%%EOF"
    return data + f"xref\n0 {size}\n0000000000 65535 f \n{table}{trailer}".encode()


def pptx_bytes(title: str, *texts: str, notes: str = "") -> bytes:
    """A presentation of one slide with a title and text boxes from top to bottom."""
    presentation = pptx.Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[5])
    slide.shapes.title.text = title
    for number, text in enumerate(texts, 2):
        box = slide.shapes.add_textbox(Inches(1), Inches(number), Inches(5), Inches(1))
        box.text_frame.text = text
    if notes:
        slide.notes_slide.notes_text_frame.text = notes
    return saved(presentation)


def saved(presentation: Presentation) -> bytes:
    """The bytes of a presentation."""
    target = io.BytesIO()
    presentation.save(target)
    return target.getvalue()


def xlsx_parts(rows: str, *, name: str = "Prices", state: str = "visible") -> dict[str, str]:
    """The parts of a workbook with one sheet; `rows` is the XML of its rows."""
    return {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{SHEET}.sheet.main+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="a" '
        f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
        f'<sheet name="{name}" sheetId="1" state="{state}" r:id="b"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="b" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        "</Relationships>",
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>',
    }


def xlsx_rows(*rows: Sequence[str | int | float | None]) -> str:
    """The XML of rows from the first on; None leaves a cell out."""
    return "".join(
        f'<row r="{y}">{"".join(_cell(x, y, value) for x, value in enumerate(row))}</row>'
        for y, row in enumerate(rows, 1)
    )


def _cell(x: int, y: int, value: str | float | None) -> str:
    place = f"{chr(ord('A') + x)}{y}"
    if value is None:
        return ""
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'
    return f'<c r="{place}"><v>{value}</v></c>'


def xlsx_bytes(*rows: Sequence[str | int | float | None]) -> bytes:
    """A workbook with one sheet, named Prices."""
    return zipped(xlsx_parts(xlsx_rows(*rows)))


def epub_parts(**chapters: str) -> dict[str, str]:
    """The parts of a book with chapters of XHTML in the order given."""
    items = "".join(
        f'<item id="{name}" href="{name}.xhtml" media-type="application/xhtml+xml"/>'
        for name in chapters
    )
    spine = "".join(f'<itemref idref="{name}"/>' for name in chapters)
    return {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container">'
        '<rootfiles><rootfile full-path="OPS/book.opf"/></rootfiles></container>',
        "OPS/book.opf": '<package xmlns="http://www.idpf.org/2007/opf"><metadata '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>A Book</dc:title></metadata>'
        f"<manifest>{items}</manifest><spine>{spine}</spine></package>",
        **{
            f"OPS/{name}.xhtml": f"<!DOCTYPE html><html><body>{body}</body></html>"
            for name, body in chapters.items()
        },
    }


def epub_bytes(**chapters: str) -> bytes:
    """A book with chapters of XHTML in the order given."""
    return zipped(epub_parts(**chapters))


def email_of(text: str, *, subject: str = "Refunds") -> EmailMessage:
    """An e-mail of plain text."""
    message = EmailMessage()
    message["From"] = "Ann Example <ann@example.com>"
    message["To"] = "bob@example.com"
    message["Date"] = "Mon, 05 Jan 2026 10:00:00 +0000"
    message["Subject"] = subject
    message.set_content(text)
    return message
