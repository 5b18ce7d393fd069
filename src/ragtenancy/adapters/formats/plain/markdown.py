"""A whole Markdown text: rendered to HTML, and read as that."""

from __future__ import annotations

import re
from collections.abc import Iterator, MutableMapping, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ragtenancy.adapters.formats.html.page import new_reading, read_page
from ragtenancy.adapters.formats.marks import joined_lines
from ragtenancy.adapters.formats.plain.encoding import text_of
from ragtenancy.adapters.formats.plain.text_reader import paragraphs_of
from ragtenancy.adapters.formats.unread import Unread
from ragtenancy.domain.parsed import Heading, ParsedDocument
from ragtenancy.domain.visible_text import visible_text

_LONGEST = 4 << 20
_LONGEST_INLINE = 20_000
_TOO_LONG = "The text is too long to be read as Markdown; it was read as plain text."
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_TITLE = re.compile(r"^title:[ \t]*(.+)$", re.MULTILINE)
_FENCE = re.compile(r" {0,3}(```|~~~)")
_FOOTNOTE = re.compile(r" {0,3}\[\^[^\]\s]{1,60}\]:")
_TASK = re.compile(r"\[([ xX])\](?=\s)")


def read_markdown(data: bytes, charset: str | None = None) -> ParsedDocument:
    """Return the blocks of a Markdown text; plain paragraphs if it is very long."""
    text, warnings = text_of(data, charset)
    normal = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(normal) > _LONGEST:
        return ParsedDocument(blocks=paragraphs_of(normal), warnings=[*warnings, _TOO_LONG])
    reading = new_reading()
    front = _FRONT_MATTER.match(normal)
    title = _title(front[1], reading.unread) if front else ""
    page = read_page(rendered(normal[front.end() :] if front else normal), reading)
    first = page.blocks[0] if page.blocks else None
    heading = first.text if isinstance(first, Heading) and first.level == 1 else ""
    return ParsedDocument(
        title=title or heading,
        blocks=page.blocks,
        images=reading.gallery.images,
        warnings=[*warnings, *reading.unread.warnings()],
    )


def _title(front_matter: str, unread: Unread) -> str:
    found = _TITLE.search(front_matter)
    lines = sum(bool(line.strip()) for line in front_matter.split("\n"))
    unread.add(
        *("line of front matter", "lines of front matter", "left out"),
        count=lines - (found is not None),
    )
    return visible_text(found[1]).strip("\"' ") if found else ""


def rendered(text: str) -> str:
    """Return the HTML of a Markdown text; inline markup is parsed up to a maximum length."""
    markdown = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    markdown.core.ruler.disable(["inline", "text_join"])
    references: dict[str, object] = {}
    tokens = markdown.parse("\n".join(_with_plain_footnotes(text.split("\n"))), references)
    in_item = False
    for token in tokens:
        if token.type == "ordered_list_open":
            token.attrSet("data-delimiter", token.markup)
        elif token.type == "list_item_open":
            in_item = True
        elif token.type == "inline":
            content = _TASK.sub(_box, token.content, count=1) if in_item else token.content
            token.children, in_item = _inline(markdown, content, references), False
    return f"<html><body>{markdown.renderer.render(tokens, markdown.options, {})}"


def _box(task: re.Match[str]) -> str:
    return task[0] if task.start() else "☐" if task[1] == " " else "☑"


def _inline(
    markdown: MarkdownIt, content: str, references: MutableMapping[str, object]
) -> list[Token]:
    if len(content) > _LONGEST_INLINE:
        return [Token("text", "", 0, content=content)]
    children = markdown.inline.parse(content, markdown, references, []) or []
    for child in children:
        if child.type == "text_special":
            child.type = "text"
    for before, line_end, after in zip(children, children[1:], children[2:], strict=False):
        if line_end.type == "softbreak" and before.type == after.type == "text":
            line_end.type, line_end.content = "text", _between(before.content, after.content)
    return children


def _between(before: str, after: str) -> str:
    """Return what separates two lines of a paragraph: nothing in a script without spaces."""
    ends = before[-1:] + "\n" + after[:1]
    return " " if " " in joined_lines(ends.split("\n")) else ""


def _with_plain_footnotes(lines: Sequence[str]) -> Iterator[str]:
    """Yield lines in which the text of a footnote is a paragraph, not a link's address."""
    fence = ""
    for line in lines:
        found = _FENCE.match(line)
        if found and (not fence or found[1] == fence):
            fence = "" if fence else found[1]
        if not fence and _FOOTNOTE.match(line):
            yield ""
            yield line.replace("[", "\\[", 1)
        else:
            yield line
