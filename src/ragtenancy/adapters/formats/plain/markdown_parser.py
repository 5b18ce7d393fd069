"""Reading Markdown."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path, PurePath

from ragtenancy.adapters.formats.plain.encoding import content_of, decoded, is_text
from ragtenancy.adapters.formats.plain.markdown_blocks import blocks_of
from ragtenancy.adapters.formats.plain.text_parser import paragraphs_of
from ragtenancy.domain.parsed import Heading, ParsedDocument
from ragtenancy.domain.visible_text import visible_text
from ragtenancy.ports.parsing import DocumentParser

MARKDOWN = "text/markdown"
_SUFFIXES = frozenset((".md", ".markdown", ".mdown", ".mkd"))
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_TITLE = re.compile(r"^title:[ \t]*(.+)$", re.MULTILINE)
_LONGEST = 8 << 20
_TOO_LONG = "The text is too long to be read as Markdown; it was read as plain text."


class MarkdownParser(DocumentParser):
    """Reads CommonMark with tables, strikethrough and front matter."""

    @property
    def media_types(self) -> Sequence[str]:
        """Markdown alone."""
        return (MARKDOWN,)

    def recognises(self, head: bytes, filename: str) -> str | None:
        """Return `text/markdown` for text whose filename says so."""
        named = PurePath(filename).suffix.lower() in _SUFFIXES
        return MARKDOWN if named and is_text(head) else None

    async def parse(self, path: Path) -> ParsedDocument:
        """Read the file at `path`; raises `UnreadableDocumentError` for what is no text."""
        return await asyncio.to_thread(lambda: read_markdown(content_of(path)))


def read_markdown(data: bytes) -> ParsedDocument:
    """Return the blocks of a Markdown text; plain paragraphs when it is very long."""
    text, warnings = decoded(data)
    if len(text) > _LONGEST:
        return ParsedDocument(blocks=paragraphs_of(text), warnings=[*warnings, _TOO_LONG])
    normal = text.replace("\r\n", "\n")
    front = _FRONT_MATTER.match(normal)
    blocks = blocks_of(normal[front.end() :] if front else normal)
    first = blocks[0] if blocks else None
    heading = first.text if isinstance(first, Heading) and first.level == 1 else ""
    title = _title(front[1]) if front else ""
    return ParsedDocument(title=title or heading, blocks=blocks, warnings=warnings)


def _title(front_matter: str) -> str:
    found = _TITLE.search(front_matter)
    return visible_text(found[1]).strip("\"' ") if found else ""
