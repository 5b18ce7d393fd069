"""Writing a guide as a Word document."""

from __future__ import annotations

import io
from collections.abc import Sequence

import docx
from docx.document import Document
from docx.oxml import OxmlElement
from docx.shared import Inches

from scripts.demo_guides.guide import Bullets, Grid, Guide, Part, Prose, Screenshot, Steps
from scripts.demo_guides.screenshot import png


def as_docx(guide: Guide) -> bytes:
    """Return the guide as the bytes of a DOCX file."""
    document = docx.Document()
    document.core_properties.title = guide.title
    document.core_properties.author = "ragtenancy"
    document.add_heading(guide.title, level=0)
    for section in guide.sections:
        document.add_heading(section.heading, level=section.level)
        for part in section.parts:
            _add(document, part)
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def _add(document: Document, part: Part) -> None:
    match part:
        case Prose(text):
            document.add_paragraph(text)
        case Bullets(items):
            for item in items:
                document.add_paragraph(item, style="List Bullet")
        case Steps(items):
            _add_steps(document, items)
        case Grid(rows):
            _add_table(document, rows)
        case Screenshot(caption):
            _add_picture(document, caption)


def _add_steps(document: Document, items: Sequence[str]) -> None:
    """Add a numbered list that begins at 1: python-docx alone would count on."""
    numbering = document.part.numbering_part.element
    style = document.styles["List Number"].element
    used = numbering.num_having_numId(style.pPr.numPr.numId.val)
    own = numbering.add_num(used.abstractNumId.val)
    own.add_lvlOverride(0).add_startOverride(1)
    for item in items:
        paragraph = document.add_paragraph(item, style="List Number")
        properties = paragraph.paragraph_format.element.get_or_add_pPr()
        place = properties.get_or_add_numPr()
        place.get_or_add_ilvl().val = 0
        place.get_or_add_numId().val = own.numId


def _add_table(document: Document, rows: Sequence[Sequence[str]]) -> None:
    table = document.add_table(rows=0, cols=len(rows[0]), style="Table Grid")
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    header = table.rows[0]._tr.get_or_add_trPr()
    header.append(OxmlElement("w:tblHeader"))


def _add_picture(document: Document, caption: str) -> None:
    picture = document.add_picture(io.BytesIO(png()), width=Inches(4))
    picture._inline.docPr.set("descr", caption)
