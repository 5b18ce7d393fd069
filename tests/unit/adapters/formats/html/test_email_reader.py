from __future__ import annotations

import io
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragtenancy.adapters.formats.html.email_reader import EmailReader
from ragtenancy.domain.parsed import Block, Heading, Paragraph, ParsedDocument
from tests.factories_files import email_of


def read(message: EmailMessage | bytes) -> ParsedDocument:
    data = message if isinstance(message, bytes) else message.as_bytes()
    return EmailReader().load()(io.BytesIO(data))


def body(document: ParsedDocument) -> list[Block]:
    """What follows the subject and the headers."""
    return list(document.blocks)[2:]


def test_the_subject_is_the_title() -> None:
    document = read(email_of("text", subject="Grüße aus Rom"))

    assert document.title == "Grüße aus Rom"
    assert document.blocks[0] == Heading(text="Grüße aus Rom", level=0)


def test_plain_text_is_preferred() -> None:
    message = email_of("One.\n\nTwo.\n")
    message.add_alternative("<p>One. Two.</p>", subtype="html")

    assert body(read(message)) == [Paragraph(text="One."), Paragraph(text="Two.")]


def test_html_is_read_where_there_is_no_plain_text() -> None:
    message = email_of(" \n")
    message.add_alternative("<h1>Offer</h1><p>Text</p>", subtype="html")

    assert body(read(message)) == [Heading(text="Offer", level=1), Paragraph(text="Text")]


def test_attachments_are_named_and_not_read() -> None:
    message = email_of("text")
    message.add_attachment("secret", filename="a.txt")
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="b.pdf")

    document = read(message)

    assert body(document) == [Paragraph(text="text")]
    assert document.warnings == ["2 attachments were not read: a.txt, b.pdf."]


@pytest.mark.parametrize("charset", ["windows-1251", "koi8-r", "utf-8"])
def test_the_parts_encoding_is_used(charset: str) -> None:
    message = email_of("")
    message.set_content("Привет", charset=charset)

    assert body(read(message)) == [Paragraph(text="Привет")]


@pytest.mark.parametrize(
    "data",
    [
        b"Subject: =?x?q?a?=\nFrom: <<>,;\nDate: never\nContent-Type: text/plain; charset=none\n\ntext",
        b"From: " + b"(" * 5_000 + b"\nSubject: a\n\ntext",
        email_of("text").as_bytes().decode().encode("utf-16-le"),
    ],
)
def test_a_malformed_message_is_read_as_far_as_it_goes(data: bytes) -> None:
    assert read(data).blocks[-1] == Paragraph(text="text")


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"=?utf-8?q?Gr=C3=BC=C3=9Fe?= aus Rom", "Grüße aus Rom"),
        (b"=?windows-1251?b?z/Do4uXy?=", "Привет"),
        (b"=?utf-8?q?a?=\n =?utf-8?q?b?= c", "ab c"),
        ("Grüße".encode(), "Grüße"),
        ("Grüße".encode("latin-1"), "Grüße"),
    ],
)
def test_headers_are_decoded(raw: bytes, expected: str) -> None:
    assert read(b"From: a\nSubject: " + raw + b"\n\ntext").title == expected


@given(st.binary(max_size=100))
def test_any_headers_are_read(data: bytes) -> None:
    document = read(b"From: a\nSubject: " + data.replace(b"\r", b"") + b"\n\ntext")

    assert isinstance(document.title, str)
