from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragtenancy.adapters.formats.docx.reader import DOCUMENT, TEMPLATE, DocxReader
from ragtenancy.adapters.formats.sandboxed import SandboxedParser
from ragtenancy.domain.errors import UnsupportedError
from tests.factories_docx import MACRO_TYPE, MAIN_TYPE, docx_parts, zipped

HEAD = 4_096
PARSER = SandboxedParser(DocxReader())
TEMPLATE_TYPE = MAIN_TYPE.replace("document.main", "template.main")


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize(
    ("main_type", "expected"), [(MAIN_TYPE, DOCUMENT), (TEMPLATE_TYPE, TEMPLATE)]
)
def test_the_content_types_decide(main_type: str, expected: str, method: int) -> None:
    head = zipped(docx_parts(main_type=main_type), method)[:HEAD]

    media_type = PARSER.recognises(head, "anything.bin")

    assert media_type == expected


def test_the_names_decide_where_the_types_are_out_of_sight() -> None:
    parts = docx_parts()
    head = zipped({"word/document.xml": parts["word/document.xml"], **parts})[:400]

    media_type = PARSER.recognises(head, "x")

    assert media_type == DOCUMENT


@pytest.mark.parametrize(
    ("head", "code"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100, "encrypted_or_legacy"),
        (zipped(docx_parts(main_type=MACRO_TYPE))[:HEAD], "macro_enabled"),
    ],
)
def test_known_content_that_cannot_be_read_is_refused_at_once(head: bytes, code: str) -> None:
    with pytest.raises(UnsupportedError) as refused:
        PARSER.recognises(head, "x.docx")

    assert refused.value.reason == code


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"%PDF-1.7",
        b"\x89PNG\r\n\x1a\n",
        b"{\\rtf1 hi}",
        b"text",
        zipped({"mimetype": "application/epub+zip"}),
        zipped({"[Content_Types].xml": "spreadsheetml.sheet.main+xml", "xl/workbook.xml": ""}),
    ],
)
def test_other_content_is_not_recognised_whatever_its_name(head: bytes) -> None:
    media_type = PARSER.recognises(head, "report.docx")

    assert media_type is None


@given(st.binary(max_size=200), st.binary(max_size=40))
def test_no_bytes_make_recognition_fail(head: bytes, name: bytes) -> None:
    crafted = io.BytesIO(b"PK\x03\x04" + head + b"[Content_Types].xml" + name).getvalue()

    media_type = PARSER.recognises(crafted, "x")

    assert media_type in (None, DOCUMENT, TEMPLATE)
