"""Outlook messages, read like the e-mails that they were."""

from __future__ import annotations

import io
import struct

import msgspec
import pytest

from ragtenancy.adapters.formats.outlook.compressed_rtf import decompressed
from ragtenancy.adapters.formats.outlook.reader import OutlookReader
from ragtenancy.domain.errors import UnreadableDocumentError
from ragtenancy.domain.parsed import ParsedDocument
from tests.factories_office import Tree, compound_bytes, msg_tree

# The example of [MS-OXRTFCP], section 4.1.1.
COMPRESSED = bytes.fromhex(
    "2d0000002b0000004c5a4675f1c5c7a703000a0072637067313235423"
    "20af32068656c090020627705b06c647d0a800fa0"
)
PLAIN = b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"


def read(tree: Tree) -> ParsedDocument:
    return OutlookReader().load()(io.BytesIO(compound_bytes(tree)))


def said(document: ParsedDocument) -> str:
    return msgspec.json.encode(document.blocks).decode()


def test_html_is_read_in_its_own_code_page() -> None:
    assert "Grüße aus Zürich" in said(read(msg_tree(html="<p>Grüße aus Zürich</p>".encode())))


def test_rich_text_is_read_if_there_is_nothing_else() -> None:
    rtf = b"{\\rtf1 The pump costs 480 EUR.\\par}"
    stored = struct.pack("<II4sI", len(rtf) + 12, len(rtf), b"MELA", 0) + rtf

    assert "The pump costs 480 EUR." in said(read(msg_tree(rtf=stored)))


def test_compressed_rich_text_is_unpacked() -> None:
    assert decompressed(COMPRESSED) == PLAIN


def test_whatever_a_message_shows_is_read_or_named() -> None:
    inner = msg_tree(subject="innersubject", body="innerbody", header=24)

    document = read(
        msg_tree(
            subject="subjectmark",
            body="bodymark",
            attachments={"pricemark.pdf": b"data" * 2_000},
            embedded=inner,
        )
    )

    told = said(document) + " ".join(each.filename for each in document.attachments)
    shown = (
        "subjectmark bodymark ann@example.com Bob Carol Dan pricemark.pdf innersubject innerbody"
    )
    assert [mark for mark in shown.split() if mark not in told] == []
    assert document.title == "subjectmark"


def test_a_damaged_message_is_refused() -> None:
    with pytest.raises(UnreadableDocumentError) as refused:
        OutlookReader().load()(io.BytesIO(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)))

    assert refused.value.reason == "corrupt_document"


def test_a_message_with_a_text_cut_short_is_refused() -> None:
    data = compound_bytes(msg_tree(body="The pump costs 480 EUR. " * 500))

    with pytest.raises(UnreadableDocumentError) as refused:
        OutlookReader().load()(io.BytesIO(data[: len(data) // 2] + bytes(8)))

    assert refused.value.reason == "corrupt_document"


def test_a_message_of_which_nothing_is_left_is_refused() -> None:
    with pytest.raises(UnreadableDocumentError) as refused:
        read({"__properties_version1.0": bytes(32)})

    assert refused.value.reason == "corrupt_document"
