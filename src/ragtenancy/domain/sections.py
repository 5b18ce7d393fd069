"""A document's sections: the text under each heading, as indivisible pieces."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from msgspec import Struct, field

from ragtenancy.domain.captions import is_caption
from ragtenancy.domain.errors import UnreadableDocumentError
from ragtenancy.domain.parsed import (
    Block,
    Code,
    Heading,
    ListItem,
    Note,
    Paragraph,
    ParsedDocument,
    Picture,
    Table,
)
from ragtenancy.domain.sentences import each_sentence
from ragtenancy.domain.tables import Line, lines_of

TINY_TOKENS = 24
_BATCH = 1_000  # units
OPENING_PARAGRAPHS = 8
LONGEST_TABLES = 50_000_000
"""The most characters of a document's rows, with the names and merged cells that they repeat."""
MARKS = (  # they belong to the letter before them: accents, vowel signs, joiners
    "\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0903\u093a-\u094f\u0981-\u0983\u09bc-\u09cd"
    "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece\u102b-\u103e\u17b4-\u17d3"
    "\u200d\ufe0e\ufe0f\U0001f3fb-\U0001f3ff"
)
_WORD_RUNS = re.compile(  # character runs, where a script without spaces has no words
    rf"\s*\S{{1,64}}[{MARKS}]{{0,16}}\s*"
)


def word_runs(text: str) -> list[str]:
    """Return the words with the white space around them, one match at a time.

    A search for all of them at once keeps other threads from running until it ends.
    """
    return [run[0] for run in _WORD_RUNS.finditer(text)]


class Unit(Struct, gc=False):
    """A piece of text that is cut only if it exceeds the size of a chunk.

    `text` ends with the white space that separates it from the following text. `whole` marks table
    rows and lines of code, which stay whole as long as the model reads them to the end; `row` has
    the cells at which a longer row is cut, and `caption` is what begins each chunk of its table. Unless it `is_counted`, `tokens` is the sum over its
    words.
    """

    text: str
    page: int | None = None
    whole: bool = False
    tokens: int = 0
    is_counted: bool = True
    row: Line | None = None
    caption: Unit | None = None


class Section(Struct):
    """The text under one heading, or under several that share a parent.

    `heading` is the last of the path, empty if the text has none of its own; `page` is the heading's.
    """

    path: tuple[str, ...]
    heading: str = ""
    page: int | None = None
    units: list[Unit] = field(default_factory=list)
    path_tokens: int = 0
    heading_tokens: int = 0

    @property
    def parent(self) -> tuple[str, ...] | None:
        """The path without its own heading, None if there is none above it."""
        above = self.path[:-1] if self.heading and self.path[-1:] == (self.heading,) else ()
        return above or None

    @property
    def tokens(self) -> int:
        """The tokens of its text and of its own heading."""
        return self.heading_tokens + sum(unit.tokens for unit in self.units)


def sections_of(
    document: ParsedDocument, pause: Callable[[], object] = lambda: None
) -> Iterator[Section]:
    """Yield the sections in order; a heading without text becomes its section's text.

    `pause` is called now and then, however long the blocks are; what it raises ends the work.

    Raises `UnreadableDocumentError` if the rows of tables have more than `LONGEST_TABLES`.
    """
    title = _title_apart(document)
    opening = _opening(document)
    open_headings: list[tuple[int, str]] = []
    section = Section(path=title)
    bare: Heading | None = None
    room = LONGEST_TABLES
    for index, block in enumerate(document.blocks):
        if not isinstance(block, Heading):
            units = _units_at(document, index, opening, room)
            while batch := list(islice(units, _BATCH)):
                pause()
                room -= sum([len(unit.text) for unit in batch if unit.row is not None])
                section.units += batch
            bare = None if section.units else bare
            continue
        if bare is not None and block.level <= bare.level:
            section.units.append(Unit(text=f"{bare.text}\n", page=section.page))
        yield section
        if block.level == 0:
            title, open_headings = (block.text,), []
        else:
            open_headings = [h for h in open_headings if h[0] < block.level]
            open_headings.append((block.level, block.text))
        path = tuple(dict.fromkeys((*title, *(text for _, text in open_headings))))
        page = document.page_of(index)
        section, bare = Section(path=path, heading=block.text, page=page), block
    if bare is not None:
        section.units.append(Unit(text=bare.text, page=section.page))
    yield section


def _units_at(document: ParsedDocument, index: int, opening: str, room: int) -> Iterator[Unit]:
    """Yield the units of a block; a caption above a table is a unit of the table."""
    block, page = document.blocks[index], document.page_of(index)
    if isinstance(block, Table):
        yield from _rows(block, caption_of(document.blocks, index), page, room)
    elif not _is_caption(document.blocks, index):
        yield from _units(block, page, opening)


def caption_of(blocks: Sequence[Block], index: int) -> str:
    """Return the caption of a table: its own, or the paragraph above it that is one."""
    table = blocks[index]
    if isinstance(table, Table) and table.caption:
        return table.caption
    above = blocks[index - 1] if index else None
    return above.text if isinstance(above, Paragraph) and is_caption(above.text) else ""


def _is_caption(blocks: Sequence[Block], index: int) -> bool:
    """Return whether a block is the caption of the table below it."""
    below = blocks[index + 1] if index + 1 < len(blocks) else None
    is_table = isinstance(below, Table) and not below.caption
    return is_table and isinstance(blocks[index], Paragraph) and bool(caption_of(blocks, index + 1))


def _opening(document: ParsedDocument) -> str:
    """Return the first paragraphs, which tell the document's language."""
    paragraphs = (block.text for block in document.blocks if isinstance(block, Paragraph))
    return "\n".join(islice(paragraphs, OPENING_PARAGRAPHS))


def _title_apart(document: ParsedDocument) -> tuple[str, ...]:
    """Return the title unless it is a heading in the text: headings open paths themselves."""
    headings = {block.text for block in document.blocks if isinstance(block, Heading)}
    return (document.title,) if document.title and document.title not in headings else ()


def _units(block: Block, page: int | None, opening: str) -> Iterable[Unit]:
    match block:
        case Note(kind="contents"):
            return []
        case Paragraph() | Note():
            return _prose(block.text, page, opening)
        case ListItem():
            marker = f"{block.marker} " if block.marker else ""
            return _prose("  " * block.depth + marker + block.text, page, opening)
        case Code():
            return _lines(block.text.splitlines(keepends=True), page)
        case Picture():
            return _prose(block.alternative_text, page, opening)
        case Heading() | Table():
            return []


def _prose(text: str, page: int | None, opening: str) -> Iterator[Unit]:
    """Yield the non-empty sentences; a line end separates the last from the following text."""
    held = ""
    for sentence in each_sentence(text, opening):
        if not sentence.isspace():
            if held:
                yield Unit(held, page)
            held = sentence
    if held:
        yield Unit(f"{held.rstrip()}\n", page)


def _lines(lines: Iterable[str], page: int | None) -> Iterator[Unit]:
    for line in lines:
        if not line.isspace():
            yield Unit(line if line.endswith("\n") else f"{line}\n", page, whole=True)


def _rows(table: Table, caption: str, page: int | None, room: int) -> Iterator[Unit]:
    """Yield the rows as units, after the caption that each chunk of them repeats."""
    shown = " ".join(caption.split())
    above = Unit(f"{shown}\n", page) if shown else None
    if above is not None:
        yield above
    for line in _within(room, lines_of(table)):
        if text := line.text:
            yield Unit(f"{text}\n", page, whole=True, row=line, caption=above)


def _within(room: int, lines: Iterable[Line]) -> Iterator[Line]:
    """Yield the lines; raises `UnreadableDocumentError` before one that exceeds the room."""
    for line in lines:
        room -= line.size
        if room < 0:
            raise UnreadableDocumentError(
                "The document's tables repeat too much text with each row; split them, "
                "or shorten their headers and merged cells.",
                code="too_many_cells",
            )
        yield line


def with_tiny_merged(sections: Sequence[Section], budget: int) -> list[Section]:
    """Return the sections, merging short ones with their neighbours.

    Merged neighbours share a parent and have at most `budget` tokens together; each then begins
    with its heading.
    """
    merged: list[Section] = []
    for section in sections:
        before = merged[-1] if merged else None
        if before is not None and _belong_together(before, section, budget):
            merged[-1] = _together(before, section)
        else:
            merged.append(section)
    return merged


def _belong_together(before: Section, section: Section, budget: int) -> bool:
    parent = section.parent
    if parent is None or parent not in (before.parent, before.path if not before.heading else None):
        return False
    tiny = min(before.tokens, section.tokens) <= TINY_TOKENS
    return tiny and before.tokens + section.tokens <= budget


def _together(before: Section, section: Section) -> Section:
    """Return two sections merged under their parent; a merged section has no heading."""
    return Section(
        path=section.parent or (),
        units=[*_with_heading(before), *_with_heading(section)],
        path_tokens=before.path_tokens,
    )


def _with_heading(section: Section) -> list[Unit]:
    if not section.heading:
        return section.units
    heading = Unit(text=f"{section.heading}\n", tokens=section.heading_tokens, page=section.page)
    return [heading, *section.units]
