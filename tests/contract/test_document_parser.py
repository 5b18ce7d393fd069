"""What every parser of documents promises."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import docx
import msgspec
import pytest
from msgspec import Struct

from ragtenancy.adapters.formats.docx.reader import DocxReader
from ragtenancy.adapters.formats.file_types import FileTypes
from ragtenancy.adapters.formats.html.email_reader import EmailReader
from ragtenancy.adapters.formats.html.epub_reader import EpubReader
from ragtenancy.adapters.formats.html.reader import HtmlReader
from ragtenancy.adapters.formats.odf.reader import OdfReader
from ragtenancy.adapters.formats.outlook.reader import OutlookReader
from ragtenancy.adapters.formats.pdf.reader import PdfReader
from ragtenancy.adapters.formats.plain.csv_reader import CsvReader
from ragtenancy.adapters.formats.plain.markdown_reader import MarkdownReader
from ragtenancy.adapters.formats.plain.text_parser import TextParser
from ragtenancy.adapters.formats.plain.text_reader import PlainTextReader
from ragtenancy.adapters.formats.pptx.reader import PptxReader
from ragtenancy.adapters.formats.reader import Reader
from ragtenancy.adapters.formats.rtf.reader import RtfReader
from ragtenancy.adapters.formats.sandboxed import SandboxedParser
from ragtenancy.adapters.formats.xlsx.reader import XlsReader, XlsxReader
from ragtenancy.domain.errors import UnavailableError, UnreadableDocumentError
from ragtenancy.domain.parsed import Block, Heading, Paragraph, ParsedDocument, Table
from ragtenancy.ports.parsing import DocumentParser
from tests.contract.backends import Backend, Tier, params
from tests.factories_docx import MAIN_TYPE, docx_parts, paragraph, zipped
from tests.factories_files import Words, email_of, epub_bytes, pdf_bytes, pptx_bytes, xlsx_bytes
from tests.factories_office import compound_bytes, msg_tree, odf_bytes, xls_bytes

TEMPLATE_TYPE = MAIN_TYPE.replace("document.main", "template.main")
HEAD_BYTES = 4_096
FIRST = "Refunds are paid within thirty days."
SECOND = "Zürich, 東京: the office is open on weekdays."


class Kind(Struct, frozen=True, kw_only=True):
    """One parser with a file that it reads and one that it cannot read."""

    make: Callable[[], DocumentParser]
    filename: str
    sound: bytes
    unsound: bytes
    blocks: Sequence[Block] = (Paragraph(text=FIRST), Paragraph(text=SECOND))


def word_document() -> bytes:
    document = docx.Document()
    document.add_paragraph(FIRST)
    document.add_paragraph(SECOND)
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def sandboxed(reader: Callable[[], Reader]) -> Callable[[], DocumentParser]:
    return lambda: SandboxedParser(reader())


def left_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


TEXT = f"{FIRST}\n\n{SECOND}\n".encode()
DOCX = Kind(
    make=sandboxed(DocxReader),
    filename="a.docx",
    sound=word_document(),
    unsound=b"PK\x03\x04 damaged",
)
DOTX = Kind(
    make=sandboxed(DocxReader),
    filename="a.dotx",
    sound=zipped(docx_parts(paragraph(FIRST) + paragraph(SECOND), main_type=TEMPLATE_TYPE)),
    unsound=zipped(docx_parts("<broken", main_type=TEMPLATE_TYPE)),
)
PDF = Kind(
    make=sandboxed(PdfReader),
    filename="a.pdf",
    sound=pdf_bytes([Words(text=FIRST, y=700), Words(text="The end.", y=600)]),
    unsound=b"%PDF-1.7 damaged",
    blocks=(Paragraph(text=FIRST), Paragraph(text="The end.")),
)
PPTX = Kind(
    make=sandboxed(PptxReader),
    filename="a.pptx",
    sound=pptx_bytes("Refunds", FIRST, SECOND),
    unsound=zipped({"ppt/presentation.xml": "<a/>"}),
    blocks=(Heading(text="Refunds", level=1), Paragraph(text=FIRST), Paragraph(text=SECOND)),
)
XLSX = Kind(
    make=sandboxed(XlsxReader),
    filename="a.xlsx",
    sound=xlsx_bytes(["City", "Days"], ["東京", 30]),
    unsound=zipped({"xl/workbook.xml": "<a/>"}),
    blocks=(
        Heading(text="Prices", level=1),
        Table(rows=[["City", "Days"], ["東京", "30"]], header_rows=1),
    ),
)
XLS = Kind(
    make=sandboxed(XlsReader),
    filename="a.xls",
    sound=xls_bytes(["City", "Days"], ["東京", 30]),
    unsound=compound_bytes({"Workbook": b"damaged"}),
    blocks=XLSX.blocks,
)
ODT = Kind(
    make=sandboxed(OdfReader),
    filename="a.odt",
    sound=odf_bytes("odt", f"<text:p>{FIRST}</text:p><text:p>{SECOND}</text:p>"),
    unsound=zipped({"mimetype": "application/vnd.oasis.opendocument.text"}),
)
RTF = Kind(
    make=sandboxed(RtfReader),
    filename="a.rtf",
    sound=b"{\\rtf1 " + FIRST.encode() + b"\\par Z\\'fcrich, \\u26481?\\u20140?: "
    b"the office is open on weekdays.\\par}",
    unsound=b"{" * 5_000,
)
MSG = Kind(
    make=sandboxed(OutlookReader),
    filename="a.msg",
    sound=compound_bytes(msg_tree(body=f"{FIRST}\r\n\r\n{SECOND}\r\n")),
    unsound=b"no message",
    blocks=(
        Heading(text="Refunds", level=0),
        Paragraph(
            text="From: Ann Example <ann@example.com>\nTo: Bob; Carol\nCc: Dan\n"
            "Date: Mon, 01 Jan 2024 00:00:00 +0000"
        ),
        Paragraph(text=FIRST),
        Paragraph(text=SECOND),
    ),
)
EPUB = Kind(
    make=sandboxed(EpubReader),
    filename="a.epub",
    sound=epub_bytes(one=f"<p>{FIRST}</p>", two=f"<p>{SECOND}</p>"),
    unsound=zipped({"mimetype": "application/epub+zip"}),
)
HTML = Kind(
    make=sandboxed(HtmlReader),
    filename="a.html",
    sound=f"<!doctype html><p>{FIRST}<p>{SECOND}".encode(),
    unsound=b"<html>a\0b",
)
EMAIL = Kind(
    make=sandboxed(EmailReader),
    filename="a.eml",
    sound=email_of(f"{FIRST}\n\n{SECOND}\n").as_bytes(),
    unsound=b"\n no headers",
    blocks=(
        Heading(text="Refunds", level=0),
        Paragraph(
            text="From: Ann Example <ann@example.com>\nTo: bob@example.com\n"
            "Date: Mon, 05 Jan 2026 10:00:00 +0000"
        ),
        Paragraph(text=FIRST),
        Paragraph(text=SECOND),
    ),
)
CSV = Kind(
    make=sandboxed(CsvReader),
    filename="a.csv",
    sound="City,Days\n東京,30\n".encode(),
    unsound=b"a,b\0",
    blocks=(Table(rows=[["City", "Days"], ["東京", "30"]], header_rows=1),),
)
MARKDOWN = Kind(
    make=lambda: TextParser(MarkdownReader()), filename="a.md", sound=TEXT, unsound=b"a\0b"
)
PLAIN = Kind(
    make=lambda: TextParser(PlainTextReader()), filename="a.txt", sound=TEXT, unsound=b"a\0b"
)


def opening(kind: Kind) -> Callable[[Path], AbstractAsyncContextManager[Kind]]:
    @asynccontextmanager
    async def opened(_folder: Path) -> AsyncIterator[Kind]:
        yield kind

    return opened


BACKENDS = params(
    Backend(name="docx", tier=Tier.EMBEDDED, adapter=SandboxedParser, open=opening(DOCX)),
    Backend(name="dotx", tier=Tier.EMBEDDED, adapter=SandboxedParser, open=opening(DOTX)),
    Backend(name="pdf", tier=Tier.EMBEDDED, adapter=SandboxedParser, open=opening(PDF)),
    Backend(name="pptx", tier=Tier.EMBEDDED, adapter=SandboxedParser, open=opening(PPTX)),
    Backend(name="xlsx", tier=Tier.EMBEDDED, adapter=SandboxedParser, open=opening(XLSX)),
    Backend(name="xls", tier=Tier.EMBEDDED, adapter=SandboxedParser, open=opening(XLS)),
    Backend(name="odt", tier=Tier.EMBEDDED, adapter=SandboxedParser, open=opening(ODT)),
    Backend(name="rtf", tier=Tier.EMBEDDED, adapter=SandboxedParser, open=opening(RTF)),
    Backend(name="msg", tier=Tier.EMBEDDED, adapter=SandboxedParser, open=opening(MSG)),
    Backend(name="epub", tier=Tier.EMBEDDED, adapter=SandboxedParser, open=opening(EPUB)),
    Backend(name="html", tier=Tier.EMBEDDED, adapter=SandboxedParser, open=opening(HTML)),
    Backend(name="email", tier=Tier.EMBEDDED, adapter=SandboxedParser, open=opening(EMAIL)),
    Backend(name="csv", tier=Tier.EMBEDDED, adapter=SandboxedParser, open=opening(CSV)),
    Backend(name="markdown", tier=Tier.EMBEDDED, adapter=TextParser, open=opening(MARKDOWN)),
    Backend(name="plain", tier=Tier.EMBEDDED, adapter=TextParser, open=opening(PLAIN)),
)
pytestmark = pytest.mark.parametrize("backend", BACKENDS, indirect=True)


@pytest.fixture
async def kind(backend: Backend[Kind], tmp_path: Path) -> AsyncIterator[Kind]:
    async with backend.open(tmp_path) as opened:
        yield opened


@pytest.fixture
def parser(kind: Kind) -> DocumentParser:
    return kind.make()


@pytest.fixture
def sound(kind: Kind, tmp_path: Path) -> Path:
    path = tmp_path / kind.filename
    path.write_bytes(kind.sound)
    return path


def test_its_own_content_is_recognised_as_one_of_its_media_types(
    parser: DocumentParser, kind: Kind
) -> None:
    detected = FileTypes().detect(io.BytesIO(kind.sound))
    media_type = detected or parser.recognises(kind.sound[:HEAD_BYTES], kind.filename)

    assert media_type in parser.media_types


@pytest.mark.parametrize(
    "head", [b"", b"%!PS-Adobe-3.0\n\0", b"\x89PNG\r\n\x1a\n\0\0", b"\x7fELF\x02\x01\0"]
)
def test_other_content_is_not_recognised(parser: DocumentParser, kind: Kind, head: bytes) -> None:
    media_type = parser.recognises(head, kind.filename)

    assert media_type is None


async def test_the_text_comes_in_order(parser: DocumentParser, kind: Kind, sound: Path) -> None:
    document = await parser.parse(sound)

    assert document.blocks == list(kind.blocks)


async def test_the_same_bytes_give_equal_documents(parser: DocumentParser, sound: Path) -> None:
    first = await parser.parse(sound)
    second = await parser.parse(sound)

    assert first == second


async def test_a_document_survives_being_stored(parser: DocumentParser, sound: Path) -> None:
    document = await parser.parse(sound)

    stored = msgspec.msgpack.decode(msgspec.msgpack.encode(document), type=ParsedDocument)

    assert stored.blocks == document.blocks


async def test_a_file_that_is_not_there_is_no_fault_of_its_content(
    parser: DocumentParser, tmp_path: Path
) -> None:
    with pytest.raises(UnavailableError):
        await parser.parse(tmp_path / "absent")


async def test_the_file_is_left_as_it_was(parser: DocumentParser, kind: Kind, sound: Path) -> None:
    await parser.parse(sound)

    assert left_in(sound.parent) == {kind.filename: kind.sound}


async def test_a_file_that_cannot_be_read_is_refused_with_a_reason(
    parser: DocumentParser, kind: Kind, tmp_path: Path
) -> None:
    path = tmp_path / kind.filename
    path.write_bytes(kind.unsound)

    with pytest.raises(UnreadableDocumentError) as refused:
        await parser.parse(path)

    assert refused.value.reason not in ("", "unreadable", "internal")


async def test_other_work_goes_on_meanwhile(parser: DocumentParser, sound: Path) -> None:
    parsing = asyncio.create_task(parser.parse(sound))

    turns = 0
    while not parsing.done():
        await asyncio.sleep(0)
        turns += 1

    assert turns > 1
    assert (await parsing).blocks


async def test_a_parser_can_be_used_after_a_cancelled_call(
    parser: DocumentParser, kind: Kind, sound: Path
) -> None:
    cancelled = asyncio.create_task(parser.parse(sound))
    await asyncio.sleep(0)
    cancelled.cancel()
    await asyncio.gather(cancelled, return_exceptions=True)

    document = await parser.parse(sound)

    assert document.blocks == list(kind.blocks)
