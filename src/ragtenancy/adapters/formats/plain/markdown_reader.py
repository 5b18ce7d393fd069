"""Reading Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from ragtenancy.adapters.formats.plain.encoding import is_text
from ragtenancy.adapters.formats.reader import Read, Reader

MARKDOWN = "text/markdown"
_SUFFIXES = frozenset((".md", ".markdown", ".mdown", ".mkd"))


class MarkdownReader(Reader):
    """Reads CommonMark with tables, strikethrough, footnotes, tasks, HTML and front matter."""

    corrupt = "corrupt_document"

    @property
    def media_types(self) -> Sequence[str]:
        """What it reads."""
        return (MARKDOWN,)

    def recognises(self, head: bytes, filename: str) -> str | None:
        """Return `text/markdown` for text with a Markdown filename."""
        named = PurePath(filename).suffix.lower() in _SUFFIXES
        return MARKDOWN if named and is_text(head) else None

    def load(self) -> Read:
        """Import markdown-it and lxml."""
        from ragtenancy.adapters.formats.plain.markdown import read_markdown

        return lambda file: read_markdown(file.read(), self.charset)
