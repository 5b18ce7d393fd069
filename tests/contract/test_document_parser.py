"""What every parser of documents promises."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import docx
import msgspec
import pytest
from msgspec import Struct

from ragtenancy.adapters.formats.docx.reader import DocxReader
from ragtenancy.adapters.formats.plain.markdown_parser import MarkdownParser
from ragtenancy.adapters.formats.plain.text_parser import PlainTextParser
from ragtenancy.adapters.formats.sandboxed import SandboxedParser
from ragtenancy.domain.errors import UnavailableError, UnreadableDocumentError
from ragtenancy.domain.parsed import Paragraph, ParsedDocument
from ragtenancy.ports.parsing import DocumentParser
from tests.contract.backends import Backend, Tier, params

HEAD_BYTES = 4_096
FIRST = "Refunds are paid within thirty days."
SECOND = "Zürich, 東京: the office is open on weekdays."


class Kind(Struct, frozen=True, kw_only=True):
    """One parser with a file that it reads and one that it cannot read."""

    make: Callable[[], DocumentParser]
    filename: str
    sound: bytes
    unsound: bytes


def word_document() -> bytes:
    document = docx.Document()
    document.add_paragraph(FIRST)
    document.add_paragraph(SECOND)
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def left_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


TEXT = f"{FIRST}\n\n{SECOND}\n".encode()
DOCX = Kind(
    make=lambda: SandboxedParser(DocxReader()),
    filename="a.docx",
    sound=word_document(),
    unsound=b"PK\x03\x04 damaged",
)
MARKDOWN = Kind(make=MarkdownParser, filename="a.md", sound=TEXT, unsound=b"a\0b")
PLAIN = Kind(make=PlainTextParser, filename="a.txt", sound=TEXT, unsound=b"a\0b")


def opening(kind: Kind) -> Callable[[Path], AbstractAsyncContextManager[Kind]]:
    @asynccontextmanager
    async def opened(_folder: Path) -> AsyncIterator[Kind]:
        yield kind

    return opened


BACKENDS = params(
    Backend(name="docx", tier=Tier.EMBEDDED, adapter=SandboxedParser, open=opening(DOCX)),
    Backend(name="markdown", tier=Tier.EMBEDDED, adapter=MarkdownParser, open=opening(MARKDOWN)),
    Backend(name="plain", tier=Tier.EMBEDDED, adapter=PlainTextParser, open=opening(PLAIN)),
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
    media_type = parser.recognises(kind.sound[:HEAD_BYTES], kind.filename)

    assert media_type in parser.media_types


@pytest.mark.parametrize(
    "head", [b"", b"%PDF-1.7\n", b"\x89PNG\r\n\x1a\n\0\0", b"\x7fELF\x02\x01\0"]
)
def test_other_content_is_not_recognised(parser: DocumentParser, kind: Kind, head: bytes) -> None:
    media_type = parser.recognises(head, kind.filename)

    assert media_type is None


async def test_the_text_comes_in_order(parser: DocumentParser, sound: Path) -> None:
    document = await parser.parse(sound)

    assert document.blocks == [Paragraph(text=FIRST), Paragraph(text=SECOND)]


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
    parser: DocumentParser, sound: Path
) -> None:
    cancelled = asyncio.create_task(parser.parse(sound))
    await asyncio.sleep(0)
    cancelled.cancel()
    await asyncio.gather(cancelled, return_exceptions=True)

    document = await parser.parse(sound)

    assert len(document.blocks) == 2
