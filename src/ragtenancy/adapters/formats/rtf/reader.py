"""Reading rich text."""

from __future__ import annotations

from collections.abc import Sequence

from ragtenancy.adapters.formats.reader import Read, Reader

RICH_TEXT = "application/rtf"
_START = b"{\\rtf"


class RtfReader(Reader):
    """Reads .rtf: headings, lists, tables, notes and pictures."""

    corrupt = "corrupt_document"

    @property
    def media_types(self) -> Sequence[str]:
        """What it reads."""
        return (RICH_TEXT,)

    def recognises(self, head: bytes, filename: str) -> str | None:  # noqa: ARG002 - content decides
        """Return the media type by the first bytes."""
        return RICH_TEXT if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(_START) else None

    def load(self) -> Read:
        """Import the tokenizer."""
        from ragtenancy.adapters.formats.rtf.document import read_document

        return lambda file: read_document(file.read())
