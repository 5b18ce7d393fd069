from __future__ import annotations

from email.message import EmailMessage

import pytest

from ragtenancy.domain.parsed import Attachment, Block, Heading, Note, Paragraph
from tests.factories_docx import (
    docx_bytes,
    docx_parts,
    paragraph,
    relationship,
    relationships,
    root,
    run,
    zipped,
)
from tests.factories_files import xlsx_bytes
from tests.unit.adapters.formats.docx.reading import read

CHUNK = '<w:altChunk r:id="part"/>'
WEB_PAGE = "<html><body><h2>Terms</h2><p>The pump is guaranteed for 5 years.</p></body></html>"
SENTENCE = "The pump is guaranteed for 5 years."


def inserted(data: bytes | str, name: str = "chunk.dat", body: str = CHUNK) -> bytes:
    """A document with a file inserted between two paragraphs."""
    parts = docx_parts(paragraph("Before") + body + paragraph("After"))
    parts["word/_rels/document.xml.rels"] = relationships(relationship("part", "aFChunk", name))
    return zipped(parts | {f"word/{name}": data})


def saved_page(charset: str = "utf-8") -> bytes:
    message = EmailMessage()
    message.set_content(WEB_PAGE, subtype="html", charset=charset, cte="quoted-printable")
    message.make_related()
    return message.as_bytes()


def texts(blocks: list[Block]) -> list[str]:
    return [block.text for block in blocks if isinstance(block, Heading | Paragraph)]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (WEB_PAGE, ["Terms", SENTENCE]),
        (f"<p>{SENTENCE}</p>", [SENTENCE]),
        (f'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><p>{SENTENCE}</p></html>',
         [SENTENCE]),
        (saved_page(), ["Terms", SENTENCE]),
        (saved_page("iso-8859-1"), ["Terms", SENTENCE]),
        (docx_bytes(paragraph(SENTENCE)), [SENTENCE]),
        (SENTENCE, [SENTENCE]),
        (r"{\rtf1 Two\'96three\par{\b Four}\par}", ["Two–three", "Four"]),
    ],
)  # fmt: skip
def test_an_inserted_file_is_read_at_its_place(data: bytes | str, expected: list[str]) -> None:
    document = read(inserted(data))

    assert texts(list(document.blocks)) == ["Before", *expected, "After"]
    assert document.warnings == []


@pytest.mark.parametrize(
    "data",
    [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0", b"PK\x03\x04", xlsx_bytes(["a"])],
)
def test_an_inserted_file_of_another_format_is_counted(data: bytes | str) -> None:
    document = read(inserted(data))

    assert texts(list(document.blocks)) == ["Before", "After"]
    assert document.warnings == ["1 inserted document in another format was not read."]


def test_a_word_file_inside_an_inserted_one_is_not_read() -> None:
    document = read(inserted(inserted(docx_bytes(paragraph("deep")))))

    assert "deep" not in texts(list(document.blocks))
    assert document.warnings == ["1 inserted document in another format was not read."]


def embedded(kind: str, name: str, data: bytes) -> bytes:
    parts = docx_parts(paragraph("Costs below."))
    links = relationships(relationship("ole", kind, f"embeddings/{name}"))
    parts["word/_rels/document.xml.rels"] = links
    return zipped(parts | {f"word/embeddings/{name}": data})


@pytest.mark.parametrize(
    ("kind", "name"),
    [("package", "Sheet1.xlsx"), ("package", "Deck.pptx"), ("oleObject", "oleObject1.bin")],
)
def test_an_embedded_file_is_kept(kind: str, name: str) -> None:
    document = read(embedded(kind, name, b"data"))

    assert document.attachments == [Attachment(filename=name, data=b"data")]
    assert document.warnings == []


def test_the_workbook_of_a_chart_is_no_embedded_file() -> None:
    parts = docx_parts(paragraph("Text"))
    link = relationship("w", "package", "../embeddings/Chart1.xlsx")
    parts |= {
        "word/charts/chart1.xml": "<c/>",
        "word/charts/_rels/chart1.xml.rels": relationships(link),
        "word/embeddings/Chart1.xlsx": "data",
    }

    assert read(zipped(parts)).attachments == []


ART = '<w:pict><v:shape id="PowerPlusWaterMarkObject1"><v:textpath string="SPECIMEN"/></v:shape></w:pict>'
BOX = (
    '<mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wp:anchor behindDoc="1">'
    '<wp:docPr id="1" name="PowerPlusWaterMarkObject1"/>'
    f"<w:txbxContent>{paragraph('SPECIMEN')}</w:txbxContent></wp:anchor></w:drawing></mc:Choice>"
    f"<mc:Fallback>{ART}</mc:Fallback></mc:AlternateContent>"
)
PICTURE = '<w:pict><v:shape id="WordPictureWatermark1"><v:imagedata r:id="x"/></v:shape></w:pict>'


def headed(content: str) -> bytes:
    section = '<w:sectPr><w:headerReference r:id="header"/></w:sectPr>'
    header = root("hdr", paragraph(run("Offer 7") + f"<w:r>{content}</w:r>"))
    return docx_bytes(paragraph("Text") + section, header=header)


@pytest.mark.parametrize("content", [ART, BOX, ART + ART])
def test_a_watermark_is_a_note_of_its_own(content: str) -> None:
    assert read(headed(content)).blocks[:2] == [
        Note(text="Watermark: SPECIMEN", kind="watermark"),
        Note(text="Offer 7", kind="header"),
    ]


def test_a_picture_watermark_is_counted() -> None:
    assert read(headed(PICTURE)).warnings == ["1 picture watermark was not read."]


def test_word_art_in_the_text_is_read() -> None:
    assert read(docx_bytes(paragraph(f"<w:r>{ART}</w:r>"))).blocks == [Paragraph(text="SPECIMEN")]
