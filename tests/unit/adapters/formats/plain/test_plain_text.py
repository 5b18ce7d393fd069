from __future__ import annotations

import codecs
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragtenancy.adapters.formats.limits import ProcessLimits
from ragtenancy.adapters.formats.plain.text_parser import SHORT, TextParser
from ragtenancy.adapters.formats.plain.text_reader import PlainTextReader, read_text
from ragtenancy.domain.errors import UnreadableDocumentError
from ragtenancy.domain.parsed import Paragraph

PARSER = TextParser(PlainTextReader())
WINDOWS = "The text is not UTF-8; it was read as windows-1252."
REPLACED = "1 byte is not valid text; it was replaced."


@pytest.mark.parametrize(
    ("data", "text", "warnings"),
    [
        ("Zürich".encode(), "Zürich", []),
        (codecs.BOM_UTF8 + "Zürich".encode(), "Zürich", []),
        ("Zürich".encode("utf-16"), "Zürich", []),
        (codecs.BOM_UTF16_BE + "Zürich".encode("utf-16-be"), "Zürich", []),
        ("“Zürich”".encode("cp1252"), "“Zürich”", [WINDOWS]),
        ("Zürich".encode("utf-16") + b"x", "Zürich\ufffd", [REPLACED]),
    ],
)  # fmt: skip
def test_the_encoding_is_found(data: bytes, text: str, warnings: list[str]) -> None:
    document = read_text(data)

    assert document.blocks == [Paragraph(text=text)]
    assert document.warnings == warnings


def test_blank_lines_part_paragraphs() -> None:
    document = read_text(b"one\r\ntwo\r\n \r\n\r\nthree\n\n\n\ffour")

    assert [block.text for block in document.blocks if isinstance(block, Paragraph)] == [
        "one\ntwo",
        "three",
        "four",
    ]


def test_bytes_with_a_null_are_no_text() -> None:
    with pytest.raises(UnreadableDocumentError) as refused:
        read_text(b"a\0b")

    assert refused.value.reason == "unsupported_media_type"


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"a\0b",
        b"\x01\x02",
        b"%PDF-1.4",
        b"{\\rtf1}",
        b"<?xml ?>",
        b" <!DOCTYPE html>",
        b"<HTML>",
    ],
)
def test_what_is_not_plain_text_is_not_recognised(head: bytes) -> None:
    media_type = PARSER.recognises(head, "notes.txt")

    assert media_type is None


@given(st.text(min_size=1).filter(str.isprintable), st.sampled_from(["utf-8", "utf-16"]))
def test_printable_text_is_recognised(text: str, encoding: str) -> None:
    media_type = PARSER.recognises(text.encode(encoding), "x")

    assert media_type == "text/plain"


async def test_a_long_text_is_read_in_the_sandbox(tmp_path: Path) -> None:
    file = tmp_path / "long.txt"
    file.write_bytes("Zürich. ".encode() * SHORT)

    with pytest.raises(UnreadableDocumentError) as refused:
        await TextParser(PlainTextReader(), ProcessLimits(wall_seconds=0)).parse(file)

    assert refused.value.reason == "parser_timeout"


async def test_a_short_text_is_read_at_once(tmp_path: Path) -> None:
    file = tmp_path / "short.txt"
    file.write_bytes("Zürich".encode("cp1252"))

    parser = TextParser(PlainTextReader(), ProcessLimits(wall_seconds=0))
    document = await parser.parse(file, charset="windows-1252")

    assert document.blocks == [Paragraph(text="Zürich")]
