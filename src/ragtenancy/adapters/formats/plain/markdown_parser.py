"""Reading Markdown."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ragtenancy.adapters.formats.plain.encoding import content_of, decoded, is_text
from ragtenancy.adapters.formats.plain.text_parser import paragraphs_of
from ragtenancy.domain import grids
from ragtenancy.domain.parsed import (
    Block,
    Code,
    Heading,
    ListItem,
    Paragraph,
    ParsedDocument,
    Picture,
)
from ragtenancy.domain.visible_text import visible, visible_text
from ragtenancy.ports.parsing import DocumentParser

_LONGEST_INLINE = 20_000
_TAGS = re.compile(r"<!--.*?-->|<[^<>]*>", re.DOTALL)
_LINE_BREAK_TAG = re.compile(r"<br\s*/?>\Z", re.IGNORECASE)
_BULLET = "•"


@dataclass
class _List:
    """An open list; `number` is that of its next item, None for bullets."""

    number: int | None
    delimiter: str


def blocks_of(text: str) -> list[Block]:
    """Return the blocks of a Markdown text without front matter."""
    walk = _Walk()
    for token in walk.markdown.parse(text):
        reader = _READERS.get(token.type)
        if reader is not None:
            reader(walk, token)
    return walk.blocks


class _Walk:
    """One pass over the tokens; inline markup is parsed only up to a maximum length."""

    def __init__(self) -> None:
        self.markdown = MarkdownIt("commonmark").enable(["table", "strikethrough"])
        self.markdown.core.ruler.disable(["inline", "text_join"])
        self.blocks: list[Block] = []
        self._lists: list[_List] = []
        self._marker: str | None = None
        self._heading = 0
        self._cells: list[grids.Cell] = []
        self._place = (0, 0)
        self._in_head = False
        self._in_table = False

    def heading(self, token: Token) -> None:
        self._heading = int(token.tag[1:])

    def heading_end(self, _token: Token) -> None:
        self._heading = 0

    def open_list(self, token: Token) -> None:
        start = int(token.attrs.get("start", 1)) if token.type.startswith("ordered") else None
        self._lists.append(_List(start, token.markup))

    def close_list(self, _token: Token) -> None:
        self._lists.pop()

    def item(self, token: Token) -> None:
        """Set the marker of the item that begins here."""
        current = self._lists[-1]
        if current.number is None:
            self._marker = _BULLET
        else:
            self._marker = f"{current.number}{token.markup}"
            current.number += 1

    def item_end(self, _token: Token) -> None:
        self._marker = None

    def table(self, _token: Token) -> None:
        self._in_table, self._in_head, self._cells, self._place = True, True, [], (-1, 0)

    def header_end(self, _token: Token) -> None:
        self._in_head = False

    def table_end(self, _token: Token) -> None:
        self._in_table = False
        self.blocks += grids.blocks_of(grids.Grid(cells=self._cells, is_table=True))

    def row(self, _token: Token) -> None:
        self._place = (self._place[0] + 1, 0)

    def code(self, token: Token) -> None:
        if text := visible(token.content).rstrip():
            language = (token.info.split() or [""])[0]
            self.blocks.append(Code(text=text, language=language))

    def html(self, token: Token) -> None:
        """Read an HTML token's text between tags."""
        if text := visible_text(_TAGS.sub(" ", token.content)):
            self.blocks.append(Paragraph(text=" ".join(text.split())))

    def inline(self, token: Token) -> None:
        """Read a line of text into its block, its pictures after it."""
        children = self._children(token.content)
        text = visible_text("".join(map(_shown, children)))
        if self._in_table:
            self._cell(text, children)
        elif text:
            self.blocks.append(self._block(text))
        pictures = (child for child in children if child.type == "image")
        self.blocks += [
            Picture(index=-1, alternative_text=visible_text(child.content)) for child in pictures
        ]

    def _cell(self, text: str, children: Sequence[Token]) -> None:
        y, x = self._place
        shown = [child.type for child in children if child.type != "text" or child.content]
        is_bold = shown[:1] == ["strong_open"] and shown[-1:] == ["strong_close"]
        is_bold = is_bold and shown.count("strong_open") == 1
        self._cells.append(
            grids.Cell(row=y, column=x, text=text, is_header=self._in_head, is_bold=is_bold)
        )
        self._place = (y, x + 1)

    def _children(self, content: str) -> list[Token]:
        if len(content) > _LONGEST_INLINE:
            return [Token("text", "", 0, content=content)]
        return self.markdown.inline.parse(content, self.markdown, {}, []) or []

    def _block(self, text: str) -> Block:
        if self._heading:
            return Heading(text=text, level=self._heading)
        marker, self._marker = self._marker, None
        if marker is None:
            return Paragraph(text=text)
        return ListItem(text=text, marker=marker, depth=len(self._lists) - 1)


def _shown(token: Token) -> str:
    """Return the visible text of inline markup; pictures become their placeholders."""
    if token.type == "softbreak":
        return " "
    if token.type == "hardbreak" or (
        token.type == "html_inline" and _LINE_BREAK_TAG.match(token.content)
    ):
        return "\n"
    return token.content if token.type in ("text", "code_inline", "text_special") else ""


_READERS: Mapping[str, Callable[[_Walk, Token], None]] = {
    "heading_open": _Walk.heading,
    "heading_close": _Walk.heading_end,
    "bullet_list_open": _Walk.open_list,
    "ordered_list_open": _Walk.open_list,
    "bullet_list_close": _Walk.close_list,
    "ordered_list_close": _Walk.close_list,
    "list_item_open": _Walk.item,
    "list_item_close": _Walk.item_end,
    "table_open": _Walk.table,
    "thead_close": _Walk.header_end,
    "table_close": _Walk.table_end,
    "tr_open": _Walk.row,
    "fence": _Walk.code,
    "code_block": _Walk.code,
    "html_block": _Walk.html,
    "inline": _Walk.inline,
}


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
        """Return `text/markdown` for text with a Markdown filename."""
        named = PurePath(filename).suffix.lower() in _SUFFIXES
        return MARKDOWN if named and is_text(head) else None

    async def parse(self, path: Path) -> ParsedDocument:
        """Read the file at `path`; raises `UnreadableDocumentError` if it is not text."""
        return await asyncio.to_thread(lambda: read_markdown(content_of(path)))


def read_markdown(data: bytes) -> ParsedDocument:
    """Return the blocks of a Markdown text; plain paragraphs if it is very long."""
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
