"""Whole e-mails, and mailboxes of several: headers, text, invitations and attachments."""

from __future__ import annotations

import email
import re
from collections.abc import Iterator, Sequence
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.policy import SMTP

from msgspec import Struct, field, structs

from ragtenancy.adapters.formats.file_types import TNEF_SIGNATURE
from ragtenancy.adapters.formats.html.calendar import events_of
from ragtenancy.adapters.formats.html.page import Reading, new_reading, page_text, read_page
from ragtenancy.adapters.formats.plain.encoding import decoded
from ragtenancy.adapters.formats.plain.flowed import unflowed
from ragtenancy.adapters.formats.plain.text_reader import paragraphs_of
from ragtenancy.adapters.formats.refusals import unreadable
from ragtenancy.domain.errors import UnreadableDocumentError
from ragtenancy.domain.parsed import (
    Attachment,
    Block,
    Heading,
    Image,
    ListItem,
    Note,
    Paragraph,
    ParsedDocument,
    Table,
)
from ragtenancy.domain.visible_text import visible_text

_SHOWN = ("From", "To", "Cc", "Reply-To", "Date")
_LONGEST_HEADER = 10_000
_NAMED = 20
_COMPARED = 20  # texts, in which some of those beside them are sought
_SOUGHT = 200
_ATTACHMENTS = 100
_ATTACHED_BYTES = 50 << 20
_DEEPEST = 5
_COVERED = 0.8
_STUB = 0.5
_LONGEST_STUB = 60
_WORD = re.compile(r"\w+")
_ADDRESS = re.compile(r"\b(?:https?|mailto|ftp):\S+")
_SIGNATURES = (
    "application/pkcs7-signature",
    "application/x-pkcs7-signature",
    "application/pgp-signature",
)
_STYLES = "text/css"  # of a page that a browser saved as one file, as scripts are
_OF_PAGES = (_STYLES, "text/javascript")
_REPORTS = ("message/delivery-status", "message/disposition-notification")
_ENCRYPTED = ("application/pkcs7-mime", "application/x-pkcs7-mime", "multipart/encrypted")
_ENVELOPE = re.compile(rb"(?:\A|(?<=\n))From [^\n]*\d{4}[^\n]*\n(?=[!-9;-~]+:[^\n]*\n)")
_BEFORE = re.compile(rb"\A(?:\xef\xbb\xbf)?(?:\s+|>From [^\n]*\n)*")
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)


class _Mail(Struct, frozen=True, kw_only=True):
    """What the parts of one message share."""

    message: Message
    reading: Reading
    attachments: list[Attachment]
    names: list[str]
    doubts: list[str]
    pictures: dict[str, Message] = field(default_factory=dict)
    shown: set[int] = field(default_factory=set)


def read_message(data: bytes) -> ParsedDocument:
    """Read an e-mail or a mailbox; raises `UnreadableDocumentError` if it has no headers."""
    data = _BEFORE.sub(b"", data)
    starts = [found.start() for found in _ENVELOPE.finditer(data)]
    if len(starts) > 1 and starts[0] == 0:
        ends = [*starts[1:], len(data)]
        return _mailbox([data[start:end] for start, end in zip(starts, ends, strict=True)])
    message = email.message_from_bytes(data)
    if not message.keys():
        raise unreadable("corrupt_document")
    if message.get_content_type() in _ENCRYPTED:
        raise unreadable("encrypted")
    mail = _new_mail(message)
    subject = _header(message, "Subject")
    blocks: list[Block] = [Heading(text=subject, level=0)] if subject else []
    blocks += [*_headers(message), *_body(mail)]
    return _document(mail, subject, blocks)


def _mailbox(messages: Sequence[bytes]) -> ParsedDocument:
    """Read each message as a section."""
    first = _new_mail(Message())
    blocks: list[Block] = []
    for data in messages:
        message = email.message_from_bytes(_QUOTED_FROM.sub(rb"\1", data))
        mail = structs.replace(first, message=message, pictures=_pictures(message))
        subject = _header(message, "Subject") or _header(message, "Date") or "No subject"
        blocks.append(Heading(text=subject, level=1))
        blocks += [*_headers(message), *map(_deeper, _body(mail))]
    return _document(first, "", blocks)


def _new_mail(message: Message) -> _Mail:
    return _Mail(
        message=message,
        reading=new_reading(),
        attachments=[],
        names=[],
        doubts=[],
        pictures=_pictures(message),
    )


def _document(mail: _Mail, title: str, blocks: list[Block]) -> ParsedDocument:
    warnings = [*dict.fromkeys(mail.doubts), *_named(mail.names), *mail.reading.unread.warnings()]
    return ParsedDocument(
        title=title,
        blocks=blocks,
        images=mail.reading.gallery.images,
        attachments=mail.attachments,
        warnings=warnings,
    )


def _deeper(block: Block) -> Block:
    return structs.replace(block, level=block.level + 1) if isinstance(block, Heading) else block


def _headers(message: Message) -> list[Block]:
    lines = [f"{name}: {value}" for name in _SHOWN if (value := _header(message, name))]
    return [Paragraph(text="\n".join(lines))] if lines else []


def _header(message: Message, name: str) -> str:
    """Return the first header of a name on one line, decoded as far as possible."""
    raw = (value for key, value in message.raw_items() if key.lower() == name.lower())
    return _decoded(str(next(raw, "")), message.get_content_charset())


def _decoded(raw: str, charset: str | None = None) -> str:
    """Return a header's value as shown to a reader, not parsed as addresses, which is slow.

    `charset` is the body's, in which old programs write their headers, too.
    """
    text = _some(raw[:_LONGEST_HEADER].encode("utf-8", "surrogateescape"), charset)
    try:
        pieces = decode_header(text)
    except HeaderParseError:
        pieces = [(text, None)]
    shown = (piece if isinstance(piece, str) else _some(piece, label) for piece, label in pieces)
    return " ".join(visible_text("".join(shown)).split())


def _some(data: bytes, charset: str | None) -> str:
    """Return text that must not fail a message: of unknown encoding, its ASCII."""
    shown = data.replace(b"\0", b"")
    try:
        return decoded(shown, charset)[0]
    except UnreadableDocumentError:
        return shown.decode("utf-8", "replace")


def _body(mail: _Mail) -> list[Block]:
    mail.reading.style_sheets[:] = _style_sheets(mail.message)
    blocks = _read(mail, mail.message, 0)
    for part in mail.message.walk():
        if part.get_content_maintype() == "image" and id(part) not in mail.shown:
            _attach(mail, part)
    return blocks


def _read(mail: _Mail, part: Message, depth: int) -> list[Block]:
    """Return the blocks of a part; attachments are kept aside."""
    kind = part.get_content_type()
    if kind == "message/rfc822" and depth < _DEEPEST:
        return _forwarded(mail, part, depth)
    if kind in _REPORTS:
        return _report(part)
    if part.is_multipart() and depth < _DEEPEST * 4:
        parts = [each for each in part.get_payload() if isinstance(each, Message)]
        read = [(each, _read(mail, each, depth + 1)) for each in parts]
        return _chosen(mail, read) if kind == "multipart/alternative" else _without_repeats(read)
    is_application = part.get_content_maintype() == "application"
    if is_application and depth < _DEEPEST and _payload(part).startswith(TNEF_SIGNATURE):
        return _packed(mail, part, depth)
    return _leaf(mail, part, kind)


def _leaf(mail: _Mail, part: Message, kind: str) -> list[Block]:
    if kind == "text/calendar" or (_filename(part) or "").lower().endswith(".ics"):
        return [Paragraph(text=visible_text(text)) for text in events_of(_text(mail, part))]
    if _is_attachment(part):
        if part.get_content_maintype() != "image":
            _attach(mail, part)
        return []
    if kind == "text/html":
        return _page(mail, part)
    if kind in _OF_PAGES:
        return []
    if kind in _SIGNATURES:
        mail.reading.unread.add("signature", "signatures", "not checked")
    elif part.get_content_maintype() in ("text", "message"):
        return _plain(mail, part)
    elif part.get_content_maintype() not in ("image", "multipart"):
        _attach(mail, part)
    return []


def _packed(mail: _Mail, part: Message, depth: int) -> list[Block]:
    """Return what Outlook packed into winmail.dat, which has a message's text and attachments."""
    from ragtenancy.adapters.formats.outlook.tnef import unpacked

    inner = email.message_from_bytes(unpacked(_payload(part)).as_bytes(policy=SMTP))
    return _read(mail, inner, depth + 1)


def _plain(mail: _Mail, part: Message) -> list[Block]:
    text = _text(mail, part).replace("\r\n", "\n").replace("\r", "\n")
    if str(part.get_param("format", "")).lower() != "flowed":
        return list(paragraphs_of(text))
    joins = str(part.get_param("delsp", "")).lower() == "yes"
    return list(paragraphs_of(unflowed(text, joins=joins), wrapped=False))


def _page(mail: _Mail, part: Message) -> list[Block]:
    mail.reading.gallery.look_in(str(id(mail.message)), lambda source: _image(mail, source))
    return read_page(_text(mail, part), mail.reading).blocks


def _text(mail: _Mail, part: Message) -> str:
    data = _payload(part).replace(b"\0", b"")
    charset = part.get_content_charset()
    if part.get_content_type() == "text/html" and charset is None:
        text, doubts = page_text(data)
    else:
        text, doubts = decoded(data, charset)
    mail.doubts.extend(doubts)
    return text


def _payload(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _report(part: Message) -> list[Block]:
    """Return the fields of a report on a delivery: a paragraph for the mail and each recipient."""
    groups = [each for each in part.get_payload() if isinstance(each, Message)]
    texts = ("\n".join(f"{name}: {_header(each, name)}" for name in each) for each in groups)
    return [Paragraph(text=text) for text in texts if text]


def _forwarded(mail: _Mail, part: Message, depth: int) -> list[Block]:
    """Return a message within the message as a section."""
    inner = next((each for each in part.get_payload() if isinstance(each, Message)), None)
    if inner is None:
        return []
    subject = _header(inner, "Subject") or _filename(part) or "No subject"
    blocks = _read(structs.replace(mail, message=inner), inner, depth + 1)
    return [Heading(text=subject, level=1), *_headers(inner), *map(_deeper, blocks)]


class _Form(Struct, frozen=True, kw_only=True):
    """One of the alternative forms of a message."""

    blocks: list[Block]
    words: frozenset[str]


def _chosen(mail: _Mail, read: Sequence[tuple[Message, list[Block]]]) -> list[Block]:
    """Return the most informative of alternative forms of a message, and all invitations.

    The plain text is preferred to HTML that says little more; what only another form says is
    counted.
    """
    invitations = [
        b for part, blocks in read if part.get_content_type() == "text/calendar" for b in blocks
    ]
    forms = [
        _Form(blocks=blocks, words=_words(blocks))
        for part, blocks in read
        if blocks and part.get_content_type() != "text/calendar"
    ]
    best: _Form | None = None
    for form in forms:
        if best is None or _says_more(form, best):
            best = form
    if best is None:
        return invitations
    for form in forms:
        if form is not best and _new_words(form, best) > _STUB:
            mail.reading.unread.add(
                "other form of the message", "other forms of the message", "left out"
            )
    said = _said(best.blocks)
    return best.blocks + [block for block in invitations if _said([block]) not in said]


def _says_more(richer: _Form, plainer: _Form) -> bool:
    """Return whether a richer form is the message: it has a table, or says more or other things.

    Where the two share little, one is a stub; readers see the richer form unless that is the stub.
    """
    known, new = plainer.words, richer.words
    shared = len(known & new)
    if shared < _STUB * min(len(known), len(new)):
        is_stub = len(known) <= _LONGEST_STUB and "html" in known and "html" not in new
        return is_stub or len(new) >= _STUB * len(known)
    if any(isinstance(each, Table) for each in richer.blocks):
        return True
    return shared < _COVERED * len(new)


def _new_words(other: _Form, known: _Form) -> float:
    return len(other.words - known.words) / len(other.words) if other.words else 0.0


def _without_repeats(read: Sequence[tuple[Message, list[Block]]]) -> list[Block]:
    """Return the parts in order; a text that another part says as well only once."""
    texts = [(index, said) for index, (_, blocks) in enumerate(read) if (said := _said(blocks))]
    compared = texts[:_COMPARED]
    repeated = {
        index
        for index, said in texts[:_SOUGHT]
        for other, others in compared
        if index != other and said in others and (len(said) < len(others) or other < index)
    }
    return [
        block for index, (_, blocks) in enumerate(read) if index not in repeated for block in blocks
    ]


def _words(blocks: Sequence[Block]) -> frozenset[str]:
    return frozenset(_said(blocks).split())


def _said(blocks: Sequence[Block]) -> str:
    """Return the words of blocks, without addresses."""
    texts = (text for block in blocks for text in _texts(block))
    return " ".join(_WORD.findall(_ADDRESS.sub(" ", " ".join(texts).lower())))


def _texts(block: Block) -> Iterator[str]:
    if isinstance(block, Table):
        yield from (cell for row in block.rows for cell in row)
    elif isinstance(block, Heading | Paragraph | ListItem | Note):
        yield block.text


def _is_attachment(part: Message) -> bool:
    return part.get_content_disposition() == "attachment" or _filename(part) is not None


def _filename(part: Message) -> str | None:
    name = part.get_filename()
    return None if name is None else _decoded(name)


def _attach(mail: _Mail, part: Message) -> None:
    """Keep an attachment; beyond the limits, its name."""
    name = " ".join(visible_text(_filename(part) or "unnamed").split())[:100]
    data = _payload(part)
    held = sum(len(each.data) for each in mail.attachments)
    if len(mail.attachments) < _ATTACHMENTS and held + len(data) <= _ATTACHED_BYTES:
        charset = part.get_content_charset("")
        mail.attachments.append(Attachment(filename=name, data=data, charset=charset))
    else:
        mail.names.append(name)


def _pictures(message: Message) -> dict[str, Message]:
    """Return a message's pictures by the addresses that its HTML uses: `cid:` or a location."""
    found: dict[str, Message] = {}
    for part in message.walk():
        name = str(part.get("Content-ID", "")).strip().strip("<>")
        location = str(part.get("Content-Location", "")).strip()
        if part.get_content_maintype() == "image":
            found |= {key: part for key in (f"cid:{name}" if name else "", location) if key}
    return found


def _style_sheets(message: Message) -> list[str]:
    sheets = (part for part in message.walk() if part.get_content_type() == _STYLES)
    return [_payload(sheet).decode("utf-8", "replace") for sheet in sheets]


def _image(mail: _Mail, source: str) -> Image | None:
    part = mail.pictures.get(source)
    if part is None:
        return None
    mail.shown.add(id(part))
    return Image(media_type=part.get_content_type(), data=_payload(part))


def _named(names: Sequence[str]) -> Iterator[str]:
    if names:
        listed = ", ".join(names[:_NAMED]) + (", …" if len(names) > _NAMED else "")
        subject = "1 attachment was" if len(names) == 1 else f"{len(names)} attachments were"
        yield f"{subject} not read: {listed}."
