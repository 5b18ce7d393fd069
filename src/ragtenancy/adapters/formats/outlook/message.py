"""An Outlook message as an internet message: properties of [MS-OXMSG] and [MS-OXPROPS]."""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Iterator, Sequence
from email.headerregistry import HeaderRegistry
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

import olefile

from ragtenancy.adapters.formats.outlook.compressed_rtf import text_of
from ragtenancy.adapters.formats.refusals import unreadable
from ragtenancy.adapters.formats.rtf.tokens import codec_of_page

_UNICODE, _BYTES, _BINARY = "001F", "001E", "0102"
_SUBJECT, _BODY, _HTML, _RTF = "0037", "1000", "1013", "1009"
_SENDER_NAME, _SENDER_ADDRESS, _SENDER_SMTP = "0C1A", "0C1F", "5D01"
_TO, _CC = "0E04", "0E03"
_SUBMITTED, _DELIVERED, _CODE_PAGE, _MESSAGE_CODE_PAGE = 0x0039, 0x0E06, 0x3FDE, 0x3FFD
_LONG_NAME, _SHORT_NAME, _SHOWN_NAME, _DATA = "3707", "3704", "3001", "3701"
_MIME_TYPE, _CONTENT_ID = "370E", "3712"
_PROPERTIES = "__properties_version1.0"
_ATTACHMENT = "__attach_version1.0_#"
_TOP_HEADER, _EMBEDDED_HEADER, _PROPERTY = 32, 24, 16
_ATTACHMENTS = 200
_DEEPEST = 3
_LONGEST_LINE = 900
_1601 = dt.datetime(1601, 1, 1, tzinfo=dt.UTC)


def internet_message(data: bytes) -> bytes:
    """Return the message with its text, HTML and attachments; raises `UnreadableDocumentError`."""
    try:
        with olefile.OleFileIO(data) as ole:
            message = _Message(ole, ())
            if message.is_bare():
                raise unreadable("corrupt_document")
            return message.internet().as_bytes()
    except (OSError, ValueError, struct.error, IndexError) as error:
        raise unreadable("corrupt_document") from error


class _Message:
    """A message, or one inside it; `path` is its storage."""

    def __init__(self, ole: olefile.OleFileIO, path: Sequence[str]) -> None:
        self._ole = ole
        self._path = path
        self._numbers = self._fixed()
        page = self._numbers.get(_MESSAGE_CODE_PAGE) or self._numbers.get(_CODE_PAGE) or 1252
        self._codec = codec_of_page(page)

    def is_bare(self) -> bool:
        """Return whether nothing is left of a message: neither words, sender nor attachments."""
        texts = (self._text(name) for name in (_SUBJECT, _SENDER_NAME, _SENDER_ADDRESS, _TO))
        return not (any(texts) or any(self._bodies()) or self._attachments())

    def internet(self, depth: int = 0) -> EmailMessage:
        message = EmailMessage(policy=_POLICY)
        for name, value in self._headers():
            message[name] = " ".join(value.split())
        plain, html = self._bodies()
        message.set_content(plain, cte="base64")
        if html:
            message.add_alternative(html, subtype="html", cte="base64")
        for storage in self._attachments():
            self._attach(message, storage, depth)
        return message

    def _headers(self) -> Iterator[tuple[str, str]]:
        subject, name = self._text(_SUBJECT), self._text(_SENDER_NAME)
        address = self._text(_SENDER_SMTP) or self._text(_SENDER_ADDRESS)
        sender = name if "@" not in address or address == name else f"{name} <{address}>".strip()
        moment = self._numbers.get(_SUBMITTED) or self._numbers.get(_DELIVERED)
        for key, value in (
            ("Subject", subject),
            ("From", sender or address),
            ("To", self._text(_TO)),
            ("Cc", self._text(_CC)),
            ("Date", _date(moment) if moment else ""),
        ):
            if value.strip():
                yield key, value
        yield "X-Mailer", "Outlook"

    def _bodies(self) -> tuple[str, str]:
        """Return the plain text and the HTML; from rich text if there is neither."""
        plain = self._text(_BODY).replace("\0", "")
        page = self._numbers.get(_CODE_PAGE)
        data = self._stream(f"__substg1.0_{_HTML}{_BINARY}")
        codec = codec_of_page(page) if page else self._codec
        html = data.decode(codec, "replace") if data else self._text(_HTML)
        if not plain.strip() and not html.strip():
            plain = text_of(self._stream(f"__substg1.0_{_RTF}{_BINARY}"))
        return plain, html.replace("\0", "")

    def _attachments(self) -> list[str]:
        depth = len(self._path)
        names = {
            entry[depth]
            for entry in self._ole.listdir(streams=False, storages=True)
            if len(entry) == depth + 1
            and entry[:depth] == list(self._path)
            and entry[depth].startswith(_ATTACHMENT)
        }
        return sorted(names)[:_ATTACHMENTS]

    def _attach(self, message: EmailMessage, storage: str, depth: int) -> None:
        part = _Message(self._ole, (*self._path, storage))
        names = (part._text(name) for name in (_LONG_NAME, _SHORT_NAME, _SHOWN_NAME))
        name = " ".join(next(filter(None, names), "unnamed").split())
        inner = (*part._path, f"__substg1.0_{_DATA}000D")
        if self._ole.exists("/".join((*inner, _PROPERTIES))) and depth < _DEEPEST:
            nested = _Message(self._ole, inner).internet(depth + 1)
            message.add_attachment(nested, filename=f"{name.removesuffix('.msg')}.eml")
            return
        data = part._stream(f"__substg1.0_{_DATA}{_BINARY}")
        kind, _, subtype = (part._text(_MIME_TYPE) or "application/octet-stream").partition("/")
        identifier = part._text(_CONTENT_ID)
        message.add_attachment(
            data,
            maintype="application" if kind in ("message", "multipart", "text") else kind,
            subtype="octet-stream" if kind in ("message", "multipart", "text") else subtype,
            filename=name,
            disposition="inline" if identifier else "attachment",
            cid=f"<{identifier}>" if identifier else None,
        )

    def _text(self, name: str) -> str:
        data = self._stream(f"__substg1.0_{name}{_UNICODE}")
        if data:
            return data.decode("utf-16-le", "replace").rstrip("\0")
        return (
            self._stream(f"__substg1.0_{name}{_BYTES}").decode(self._codec, "replace").rstrip("\0")
        )

    def _stream(self, name: str) -> bytes:
        path = "/".join((*self._path, name))
        if not self._ole.exists(path) or self._ole.get_type(path) != olefile.STGTY_STREAM:
            return b""
        data = bytes(self._ole.openstream(path).read())
        if len(data) < self._ole.get_size(path):
            raise unreadable("corrupt_document")
        return data

    def _fixed(self) -> dict[int, int]:
        """Return the properties of fixed size: whole numbers and times."""
        data = self._stream(_PROPERTIES)
        header = _EMBEDDED_HEADER if self._path else _TOP_HEADER
        numbers = {}
        for at in range(header, len(data) - _PROPERTY + 1, _PROPERTY):
            kind, name = struct.unpack("<HH", data[at : at + 4])
            size = {0x0003: 4, 0x0040: 8}.get(kind)
            if size is not None:
                numbers[name] = int.from_bytes(data[at + 8 : at + 8 + size], "little")
        return numbers


_POLICY = SMTP.clone(
    header_factory=HeaderRegistry(use_default_map=False), max_line_length=_LONGEST_LINE
)


def _date(ticks: int) -> str:
    """Return a time in units of 100 ns since 1601 as a header writes it."""
    try:
        return format_datetime(_1601 + dt.timedelta(microseconds=ticks // 10))
    except OverflowError:
        return ""
