"""A whole e-mail: its headers, and its text in its plainest form."""

from __future__ import annotations

import email
import re
from collections.abc import Iterator, Sequence
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message

from ragtenancy.adapters.formats.html.page import read_page
from ragtenancy.adapters.formats.html.pictures import Gallery
from ragtenancy.adapters.formats.plain.encoding import decoded
from ragtenancy.adapters.formats.refusals import unreadable
from ragtenancy.domain.parsed import Block, Heading, Image, Paragraph, ParsedDocument
from ragtenancy.domain.visible_text import visible, visible_text

_SHOWN = ("From", "To", "Cc", "Date")
_BLANK_LINES = re.compile(r"\n\s*\n")
_LONGEST_HEADER = 10_000
_NAMED = 20


def read_message(data: bytes) -> ParsedDocument:
    """Read an e-mail; raises `UnreadableDocumentError` if it has no headers."""
    message = email.message_from_bytes(data)
    if not message.keys():
        raise unreadable("corrupt_document")
    subject = _header(message, "Subject")
    gallery = Gallery()
    headers = [f"{name}: {value}" for name in _SHOWN if (value := _header(message, name))]
    blocks: list[Block] = [Heading(text=subject, level=0)] if subject else []
    blocks += [Paragraph(text="\n".join(headers))] if headers else []
    blocks += _body(message, gallery)
    return ParsedDocument(
        title=subject, blocks=blocks, images=gallery.images, warnings=list(_warnings(message))
    )


def _header(message: Message, name: str) -> str:
    """Return the first header of a name on one line, decoded as far as possible."""
    raw = (value for key, value in message.raw_items() if key.lower() == name.lower())
    return _decoded(str(next(raw, "")))


def _decoded(raw: str) -> str:
    """Return a header's value as shown to a reader, not parsed as addresses, which is slow."""
    text, _ = decoded(raw[:_LONGEST_HEADER].encode("utf-8", "surrogateescape").replace(b"\0", b""))
    try:
        pieces = decode_header(text)
    except HeaderParseError:
        pieces = [(text, None)]
    shown = (
        piece if isinstance(piece, str) else decoded(piece.replace(b"\0", b""), charset)[0]
        for piece, charset in pieces
    )
    return " ".join(visible_text("".join(shown)).split())


def _body(message: Message, gallery: Gallery) -> list[Block]:
    """Return the plain text, or the HTML's text if there is none."""
    plain = "\n\n".join(_texts(message, "plain")).strip()
    if plain:
        pieces = (visible(piece).strip() for piece in _BLANK_LINES.split(plain))
        return [Paragraph(text=piece) for piece in pieces if piece]
    gallery.look_in("", lambda source: _image(message, source))
    return [block for text in _texts(message, "html") for block in read_page(text, gallery).blocks]


def _texts(message: Message, subtype: str) -> Iterator[str]:
    """Yield the texts of one kind that are not attachments."""
    for part in message.walk():
        if part.get_content_type() == f"text/{subtype}" and not _is_attachment(part):
            yield _text(part).replace("\r\n", "\n").replace("\r", "\n")


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    return decoded(data.replace(b"\0", b""), part.get_content_charset())[0]


def _is_attachment(part: Message) -> bool:
    return part.get_content_disposition() == "attachment" or _filename(part) is not None


def _filename(part: Message) -> str | None:
    name = part.get_filename()
    return None if name is None else _decoded(name)


def _image(message: Message, source: str) -> Image | None:
    """Return the picture referenced by `cid:` in an HTML part."""
    if not source.startswith("cid:"):
        return None
    wanted = f"<{source.removeprefix('cid:')}>"
    for part in message.walk():
        payload = part.get_payload(decode=True)
        if str(part.get("Content-ID", "")).strip() == wanted and isinstance(payload, bytes):
            return Image(media_type=part.get_content_type(), data=payload)
    return None


def _warnings(message: Message) -> Iterator[str]:
    names = [_filename(part) for part in message.walk() if _is_attachment(part)]
    if names:
        yield f"{len(names)} attachments were not read: {_listed(names)}."


def _listed(names: Sequence[str | None]) -> str:
    shown = [" ".join(visible_text(name or "unnamed").split())[:100] for name in names]
    return ", ".join(shown[:_NAMED]) + (", …" if len(shown) > _NAMED else "")
