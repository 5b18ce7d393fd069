"""Files inserted by a program (`altChunk`): HTML, saved web pages, rich text, plain text."""

from __future__ import annotations

import email
import re
from email.message import Message

from ragtenancy.adapters.formats.html.page import read_document as read_html
from ragtenancy.adapters.formats.plain.encoding import is_text
from ragtenancy.adapters.formats.plain.text_reader import read_text
from ragtenancy.adapters.formats.rtf.document import read_document as read_rich_text
from ragtenancy.domain.errors import UnreadableDocumentError
from ragtenancy.domain.parsed import ParsedDocument

_HEAD = 4_096
_WEB_ARCHIVE = re.compile(
    rb"\A\s*(?:[\w-]+:[^\n]*\r?\n(?:[ \t][^\n]*\r?\n)*)*mime-version:", re.IGNORECASE
)
_TAG = re.compile(rb"<(?:!doctype|!--|\?xml|/?[a-z][a-z0-9]*[\s>/])", re.IGNORECASE)
_RICH_TEXT = b"{\\rtf"


def read_inserted(data: bytes) -> ParsedDocument | None:
    """Read an inserted file that is not a Word document, None if its format is not read."""
    head = data[:_HEAD]
    try:
        if head.lstrip().startswith(_RICH_TEXT):
            return read_rich_text(data)
        if _WEB_ARCHIVE.match(head):
            return _web_archive(data)
        if _TAG.search(head):
            return read_html(data)
        return read_text(data) if is_text(head) else None
    except UnreadableDocumentError:
        return None


def _web_archive(data: bytes) -> ParsedDocument | None:
    """Read the first page of a saved web page (MHTML)."""
    parts = list(email.message_from_bytes(data).walk())
    page = next((part for part in parts if part.get_content_type() == "text/html"), None)
    if page is not None:
        return read_html(_with_charset(page))
    text = next((part for part in parts if part.get_content_type() == "text/plain"), None)
    return None if text is None else read_text(_content(text))


def _content(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _with_charset(part: Message) -> bytes:
    """Return a page in UTF-8 if the archive names its encoding, else as it is."""
    charset = part.get_content_charset()
    content = _content(part)
    try:
        return content if charset is None else content.decode(charset).encode("utf-8-sig")
    except (LookupError, UnicodeError):
        return content
