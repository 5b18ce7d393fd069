"""Mail that Outlook packed into winmail.dat."""

from __future__ import annotations

import io
import struct
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragtenancy.adapters.formats.html.message import read_message
from ragtenancy.adapters.formats.outlook.reader import OutlookReader
from ragtenancy.adapters.formats.outlook.tnef import unpacked
from ragtenancy.domain.parsed import Attachment, Heading, Paragraph, ParsedDocument

WORDS, BYTES, NUMBER, MOMENT = 0x1F, 0x102, 0x3, 0x40
RTF = b"{\\rtf1 The valve is closed.\\par}"
STORED_RTF = struct.pack("<II4sI", len(RTF) + 12, len(RTF), b"MELA", 0) + RTF


def attribute(name: int, content: bytes) -> bytes:
    level = 2 if name in (0x69002, 0x18010, 0x6800F, 0x69005) else 1
    return struct.pack("<BII", level, name, len(content)) + content + bytes(2)


def properties(*values: tuple[int, int, bytes]) -> bytes:
    return struct.pack("<I", len(values)) + b"".join(
        struct.pack("<HH", kind, name)
        + (struct.pack("<II", 1, len(content)) if kind in (WORDS, BYTES) else b"")
        + content
        + bytes(-len(content) % 4)
        for kind, name, content in values
    )


def packed(*attributes: bytes) -> bytes:
    page = attribute(0x69007, struct.pack("<II", 1250, 0))
    return struct.pack("<IH", 0x223E9F78, 1) + page + b"".join(attributes)


def read(data: bytes) -> ParsedDocument:
    return OutlookReader().load()(io.BytesIO(data))


HTML = properties(
    (MOMENT, 0x0039, bytes(8)),
    (BYTES, 0x1013, "<p>Ciśnienie 42 bar</p>".encode()),
    (NUMBER, 0x3FDE, struct.pack("<I", 65_001)),
)
FILE = (
    attribute(0x69002, bytes(14))
    + attribute(0x18010, b"TESTS~1.CSV\0")
    + attribute(0x6800F, b"Test;passed")
    + attribute(0x69005, properties((WORDS, 0x3707, "próby.csv\0".encode("utf-16-le"))))
)


def test_html_and_attachments_are_unpacked() -> None:
    document = read(packed(attribute(0x18004, b"Pr\xf3by\0"), attribute(0x69003, HTML), FILE))

    assert document.title == "Próby"
    assert document.blocks[-1] == Paragraph(text="Ciśnienie 42 bar")
    assert document.attachments == [Attachment(filename="próby.csv", data=b"Test;passed")]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (attribute(0x2800C, b"Zaw\xf3r zamkni\xeaty.\0"), "Zawór zamknięty."),
        (attribute(0x69003, properties((BYTES, 0x1009, STORED_RTF))), "The valve is closed."),
    ],
)
def test_plain_and_rich_text_are_read(content: bytes, text: str) -> None:
    assert read(packed(content)).blocks == [Paragraph(text=text)]


def test_a_mail_with_a_packed_part_is_read_as_one() -> None:
    mail = EmailMessage()
    mail["Subject"] = "Tests"
    mail.set_content("See below.")
    data = packed(attribute(0x69003, HTML), FILE)
    mail.add_attachment(data, "application", "ms-tnef", filename="winmail.dat")

    document = read_message(mail.as_bytes())

    assert document.blocks == [
        Heading(text="Tests", level=0),
        Paragraph(text="See below."),
        Paragraph(text="Ciśnienie 42 bar"),
    ]
    assert [each.filename for each in document.attachments] == ["próby.csv"]


def test_of_a_damaged_file_what_comes_before_is_read() -> None:
    whole = packed(attribute(0x2800C, b"Closed.\0"), FILE)

    assert read(whole[:-70]).blocks == [Paragraph(text="Closed.")]


@given(st.binary(max_size=200))
def test_any_bytes_are_unpacked(data: bytes) -> None:
    assert isinstance(unpacked(packed(attribute(0x69003, data), data)), EmailMessage)
