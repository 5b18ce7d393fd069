"""Reading plain text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ragtenancy.adapters.formats.plain.encoding import is_text, text_of
from ragtenancy.adapters.formats.plain.lines import unwrapped
from ragtenancy.adapters.formats.reader import Read, Reader
from ragtenancy.domain.parsed import Paragraph, ParsedDocument
from ragtenancy.domain.visible_text import visible

PLAIN_TEXT = "text/plain"
_BLANK_LINES = re.compile(r"\n\s*\n|\f")


class PlainTextReader(Reader):
    """Reads text as paragraphs with blank lines between them."""

    corrupt = "corrupt_document"

    @property
    def media_types(self) -> Sequence[str]:
        """Plain text alone."""
        return (PLAIN_TEXT,)

    def recognises(self, head: bytes, filename: str) -> str | None:  # noqa: ARG002 - content decides
        """Return `text/plain` for any text, even Markdown: try the Markdown reader first."""
        return PLAIN_TEXT if is_text(head) else None

    def load(self) -> Read:
        """Return the reader function; there is nothing to import."""
        return lambda file: read_text(file.read(), self.charset)


def read_text(data: bytes, charset: str | None = None) -> ParsedDocument:
    """Return the paragraphs of a text; raises `UnreadableDocumentError` if it is not text."""
    text, warnings = text_of(data, charset)
    return ParsedDocument(blocks=paragraphs_of(text), warnings=warnings)


def paragraphs_of(text: str, *, wrapped: bool = True) -> list[Paragraph]:
    """Return the paragraphs between blank lines and page breaks, their wrapped lines joined."""
    normal = text.replace("\r\n", "\n").replace("\r", "\n")
    pieces = (visible(piece).strip("\n").rstrip() for piece in _BLANK_LINES.split(normal))
    shown = (unwrapped(piece) if wrapped else piece for piece in pieces)
    return [Paragraph(text=piece.strip()) for piece in shown if piece.strip()]
