from __future__ import annotations

import pytest

from ragtenancy.domain.parsed import Heading, Paragraph
from tests.factories_docx import (
    docx_bytes,
    docx_parts,
    level,
    numbering,
    paragraph,
    relationship,
    relationships,
    root,
    style,
    zipped,
)
from tests.unit.adapters.formats.docx.reading import blocks, read

STYLES = root(
    "styles",
    style("berschrift1", "heading 1")
    + style("Mine", "Own", '<w:basedOn w:val="berschrift1"/>')
    + style("Outlined", "Whatever", '<w:pPr><w:outlineLvl w:val="2"/></w:pPr>')
    + style("Zero", "Heading 0", '<w:pPr><w:outlineLvl w:val="7"/></w:pPr>')
    + style("Ueber2", "Überschrift 2")
    + style("Titel", "Title")
    + style("Unter", "Subtitle", '<w:basedOn w:val="Titel"/>')
    + style("Loop", "Loop", '<w:basedOn w:val="Loop"/>'),
)  # fmt: skip


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ('<w:pStyle w:val="berschrift1"/>', 1),
        ('<w:pStyle w:val="Mine"/>', 1),
        ('<w:pStyle w:val="Outlined"/>', 3),
        ('<w:pStyle w:val="Ueber2"/>', 2),
        ('<w:pStyle w:val="Titel"/>', 0),
        ('<w:pStyle w:val="Zero"/>', 1),
        ('<w:outlineLvl w:val="4"/>', 5),
        ('<w:pStyle w:val="Mine"/><w:outlineLvl w:val="3"/>', 4),
    ],
)
def test_the_outline_level_or_the_style_makes_a_heading(properties: str, expected: int) -> None:
    body = paragraph("Text", properties)

    read_blocks = blocks(body, styles=STYLES)

    assert read_blocks == [Heading(text="Text", level=expected)]


@pytest.mark.parametrize(
    "properties",
    [
        "",
        '<w:pStyle w:val="Mine"/><w:outlineLvl w:val="9"/>',
        '<w:pStyle w:val="Loop"/>',
        '<w:pStyle w:val="Unter"/>',
        '<w:pStyle w:val="Missing"/>',
    ],
)
def test_body_text_is_no_heading(properties: str) -> None:
    body = paragraph("Text", properties)

    read_blocks = blocks(body, styles=STYLES)

    assert read_blocks == [Paragraph(text="Text")]


@pytest.mark.parametrize("text", ["Pages that were pasted in " * 8, "It ends as sentences do."])
def test_prose_with_an_outline_level_stays_prose(text: str) -> None:
    read_blocks = blocks(paragraph(text, '<w:outlineLvl w:val="0"/>'))

    assert read_blocks == [Paragraph(text=text.strip())]


def test_a_typed_number_keeps_a_heading_with_a_full_stop() -> None:
    read_blocks = blocks(paragraph("2. Terms of delivery.", '<w:outlineLvl w:val="0"/>'))

    assert read_blocks == [Heading(text="2. Terms of delivery.", level=1)]


def test_a_numbered_heading_shows_its_number() -> None:
    styles = root(
        "styles",
        style("H1", "heading 1", '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr>')
        + style("H2", "heading 2", '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr>'),
    )
    lists = numbering(
        level(0, "%1.", more='<w:pStyle w:val="H1"/>')
        + level(1, "%1.%2", more='<w:pStyle w:val="H2"/>')
    )
    body = "".join(
        paragraph(text, f'<w:pStyle w:val="{style_id}"/>')
        for text, style_id in (("One", "H1"), ("Two", "H1"), ("Sub", "H2"))
    )

    read_blocks = blocks(body, styles=styles, numbering=lists)

    assert read_blocks == [
        Heading(text="1. One", level=1),
        Heading(text="2. Two", level=1),
        Heading(text="2.1 Sub", level=2),
    ]


def test_the_title_paragraph_is_the_title() -> None:
    body = paragraph("Handbook", '<w:pStyle w:val="Titel"/>')

    document = read(docx_bytes(body, styles=STYLES))

    assert document.title == "Handbook"


def test_a_second_title_is_a_section() -> None:
    body = "".join(paragraph(text, '<w:pStyle w:val="Titel"/>') for text in ("Handbook", "Part"))

    read_blocks = blocks(body, styles=STYLES)

    assert read_blocks == [Heading(text="Handbook", level=0), Heading(text="Part", level=1)]


def test_a_document_without_a_title_has_none() -> None:
    document = read(docx_bytes(paragraph("text")))

    assert document.title == ""


def test_the_title_among_the_properties_is_used_without_a_title_paragraph() -> None:
    core = (
        '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/'
        'core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        "<dc:title>Handbook</dc:title></cp:coreProperties>"
    )
    kind = "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties"
    link = f'<Relationship Id="core" Type="{kind}" Target="docProps/core.xml"/>'
    parts = docx_parts(paragraph("text")) | {"docProps/core.xml": core}
    parts["_rels/.rels"] = relationships(
        relationship("main", "officeDocument", "word/document.xml"), link
    )

    document = read(zipped(parts))

    assert document.title == "Handbook"
