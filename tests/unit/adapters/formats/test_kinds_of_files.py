"""Which parser reads a file: its content, whatever it is called."""

from __future__ import annotations

from pathlib import Path

import pytest

from ragtenancy.adapters.files.blobs import FileBlobStore
from ragtenancy.app.ingestion.formats import HEAD_BYTES, Formats
from ragtenancy.composition.adapters import parsers
from ragtenancy.domain.errors import UnsupportedError
from tests.factories_docx import docx_bytes, paragraph, zipped
from tests.factories_files import (
    Words,
    email_of,
    epub_bytes,
    pdf_bytes,
    pptx_bytes,
    xlsx_bytes,
    xlsx_parts,
)

OFFICE = "application/vnd.openxmlformats-officedocument"
MESSAGE = email_of("text").as_bytes()
BINARY_WORKBOOK = {"[Content_Types].xml": "application/vnd.ms-excel.sheet.binary.macroEnabled.main"}
MACRO_WORKBOOK = {"[Content_Types].xml": "application/vnd.ms-excel.sheet.macroEnabled.main+xml"}
MACRO_SLIDES = {
    "[Content_Types].xml": "application/vnd.ms-powerpoint.presentation.macroEnabled.main+xml"
}


@pytest.fixture
def formats(tmp_path: Path) -> Formats:
    return Formats(parsers(), FileBlobStore(tmp_path))


@pytest.mark.parametrize("name", ["a", "a.docx", "a.pdf", "a.txt"])
@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (pdf_bytes([Words(text="a", y=700)]), "application/pdf"),
        (pptx_bytes("a"), f"{OFFICE}.presentationml.presentation"),
        (xlsx_bytes(["a"]), f"{OFFICE}.spreadsheetml.sheet"),
        (zipped({"xl/workbook.xml": ""} | xlsx_parts("")), f"{OFFICE}.spreadsheetml.sheet"),
        (epub_bytes(a="a"), "application/epub+zip"),
        (docx_bytes(paragraph("a")), f"{OFFICE}.wordprocessingml.document"),
        (b"<!-- a page -->\n<!DOCTYPE HTML><p>a", "text/html"),
        ("\ufeff<html>".encode("utf-16-le"), "text/html"),
        (b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>', "text/html"),
        (MESSAGE, "message/rfc822"),
        (b"From ann Mon Jan  5 2026\n" + MESSAGE, "message/rfc822"),
        (MESSAGE.decode().encode("utf-16-le"), "message/rfc822"),
    ],
)
def test_content_decides(formats: Formats, content: bytes, expected: str, name: str) -> None:
    assert formats.recognise(content[:HEAD_BYTES], name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.csv", "text/csv"),
        ("A.TSV", "text/tab-separated-values"),
        ("a.md", "text/markdown"),
        ("a.html", "text/html"),
        ("a.txt", "text/plain"),
        ("a", "text/plain"),
    ],
)
def test_the_name_tells_kinds_of_text_apart(formats: Formats, name: str, expected: str) -> None:
    assert formats.recognise(b"<p>Subject: a, b</p>", name) == expected


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100, "encrypted_or_legacy"),
        (zipped(MACRO_WORKBOOK), "macro_enabled"),
        (zipped(MACRO_SLIDES), "macro_enabled"),
        (zipped(BINARY_WORKBOOK), "unsupported_media_type"),
        (zipped({"mimetype": "application/vnd.oasis.opendocument.text"}), "unsupported_media_type"),
        (b"{\\rtf1 text}", "unsupported_media_type"),
        (b"\x89PNG\r\n\x1a\n\0\0", "unsupported_media_type"),
        (b"", "no_text"),
    ],
)
@pytest.mark.parametrize("name", ["a.xls", "a.pptx", "a.txt"])
def test_what_cannot_be_read_is_refused_at_once(
    formats: Formats, content: bytes, code: str, name: str
) -> None:
    with pytest.raises(UnsupportedError) as refused:
        formats.recognise(content, name)

    assert refused.value.reason == code
