from __future__ import annotations

import io
import time
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragtenancy.adapters.formats.html.email_reader import EmailReader
from ragtenancy.domain.errors import UnreadableDocumentError
from ragtenancy.domain.parsed import Block, Heading, Paragraph, ParsedDocument, Table
from tests.factories_docx import png
from tests.factories_files import email_of


def read(message: EmailMessage | bytes) -> ParsedDocument:
    data = message if isinstance(message, bytes) else message.as_bytes()
    return EmailReader().load()(io.BytesIO(data))


def body(document: ParsedDocument) -> list[Block]:
    """What follows the subject and the headers."""
    return list(document.blocks)[2:]


@pytest.mark.parametrize(
    "before",
    [
        b"\n",
        b" \r\n\r\n",
        b"From MAILER Thu Jun  1 10:53:30 2023\n",
        b"\n>From kim Mon May 1\n",
        "\ufeff".encode(),
    ],
)
def test_lines_before_the_headers_are_passed_over(before: bytes) -> None:
    data = before + b"From: a@x.example\nTo: b@x.example\nSubject: Key returned\n\nLocker 19.\n"

    document = read(data)

    assert EmailReader().recognises(data, "mail") == "message/rfc822"
    assert document.title == "Key returned"
    assert body(document) == [Paragraph(text="Locker 19.")]


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-be", "utf-16-le"])
def test_a_mail_saved_as_utf_16_is_read(codec: str) -> None:
    text = "From: a@x.example\nTo: b@x.example\nSubject: Key\n\nLocker 19.\n"
    data = text.encode(codec) if codec != "utf-16-be" else ("\ufeff" + text).encode(codec)

    assert EmailReader().recognises(data, "mail.eml") == "message/rfc822"
    assert body(read(data)) == [Paragraph(text="Locker 19.")]


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
    document = read(b"From: a\nSubject: " + data.translate(None, b"\r\n") + b"\n\ntext")

    assert isinstance(document.title, str)


FOOTER = "_______________\npumps mailing list\nhttps://lists.example/pumps\n"


def mixed(*parts: EmailMessage) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["Subject"] = "a@example.com", "Parts"
    message.make_mixed()
    for part in parts:
        message.attach(part)
    return message


def part(text: str, subtype: str = "plain") -> EmailMessage:
    made = EmailMessage()
    made.set_content(text, subtype=subtype)
    return made


def said(document: ParsedDocument) -> str:
    return "\n".join(getattr(block, "text", str(block)) for block in document.blocks)


def test_a_footer_beside_the_html_does_not_hide_it() -> None:
    document = read(mixed(part("<p>The valve costs 12 EUR.</p>", "html"), part(FOOTER)))

    assert "The valve costs 12 EUR." in said(document)
    assert "pumps mailing list" in said(document)


@pytest.mark.parametrize(
    "stub",
    [
        "Your mail reader does not support HTML.",
        "Zum Anzeigen dieser Nachricht brauchen Sie ein HTML-fähiges Programm.",
        "View this email in your browser: https://news.example/7f3a",
        "Votre messagerie ne prend pas en charge le HTML. Cliquez ici pour lire ce message.",
        "--",
    ],
)
def test_a_stub_gives_way_to_the_html(stub: str) -> None:
    message = email_of(stub)
    message.add_alternative("<p>Parcel 5-77 leaves on 9 May.</p>", subtype="html")

    assert body(read(message)) == [Paragraph(text="Parcel 5-77 leaves on 9 May.")]


@pytest.mark.parametrize("kind", ["css", "javascript"])
def test_styles_and_scripts_of_a_saved_page_are_no_text(kind: str) -> None:
    document = read(mixed(part("<p>Open until 7.</p>", "html"), part("p { color: red }", kind)))

    assert "color" not in said(document)
    assert "Open until 7." in said(document)


def test_html_with_a_table_is_preferred() -> None:
    message = email_of("Prices\nPump 480\nValve 80\n")
    rows = "<tr><th>Item<th>Price<tr><td>Pump<td>480<tr><td>Valve<td>80"
    message.add_alternative(f"<p>Prices</p><table>{rows}</table>", subtype="html")

    assert any(isinstance(block, Table) for block in read(message).blocks)


def test_html_that_is_a_stub_gives_way_to_the_text() -> None:
    message = email_of("The long story of the pump begins in May and ends in July, at the dam.")
    message.add_alternative("<p>See text</p>", subtype="html")

    assert "The long story" in said(read(message))


def test_the_same_text_in_two_parts_is_read_once() -> None:
    text = "The seminar is on 9 May."

    assert said(read(mixed(part(text), part(f"<p>{text}</p>", "html")))).count(text) == 1


INVITATION = """BEGIN:VCALENDAR
BEGIN:VTIMEZONE
TZID:Europe/Berlin
BEGIN:STANDARD
DTSTART:16010101T030000
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
SUMMARY;LANGUAGE=de:Abnahme der Pumpe
DTSTART;TZID=Europe/Berlin:20260707T090000
DTEND;TZID=Europe/Berlin:20260707T103000
LOCATION:Raum Kiel\\, 2. Stock
ORGANIZER;CN="Müller, Kim":mailto:kim@example.com
ATTENDEE;CN=Lee;RSVP=TRUE:mailto:lee@exa
 mple.com
DESCRIPTION:Bitte Unterlagen\\nmitbringen.
BEGIN:VALARM
DESCRIPTION:Reminder
END:VALARM
END:VEVENT
END:VCALENDAR
"""


@pytest.mark.parametrize("attached", [True, False])
def test_an_invitation_is_read(attached: bool) -> None:
    message = email_of("Siehe Termin.")
    if attached:
        message.add_attachment(INVITATION.encode(), "text", "calendar", filename="invite.ics")
    else:
        message.add_alternative(INVITATION, subtype="calendar")

    assert body(read(message)) == [
        Paragraph(text="Siehe Termin."),
        Paragraph(
            text="Abnahme der Pumpe\nWhen: 2026-07-07 09:00 – 10:30 Europe/Berlin\n"
            "Where: Raum Kiel, 2. Stock\nOrganizer: Müller, Kim <kim@example.com>\n"
            "Attendees: Lee <lee@example.com>\nBitte Unterlagen\nmitbringen."
        ),
    ]


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ("DTSTART:20260707T090000Z", "2026-07-07 09:00 UTC"),
        ("DTSTART;VALUE=DATE:20260707\nDTEND;VALUE=DATE:20260709", "2026-07-07 – 2026-07-09"),
        ("DTSTART:20260707T090000\nDURATION:PT1H", "2026-07-07 09:00 (PT1H)"),
    ],
)
def test_times_of_an_event(times: str, expected: str) -> None:
    message = mixed(part(f"BEGIN:VEVENT\n{times}\nEND:VEVENT\n", "calendar"))

    assert f"When: {expected}" in said(read(message))


def test_flowed_lines_are_joined() -> None:
    message = email_of("A line that goes \non here.\nAnother.\n> quoted \n> text\n-- \nKim\n")
    message.replace_header("Content-Type", 'text/plain; charset="utf-8"; format=flowed')

    assert body(read(message)) == [
        Paragraph(text="A line that goes on here.\nAnother.\n> quoted text\n--\nKim")
    ]


def test_wrapped_lines_are_joined() -> None:
    message = email_of(
        "The pump must be checked by a person who has been trained for\nit once a year."
    )

    assert body(read(message)) == [
        Paragraph(
            text="The pump must be checked by a person who has been trained for it once a year."
        )
    ]


def test_a_forwarded_message_is_a_section() -> None:
    inner = email_of("The inner code is 41.", subject="Inside")
    message = email_of("See below.")
    message.add_attachment(inner)

    found = body(read(message))

    assert found[:2] == [Paragraph(text="See below."), Heading(text="Inside", level=1)]
    assert found[-1] == Paragraph(text="The inner code is 41.")


def test_attachments_are_kept_with_their_bytes() -> None:
    message = email_of("text")
    message.add_attachment(b"a;b", "text", "csv", filename="a.csv")
    message.add_attachment(b"x", "application", "ms-tnef", filename="winmail.dat")

    document = read(message)

    assert [(each.filename, each.data) for each in document.attachments] == [
        ("a.csv", b"a;b"),
        ("winmail.dat", b"x"),
    ]
    assert document.warnings == []


def test_a_picture_in_the_html_is_no_attachment() -> None:
    message = email_of("")
    message.set_content('<p>text</p><img src="cid:logo" alt="Logo">', subtype="html")
    message.add_related(png(), "image", "png", cid="<logo>", filename="logo.png")

    document = read(message)

    assert (len(document.images), document.warnings) == (1, [])


def test_an_encrypted_message_is_refused() -> None:
    message = EmailMessage()
    message["From"] = "a@example.com"
    message.set_content(b"x", "application", "pkcs7-mime")

    with pytest.raises(UnreadableDocumentError) as refused:
        read(message)

    assert refused.value.reason == "encrypted"


def mbox(*messages: EmailMessage) -> bytes:
    envelope = b"From kim@example.com Mon Jun  2 10:00:00 2025\n"
    return b"".join(envelope + message.as_bytes() + b"\n" for message in messages)


def test_each_mail_of_a_mailbox_is_a_section() -> None:
    second = email_of("Gate 2: 8823.\n>From here on.", subject="Second")
    data = mbox(email_of("Gate 1: 7712.", subject="First"), second)

    document = read(data)

    assert EmailReader().recognises(data[:4096], "mails.mbox") == "message/rfc822"
    assert [block for block in document.blocks if isinstance(block, Heading)] == [
        Heading(text="First", level=1),
        Heading(text="Second", level=1),
    ]
    assert document.blocks[-1] == Paragraph(text="Gate 2: 8823.\nFrom here on.")


def test_each_mark_of_a_message_is_in_the_text_or_in_the_warnings() -> None:
    message = email_of("mark01 mark02", subject="mark03")
    message["Cc"] = "mark04@example.com"
    message.add_alternative("<p>mark01 mark02 mark05 mark06</p><nav>mark07</nav>", subtype="html")
    message.add_attachment(b"x", "application", "pdf", filename="mark08.pdf")
    message.add_attachment(email_of("mark09", subject="mark10"))
    message.add_attachment(INVITATION.encode(), "text", "calendar", filename="mark11.ics")

    document = read(mbox(message, email_of("mark12", subject="mark13")))

    told = f"{document.title} {document.blocks} {document.warnings} {document.attachments}"
    assert [n for n in range(1, 14) if f"mark{n:02}" not in told] == [7, 11]
    assert "1 navigation menu was left out." in document.warnings
    assert "Abnahme der Pumpe" in told


ARCHIVE = (
    b"MIME-Version: 1.0\nContent-Type: multipart/related; boundary=b\n\n--b\n"
    b"Content-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n"
    b"Content-Location: file:///C:/a.htm\n\n<meta charset=3Dutf-8><p>The lid wei=C3=9F</p>"
    b'<img src=3D"a/1.png" alt=3DLid>\n--b\nContent-Type: image/png\n'
    b"Content-Location: a/1.png\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo=\n--b--\n"
)


def test_a_web_archive_is_read_with_its_pictures() -> None:
    document = read(ARCHIVE)

    assert EmailReader().recognises(ARCHIVE, "page.doc") == "message/rfc822"
    assert document.blocks[0] == Paragraph(text="The lid weiß")
    assert (len(document.images), document.warnings) == (1, [])


def test_a_mailbox_of_thunderbird_is_recognised() -> None:
    data = b"From - Mon Jun  2 10:00:00 2025\r\nX-Mozilla-Status: 0001\r\nSubject: a\r\n\r\nb\r\n"

    assert EmailReader().recognises(data, "Inbox.mbox") == "message/rfc822"
    assert read(data * 2).blocks[0] == Heading(text="a", level=1)


def test_a_mail_of_apple_mail_has_a_length_before_it_and_notes_after_it() -> None:
    message = b"From: a@x.example\nTo: b@x.example\nSubject: Key\n\nLocker 19.\n"
    data = b"%-10d\n" % len(message) + message + b'<?xml version="1.0"?><plist><dict/></plist>'

    assert EmailReader().recognises(data, "1.emlx") == "message/rfc822"
    assert body(read(data)) == [Paragraph(text="Locker 19.")]


def test_a_delivery_report_is_read() -> None:
    data = (
        b"From: m@x.example\nSubject: Undelivered\nMIME-Version: 1.0\n"
        b"Content-Type: multipart/report; boundary=b\n\n--b\n\nNot delivered.\n--b\n"
        b"Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
        b"Final-Recipient: rfc822; lars@x.example\nStatus: 5.2.2\n\n--b--\n"
    )

    assert body(read(data)) == [
        Paragraph(text="Not delivered."),
        Paragraph(text="Reporting-MTA: dns; mx.example"),
        Paragraph(text="Final-Recipient: rfc822; lars@x.example\nStatus: 5.2.2"),
    ]


def many_parts(kind: str, *parts: str) -> bytes:
    """A mail of parts, each with the headers of its content."""
    head = "From: a@x.example\nTo: b@x.example\nSubject: Parts\nMIME-Version: 1.0\n"
    body = "".join(f"--b\n{part}\n" for part in parts)
    return f'{head}Content-Type: multipart/{kind}; boundary="b"\n\n{body}--b--\n'.encode()


PLAIN, PAGE, SHEET = (f"Content-Type: text/{kind}\n\n" for kind in ("plain", "html", "css"))
LONG = PLAIN + " ".join(f"word{number}" for number in range(50_000))
SHORT = [f"{PLAIN}part number {number}" for number in range(2_000)]
RULES = SHEET + "".join(f".a{number} {{font-weight: bold}}" for number in range(4_000))


@pytest.mark.parametrize(
    "data",
    [
        many_parts("alternative", LONG, *SHORT),
        many_parts("mixed", *[LONG] * 5, *SHORT),
        many_parts("mixed", RULES, *[f"{PAGE}<p>part {number}" for number in range(500)]),
        many_parts("mixed", f"{SHEET}{'/*' * 100_000}", f"{PAGE}<p>part"),
    ],
    ids=["alternatives", "texts", "pages under one style sheet", "open comments"],
)
def test_many_parts_of_a_mail_do_not_each_cost_the_whole(data: bytes) -> None:
    begun = time.process_time()
    document = read(data)

    assert len(document.blocks) > 2
    assert time.process_time() - begun < 3  # the whole for each part takes many times as long
