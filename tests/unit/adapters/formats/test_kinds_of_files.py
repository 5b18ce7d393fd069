"""Which parser reads a file: its content, whatever it is called."""

from __future__ import annotations

import contextlib
import io
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragtenancy.adapters.files.blobs import FileBlobStore
from ragtenancy.adapters.formats.file_types import DOCUMENT, FileTypes
from ragtenancy.app.ingestion.formats import Formats
from ragtenancy.composition.adapters import parsers
from ragtenancy.domain.errors import UnsupportedError
from tests.factories_docx import docx_bytes, docx_parts, paragraph, zipped
from tests.factories_files import (
    Words,
    email_of,
    epub_bytes,
    pdf_bytes,
    pptx_bytes,
    xlsx_bytes,
    xlsx_parts,
)
from tests.factories_office import (
    compound_bytes,
    msg_tree,
    odf_bytes,
    package_parts,
    xls_bytes,
)

UNSUPPORTED = "unsupported_media_type"
XLSX = xlsx_bytes(["a"])
OFFICE = "application/vnd.openxmlformats-officedocument"
MESSAGE = email_of("text").as_bytes()
BINARY = "application/vnd.ms-excel.sheet.binary.macroEnabled"
MACRO_TYPES = {
    "word/document.xml": "application/vnd.ms-word.document.macroEnabled",
    "xl/workbook.xml": "application/vnd.ms-excel.sheet.macroEnabled",
    "ppt/presentation.xml": "application/vnd.ms-powerpoint.presentation.macroEnabled",
}
MACRO_FILES = [package_parts(main, f"{kind}.main+xml") for main, kind in MACRO_TYPES.items()]
XLSB = package_parts("xl/workbook.bin", f"{BINARY}.main")
EMBEDDING = {f"word/embeddings/{name}": XLSX for name in ("a.xlsb", "a.xlsm", "a.xlsx")}


def reordered(parts: Mapping[str, str | bytes]) -> bytes:
    """The parts with those that declare the kind last, behind more than the first bytes."""
    filling = {f"custom/{n}.xml": "<a/>" * 300 for n in range(9)}
    return zipped(filling | dict(reversed(list(parts.items()))), zipfile.ZIP_STORED)


@pytest.fixture
def formats(tmp_path: Path) -> Formats:
    return Formats(parsers(), FileTypes(), FileBlobStore(tmp_path))


@pytest.mark.parametrize("name", ["a", "a.docx", "a.pdf", "a.txt"])
@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (pdf_bytes([Words(text="a", y=700)]), "application/pdf"),
        (pptx_bytes("a"), f"{OFFICE}.presentationml.presentation"),
        (xlsx_bytes(["a"]), f"{OFFICE}.spreadsheetml.sheet"),
        (zipped({"xl/workbook.xml": ""} | xlsx_parts("")), f"{OFFICE}.spreadsheetml.sheet"),
        (zipped(XLSB), f"{BINARY}.12"),
        (epub_bytes(a="a"), "application/epub+zip"),
        (zipped({"META-INF/container.xml": "<a/>"}), "application/epub+zip"),
        (zipped(EMBEDDING | docx_parts(paragraph("a"))), f"{OFFICE}.wordprocessingml.document"),
        (reordered(EMBEDDING | docx_parts()), f"{OFFICE}.wordprocessingml.document"),
        (reordered(xlsx_parts("")), f"{OFFICE}.spreadsheetml.sheet"),
        (odf_bytes("odt", ""), "application/vnd.oasis.opendocument.text"),
        (odf_bytes("ods", ""), "application/vnd.oasis.opendocument.spreadsheet"),
        (odf_bytes("odp", ""), "application/vnd.oasis.opendocument.presentation"),
        (b"{\\rtf1 text}", "application/rtf"),
        (xls_bytes(["a"]), "application/vnd.ms-excel"),
        (compound_bytes(msg_tree(body="a")), "application/vnd.ms-outlook"),
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
    assert formats.recognise(io.BytesIO(content), name) == expected


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
    assert formats.recognise(io.BytesIO(b"<p>Subject: a, b</p>"), name) == expected


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100, "encrypted_or_legacy"),
        (compound_bytes({"WordDocument": b"a"}), "legacy_word"),
        (compound_bytes({"PowerPoint Document": b"a"}), "legacy_powerpoint"),
        (compound_bytes({"EncryptedPackage": b"a"}), "password_protected"),
        (compound_bytes({"VisioDocument": b"a"}), "visio"),
        *((zipped(parts), "macro_enabled") for parts in MACRO_FILES),
        *((reordered(parts), "macro_enabled") for parts in MACRO_FILES),
        (zipped(XLSB | {"xl/vbaProject.bin": "a"}), "macro_enabled"),
        (zipped({"Index/Document.iwa": "a"}), "iwork"),
        (zipped({"report.docx": "a"}), "archive"),
        (b"Rar!\x1a\x07\x01\0", "archive"),
        (b"7z\xbc\xaf\x27\x1c\0", "archive"),
        (b"\x1f\x8b\x08\0", "archive"),
        (zipped({"mimetype": "application/vnd.oasis.opendocument.graphics"}), UNSUPPORTED),
        (b"\x89PNG\r\n\x1a\n\0\0", "picture"),
        (b"\xff\xd8\xff\xe0\0", "picture"),
        (b"ID3\x04\0", "sound_or_film"),
        (b"\0\0\0\x18ftypmp42", "sound_or_film"),
        (bytes.fromhex("e4525c7b8cd8a74daeb15378d02996d3"), "onenote"),
        (b"!BDN\0", "outlook_store"),
        (b"\0\0\0", UNSUPPORTED),
        (b"", "no_text"),
    ],
)
@pytest.mark.parametrize("name", ["a.xls", "a.pptx", "a.txt"])
def test_what_cannot_be_read_is_refused_at_once(
    formats: Formats, content: bytes, code: str, name: str
) -> None:
    with pytest.raises(UnsupportedError) as refused:
        formats.recognise(io.BytesIO(content), name)

    assert refused.value.reason == code


@pytest.mark.parametrize("text", ["BMW is a company.", "GIFT vouchers", "IDEAS", "RIFFS and more"])
def test_text_that_begins_like_a_magic_number_is_text(formats: Formats, text: str) -> None:
    assert formats.recognise(io.BytesIO(text.encode()), "a.txt") == "text/plain"


@pytest.mark.parametrize(("parts", "kind"), [*zip(MACRO_FILES, MACRO_TYPES.values(), strict=True)])
def test_files_with_macros_are_read_if_the_operator_says_so(
    parts: dict[str, str], kind: str, tmp_path: Path
) -> None:
    types = FileTypes(read_macro_files=True)
    formats = Formats(parsers(), types, FileBlobStore(tmp_path))

    media_type = formats.recognise(io.BytesIO(reordered(parts)), "a")

    assert media_type == f"{kind}.12"
    assert media_type in formats.parser_of(media_type).media_types


@given(st.binary(max_size=400))
def test_no_bytes_make_detection_fail(noise: bytes) -> None:
    for start in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(22) + b"\x09\0"):
        with contextlib.suppress(UnsupportedError):
            FileTypes().detect(io.BytesIO(start + noise * 3))


def packed(method: int) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", method) as archive:
        archive.writestr("mimetype", "application/epub+zip")
    return held.getvalue()


@pytest.mark.parametrize("at", range(4, 16))
@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_damaged_data_of_a_rare_compression_do_not_make_detection_fail(
    method: int, at: int
) -> None:
    file = bytearray(packed(method))
    start = file.index(b"mimetype") + len("mimetype")
    file[start + at] ^= 0xFF

    with pytest.raises(UnsupportedError):
        FileTypes().detect(io.BytesIO(file))


def with_long_directory(size: int) -> bytes:
    """An archive whose ZIP64 record declares a directory of a size, and its old record none."""
    entry = struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, 20, *[0] * 7, 1, *[0] * 6) + b"a"
    local = struct.pack("<4s5H3L2H", b"PK\3\4", 20, *[0] * 7, 1, 0) + b"a"
    many = size // len(entry)
    directory = entry * many
    end = len(local) + len(directory)
    record = struct.pack(
        *("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0), *(many, many, len(directory), len(local))
    )
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, end, 1)
    return local + directory + record + locator + struct.pack("<4s4H2LH", b"PK\5\6", *[0] * 7)


def test_a_long_directory_is_not_listed_by_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    file = with_long_directory(3 << 20)
    listed: list[object] = []
    monkeypatch.setattr(zipfile, "ZipFile", listed.append)

    with pytest.raises(UnsupportedError):
        FileTypes().detect(io.BytesIO(file))

    assert listed == []


def test_the_parts_of_a_package_are_read_to_a_bound() -> None:
    main = f'<Override PartName="/a" ContentType="{OFFICE}.spreadsheetml.sheet.main+xml"/>'
    parts = {
        "[Content_Types].xml": f"<Types>{'<Default/>' * 30_000}{main}</Types>",
        "_rels/.rels": '<r><Relationship Type="a/officeDocument" Target="a"/></r>',
    }

    assert FileTypes().detect(io.BytesIO(reordered(parts))) == DOCUMENT


def test_a_tag_with_attributes_without_end_is_not_read() -> None:
    many = " ".join(f'a{number}=""' for number in range(3_000))
    main = f'<Override PartName="/a" ContentType="{OFFICE}.spreadsheetml.sheet.main+xml"/>'
    parts = {
        "[Content_Types].xml": f"<Types>{main}<Default {many}/></Types>",
        "_rels/.rels": '<r><Relationship Type="a/officeDocument" Target="a"/></r>',
    }

    assert FileTypes().detect(io.BytesIO(reordered(parts))) == DOCUMENT


@pytest.mark.parametrize("encoding", ["UPF-8", "rot13", "idna", "undefined", "utf-7", "utf-32"])
@pytest.mark.parametrize("part", ["[Content_Types].xml", "_rels/.rels"])
def test_a_part_in_an_encoding_that_xml_does_not_know_declares_nothing(
    formats: Formats, part: str, encoding: str
) -> None:
    declaring = f'<?xml version="1.0" encoding="{encoding}"?><a/>'
    damaged = zipped(xlsx_parts("") | {"xl/workbook.xml": "", part: declaring})

    recognised = formats.recognise(io.BytesIO(damaged), "a")

    assert recognised == f"{OFFICE}.spreadsheetml.sheet"  # by the name of its main part
