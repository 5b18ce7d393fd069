"""Cutting a document into chunks: document → section → chunk.

Chunks end at sentences, lines and table rows, and hold every word of the document's text once
and in order; headings are in the section path, and a table's header stands with each of its rows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct, field

from ragtenancy.domain.chunks import PATH_SEPARATOR, ChunkDraft
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
from ragtenancy.domain.sentences import sentences
from ragtenancy.domain.tables import table_lines

Count = Callable[[Sequence[str]], Sequence[int]]

TARGET_TOKENS = 160
PATH_TOKENS = 64
SPECIAL_TOKENS = 2
WHOLE_ROWS = 1_024
_WORDS = re.compile(r"\s*\S+\s*")
_PIECE = 64


class Unit(Struct):
    """A piece of text that is not cut further unless it is longer than a chunk may be.

    `text` ends with the white space that parts it from what follows. `whole` marks table rows
    and lines of code, which stay whole up to 1,024 tokens.
    """

    text: str
    whole: bool = False
    page: int | None = None
    tokens: int = 0


class Section(Struct):
    """The text under one heading."""

    path: tuple[str, ...]
    units: list[Unit] = field(default_factory=list)
    path_tokens: int = 0


def chunk_document(
    document: ParsedDocument, *, count: Count, max_tokens: int, target: int = TARGET_TOKENS
) -> list[ChunkDraft]:
    """Return the chunks of a document.

    `count` gives the tokens of each of many texts, special tokens left out. A chunk's section
    path and text have at most `max_tokens` with the two special tokens, unless a table row or
    a line of code alone is longer; its text aims at `target`.
    """
    sections = [section for section in _sections(document) if section.units]
    _count_all(sections, count)
    drafts: list[ChunkDraft] = []
    for section_ordinal, section in enumerate(sections):
        budget = min(target, max_tokens - SPECIAL_TOKENS - section.path_tokens)
        for run in _packed(_fitted(section.units, budget, count), budget):
            text = "".join(unit.text for unit in run).strip()
            drafts.append(
                ChunkDraft(
                    ordinal=len(drafts),
                    section_ordinal=section_ordinal,
                    section=section.path,
                    text=text,
                    token_count=section.path_tokens + sum(unit.tokens for unit in run),
                    page=run[0].page,
                )
            )
    return drafts


def _sections(document: ParsedDocument) -> Iterator[Section]:
    """Yield the sections in order; a heading with nothing under it is its section's text."""
    title = _title_apart(document)
    open_headings: list[tuple[int, str]] = []
    section = Section(path=title)
    bare: Heading | None = None
    for index, block in enumerate(document.blocks):
        page = document.page_of(index)
        if not isinstance(block, Heading):
            section.units += [u for u in _units(block, page) if u.text.strip()]
            bare = None if section.units else bare
            continue
        if bare is not None and block.level <= bare.level:
            section.units.append(Unit(text=f"{bare.text}\n", page=page))
        yield section
        if block.level == 0:
            title, open_headings = (block.text,), []
        else:
            open_headings = [h for h in open_headings if h[0] < block.level]
            open_headings.append((block.level, block.text))
        path = tuple(dict.fromkeys((*title, *(text for _, text in open_headings))))
        section, bare = Section(path=path), block
    if bare is not None:
        section.units.append(Unit(text=bare.text))
    yield section


def _title_apart(document: ParsedDocument) -> tuple[str, ...]:
    """Return the title where it is not a heading of the text: headings open paths themselves."""
    headings = {block.text for block in document.blocks if isinstance(block, Heading)}
    return (document.title,) if document.title and document.title not in headings else ()


def _units(block: Block, page: int | None) -> Iterator[Unit]:
    match block:
        case Paragraph() | Note():
            yield from _prose(block.text, page)
        case ListItem():
            marker = f"{block.marker} " if block.marker else ""
            yield from _prose("  " * block.depth + marker + block.text, page)
        case Table():
            for line in table_lines(block):
                yield Unit(text=f"{line}\n", whole=True, page=page)
        case Code():
            for line in block.text.splitlines(keepends=True):
                yield Unit(text=line if line.endswith("\n") else f"{line}\n", whole=True, page=page)
        case Picture():
            yield from _prose(block.alternative_text, page)
        case Heading():
            return


def _prose(text: str, page: int | None) -> Iterator[Unit]:
    pieces = sentences(text)
    for piece in pieces[:-1]:
        yield Unit(text=piece, page=page)
    for piece in pieces[-1:]:
        yield Unit(text=f"{piece.rstrip()}\n", page=page)


def _count_all(sections: Sequence[Section], count: Count) -> None:
    """Count every unit and every path in one call, and shorten paths that are too long."""
    units = [unit for section in sections for unit in section.units]
    paths = [PATH_SEPARATOR.join(section.path) for section in sections]
    counts = count([*(unit.text for unit in units), *paths])
    for unit, tokens in zip(units, counts, strict=False):
        unit.tokens = tokens
    for section, tokens in zip(sections, counts[len(units) :], strict=True):
        section.path_tokens = tokens
        while section.path_tokens > PATH_TOKENS:
            section.path = _shorter(section.path)
            section.path_tokens = count([PATH_SEPARATOR.join(section.path)])[0]


def _shorter(path: tuple[str, ...]) -> tuple[str, ...]:
    """Return a path without its first heading, or half of the only one that is left."""
    if len(path) > 1:
        return path[1:]
    return (path[0][: len(path[0]) // 2].rstrip(),)


def _fitted(units: Sequence[Unit], budget: int, count: Count) -> Iterator[Unit]:
    """Yield units of at most `budget` tokens, cutting those that are longer at words."""
    for unit in units:
        limit = WHOLE_ROWS if unit.whole else budget
        if unit.tokens <= limit:
            yield unit
        else:
            yield from _cut(unit, budget, count)


def _cut(unit: Unit, budget: int, count: Count) -> Iterator[Unit]:
    pieces = [p for word in _WORDS.findall(unit.text) for p in _characters(word)]
    counted = zip(pieces, count(pieces), strict=True)
    words = [Unit(text=text, page=unit.page, tokens=tokens) for text, tokens in counted]
    for run in _packed(words, budget):
        yield Unit(
            text="".join(word.text for word in run),
            page=unit.page,
            tokens=sum(word.tokens for word in run),
        )


def _characters(word: str) -> list[str]:
    """Return a word, or its pieces where a script without spaces makes it a whole sentence."""
    return [word[start : start + _PIECE] for start in range(0, len(word), _PIECE)]


def _packed(units: Iterator[Unit] | Sequence[Unit], budget: int) -> Iterator[list[Unit]]:
    """Yield runs of neighbouring units whose tokens fit the budget."""
    run: list[Unit] = []
    used = 0
    for unit in units:
        if run and used + unit.tokens > budget:
            yield run
            run, used = [], 0
        run.append(unit)
        used += unit.tokens
    if run:
        yield run
