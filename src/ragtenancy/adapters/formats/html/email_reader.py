"""Reading e-mails."""

from __future__ import annotations

import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Sequence

from ragtenancy.adapters.formats.plain.encoding import decoded_head
from ragtenancy.adapters.formats.reader import Read, Reader

EMAIL = "message/rfc822"
_HEADER = re.compile(r"^([!-9;-~]+):[ \t]*\S?", re.MULTILINE)
_ENVELOPE = re.compile(r"\A>?From [^\n]*\n")
_OF_EMAILS = frozenset(
    ("from", "to", "subject", "date", "mime-version", "message-id", "received", "return-path")
)
_COUNTED = re.compile(rb"(\d{1,9}) *\r?\n(?=[!-9;-~]+:)")  # bytes of the message, by Apple Mail
_ENOUGH = 3
_SUFFIXES = (".eml", ".emlx", ".mbox", ".mbx", ".mht", ".mhtml")
_WEB_ARCHIVE = frozenset(("mime-version", "content-type"))  # as Word and wikis save pages, too


class EmailReader(Reader):
    """Reads .eml, .emlx, .mbox and .mht: headers, text and invitations; attachments are kept unread."""

    corrupt = "corrupt_document"

    @property
    def media_types(self) -> Sequence[str]:
        """What it reads."""
        return (EMAIL,)

    def recognises(self, head: bytes, filename: str) -> str | None:
        """Return the media type by the first bytes."""
        text = decoded_head(_original(head))
        if text is None:
            return None
        headers = _headers(text)
        names = {name.lower() for name in _HEADER.findall(headers)}
        needed = 1 if filename.lower().endswith(_SUFFIXES) else _ENOUGH
        known = len(names & _OF_EMAILS) >= needed or names >= _WEB_ARCHIVE
        return EMAIL if known else None

    def load(self) -> Read:
        """Import the standard library's parser and lxml."""
        from ragtenancy.adapters.formats.html.message import read_message

        return lambda file: read_message(_original(file.read()))


def _headers(text: str) -> str:
    """Return the text before the first empty line, if it begins like an e-mail."""
    lines = text.replace("\r\n", "\n").lstrip()
    headers = _ENVELOPE.sub("", lines).partition("\n\n")[0]
    return headers if _HEADER.match(headers) else ""


def _original(data: bytes) -> bytes:
    """Return the bytes of an e-mail that Apple Mail put a length before, or saved as UTF-16."""
    counted = _COUNTED.match(data)
    if counted:
        return data[counted.end() : counted.end() + int(counted[1])]
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return data[: len(data) // 2 * 2].decode("utf-16", "replace").encode()
    start = data[:64]
    if len(start) > 1 and not any(start[1::2]) and all(start[::2]):
        return data[: len(data) // 2 * 2].decode("utf-16-le", "replace").encode()
    return data
