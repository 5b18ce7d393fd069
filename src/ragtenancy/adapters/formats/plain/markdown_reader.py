"""Reading Markdown."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path, PurePath

from ragtenancy.adapters.formats.plain.encoding import content_of, is_text
from ragtenancy.adapters.formats.reader import Read, Reader
from ragtenancy.adapters.formats.sandboxed import SandboxedParser
from ragtenancy.domain.parsed import ParsedDocument
from ragtenancy.ports.parsing import DocumentParser

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


class MarkdownParser(SandboxedParser, DocumentParser):
    """Reads Markdown in the sandbox if it may hold HTML, otherwise in this process.

    Without HTML of its author, libxml2 only reads what markdown-it wrote.
    """

    def __init__(self) -> None:
        super().__init__(MarkdownReader())

    async def parse(self, path: Path, *, charset: str | None = None) -> ParsedDocument:
        """Read the file at `path`; raises as `SandboxedParser` does."""
        from ragtenancy.adapters.formats.plain.markdown import read_markdown

        data = await asyncio.to_thread(content_of, path)
        if b"<" in data:
            return await super().parse(path, charset=charset)
        return await asyncio.to_thread(read_markdown, data, charset)
