"""Cutting a document into chunks: document → section → chunk.

Chunks end at sentences, lines and table rows, and hold every word of the document's text once and
in order; headings are in the section path, and a table's header is repeated with each row. Short
sections share a chunk with their neighbours, each under its heading. Only with an overlap does a
chunk begin with sentences of the previous one. Tokens are counted on the text as embedded, so that
the count is exact and the model reads the chunk to its end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct, structs

from ragtenancy.domain.chunks import (
    PATH_SEPARATOR,
    Chunk,
    ChunkDraft,
    PageBreaks,
    indexed_text,
    page_at,
    placed,
)
from ragtenancy.domain.ids import Revision
from ragtenancy.domain.long_rows import cut_row
from ragtenancy.domain.parsed import Heading, Paragraph, ParsedDocument
from ragtenancy.domain.sections import (
    MARKS,
    Section,
    Unit,
    sections_of,
    with_tiny_merged,
    word_runs,
)

Count = Callable[[Sequence[str]], Sequence[int]]

TARGET_TOKENS = 160
LARGEST_CAPTION = 3  # as a share of a chunk, inverted
PATH_TOKENS = 64
SPECIAL_TOKENS = 2
CHARACTERS_PER_TOKEN = 16
"""The most characters of a chunk for each of its tokens: what a tokenizer drops is bounded too."""
_MARK = re.compile(f"[{MARKS}]{{1,16}}")
_SPACES = " \t\n\r"


class Passage(Struct):
    """Neighbouring units of one section that become a chunk, and the tokens of its indexed text.

    `whole` is the text of the units.
    """

    section_ordinal: int
    section: Section
    units: Sequence[Unit]
    whole: str
    tokens: int = 0

    @property
    def text(self) -> str:
        """The units' text without surrounding white space."""
        return self.whole.strip()

    @property
    def pages(self) -> PageBreaks:
        """The offset at which each page begins in the text, and its number; the first at 0."""
        found = [(0, self.units[0].page)]
        if all(unit.page == found[0][1] for unit in self.units):
            return found
        found.clear()
        end = len(self.whole.lstrip()) - len(self.whole)
        for unit in self.units:
            start, end = end, end + len(unit.text)
            if end > 0 and (not found or unit.page != found[-1][1]):
                found.append((max(start, 0), unit.page))
        return found

    @property
    def is_parted(self) -> bool:
        """Whether plain spaces or line ends, and nothing else, separate the counted units."""
        return (
            self.text == self.whole.strip(_SPACES)
            and False not in [unit.is_counted for unit in self.units]
            and _are_parted(self.units)
        )

    @property
    def sum(self) -> int:
        """The total tokens of the section path and the units."""
        return self.section.path_tokens + sum([unit.tokens for unit in self.units])


def chunk_document(
    document: ParsedDocument,
    *,
    count: Count,
    max_tokens: int,
    target: int = TARGET_TOKENS,
    overlap: int = 0,
    adds_up: bool = False,
) -> list[ChunkDraft]:
    """Return the chunks of a document.

    `count` returns the number of tokens of each text, excluding special tokens; if it `adds_up`,
    the counts of texts separated by white space add up to that of the whole. It is also called
    without texts while a long one is cut, so that a counter that raises ends the work. A chunk's section path
    and text have at most `max_tokens` with the two special tokens, and its text at most
    `CHARACTERS_PER_TOKEN` characters for each; a table row or a line of code is cut only where it
    alone is longer. The text aims at `target`, of which up to `overlap` tokens
    are whole sentences from the end of the previous chunk.

    Raises `UnreadableDocumentError` as `sections_of`.
    """
    limit = max_tokens - SPECIAL_TOKENS
    passages = _passages(document, count, limit, target, overlap)
    counted = _exactly_counted(passages, count, limit, adds_up=adds_up)
    del passages
    return [_draft(ordinal, passage) for ordinal, passage in enumerate(_drained(counted))]


def _draft(ordinal: int, passage: Passage) -> ChunkDraft:
    (_, page), *breaks = passage.pages
    return ChunkDraft(
        ordinal=ordinal,
        section_ordinal=passage.section_ordinal,
        section=passage.section.path,
        text=passage.text,
        token_count=passage.tokens,
        page=page,
        page_breaks=tuple(breaks),
    )


def _passages(
    document: ParsedDocument, count: Count, limit: int, target: int, overlap: int
) -> list[Passage]:
    sections = _counted(document, count, limit, target)
    _cut_what_is_too_long(sections, count, limit, target)
    passages: list[Passage] = []
    for ordinal, section in enumerate(sections):
        runs = _runs(section, limit, target, overlap)
        passages += [_passage(ordinal, section, run) for run in runs]
        section.units = []  # the passages hold them
    return passages


def _drained(passages: list[Passage]) -> Iterator[Passage]:
    """Yield passages and forget each: freeing millions of units at once holds up other threads."""
    passages.reverse()
    while passages:
        yield passages.pop()


def refitted(
    chunks: Sequence[Chunk], revision: Revision, *, count: Count, max_tokens: int
) -> Sequence[Chunk]:
    """Return chunks of one embedding model as a new revision, fitted to another model.

    None is longer than `max_tokens`; their tokens are counted anew. Chunks that fit keep their text; a longer one is cut as the
    chunker cuts. `count` and `max_tokens` as in `chunk_document`.
    """
    counts = count([chunk.indexed_text for chunk in chunks])
    counted = (
        structs.replace(chunk, token_count=tokens)
        for chunk, tokens in zip(chunks, counts, strict=True)
    )
    pieces = (piece for chunk in counted for piece in _refitted_pieces(chunk, count, max_tokens))
    return placed(
        [
            structs.replace(piece, revision=revision, ordinal=ordinal)
            for ordinal, piece in enumerate(pieces)
        ]
    )


def _refitted_pieces(chunk: Chunk, count: Count, max_tokens: int) -> Iterator[Chunk]:
    if chunk.token_count <= max_tokens - SPECIAL_TOKENS:
        yield chunk
        return
    headings = [Heading(text=text, level=n) for n, text in enumerate(chunk.section, 1)]
    whole = ParsedDocument(blocks=[*headings, Paragraph(text=chunk.text)])
    at = 0
    for draft in chunk_document(whole, count=count, max_tokens=max_tokens):
        at = max(chunk.text.find(draft.text, at), at)
        end = at + len(draft.text)
        yield structs.replace(
            chunk,
            section=draft.section,
            text=draft.text,
            token_count=draft.token_count,
            page=page_at(at, chunk.page, chunk.page_breaks),
            page_breaks=tuple((each - at, n) for each, n in chunk.page_breaks if at < each < end),
        )
        at = end


def _counted(document: ParsedDocument, count: Count, limit: int, target: int) -> Sequence[Section]:
    """Return the non-empty sections, short ones merged, with every token counted."""
    sections = [section for section in sections_of(document, lambda: count(())) if section.units]
    units = [unit for section in sections for unit in section.units]
    counts = count([*[unit.text for unit in units], *[section.heading for section in sections]])
    for unit, tokens in zip(units, counts, strict=False):
        unit.tokens = tokens
    for section, tokens in zip(sections, counts[len(units) :], strict=True):
        section.heading_tokens = tokens
    path_limit = min(PATH_TOKENS, limit // 2)
    merged = with_tiny_merged(sections, min(target, limit - path_limit))
    _count_paths(merged, count, path_limit)
    return merged


def _count_paths(sections: Sequence[Section], count: Count, limit: int) -> None:
    """Shorten long paths, and count the tokens of every path."""
    short = {path: _path_within(path, limit) for path in {section.path for section in sections}}
    for section in sections:
        section.path = short[section.path]
    paths = [PATH_SEPARATOR.join(section.path) for section in sections]
    for section, tokens in zip(sections, count(paths), strict=True):
        section.path_tokens = tokens
        while section.path_tokens > limit:
            section.path = _shorter(section.path)
            section.path_tokens = count([PATH_SEPARATOR.join(section.path)])[0]


def _path_within(path: tuple[str, ...], limit: int) -> tuple[str, ...]:
    """Return a path with no more characters than so many tokens should have."""
    while (
        sum(map(len, path)) + len(PATH_SEPARATOR) * (len(path) - 1) > limit * CHARACTERS_PER_TOKEN
    ):
        path = _shorter(path)
    return path


def _is_long(text: str, tokens: int) -> bool:
    """Return whether a text has more characters than any text of so many tokens should."""
    return len(text) > tokens * CHARACTERS_PER_TOKEN


def _shorter(path: tuple[str, ...]) -> tuple[str, ...]:
    """Return a path without its first heading, or half of its only heading."""
    if len(path) > 1:
        return path[1:]
    return (path[0][: len(path[0]) // 2].rstrip(),)


def _runs(section: Section, limit: int, target: int, overlap: int) -> Iterator[Sequence[Unit]]:
    """Yield the units of each chunk of a section."""
    budget = min(target, limit - section.path_tokens)
    room = budget - max((_caption_tokens(unit, budget) for unit in section.units), default=0)
    for run in _packed(section.units, room, min(overlap, budget // 2)):
        caption = run[0].caption
        if caption is not None and _caption_tokens(run[0], budget):
            yield [caption, *run]
        else:
            yield run


def _caption_tokens(unit: Unit, budget: int) -> int:
    """Return the tokens of the caption that a row brings along, 0 without one or if it is long."""
    tokens = unit.caption.tokens if unit.caption is not None else 0
    return tokens if tokens * LARGEST_CAPTION <= budget else 0


def _cut_what_is_too_long(
    sections: Sequence[Section], count: Count, limit: int, target: int
) -> None:
    """Cut units longer than the budget: rows between cells, others at words."""
    for section in sections:
        room = limit - section.path_tokens
        budget = min(target, room)
        section.units = [
            part
            for unit in section.units
            for piece in _row_pieces(unit, count, room, budget)
            for part in _fitted(piece, count, room if piece.whole else budget, budget)
        ]


def _row_pieces(unit: Unit, count: Count, room: int, budget: int) -> Sequence[Unit]:
    """Return a row whole, or cut between cells if it is longer than the model reads."""
    caption = _caption_tokens(unit, budget)
    if unit.row is None or unit.tokens <= room - caption:
        return [unit]
    return cut_row(unit, count, budget - caption)


def _fitted(unit: Unit, count: Count, most: int, budget: int) -> Iterator[Unit]:
    """Yield a unit whole, or cut into runs of words that fit."""
    if unit.row is not None or not (unit.tokens > most or _is_long(unit.text, most)):
        yield unit
        return
    texts = word_runs(unit.text)
    words = [Unit(word, unit.page, tokens=n) for word, n in zip(texts, count(texts), strict=True)]
    for run in _packed(words, budget):
        tokens = sum([word.tokens for word in run])
        yield Unit(_joined(run), unit.page, tokens=tokens, is_counted=_are_parted(run))


def _joined(units: Sequence[Unit]) -> str:
    return "".join([unit.text for unit in units])


def _are_parted(units: Sequence[Unit]) -> bool:
    """Return whether a plain space or line end separates each of them."""
    return not "".join([unit.text[-1:] for unit in units[:-1]]).strip(_SPACES)


def _packed(units: Sequence[Unit], budget: int, overlap: int = 0) -> Iterator[Sequence[Unit]]:
    """Yield runs of neighbouring units whose tokens fit the budget."""
    start = end = 0
    while end < len(units):
        held, end = units[start].tokens, start + 1
        while end < len(units) and held + units[end].tokens <= budget:
            held += units[end].tokens
            end += 1
        run = units[start:end]
        yield run
        start = end
        if overlap and end < len(units):
            start -= len(_end_of(run, min(overlap, budget - units[end].tokens)))


def _end_of(run: Sequence[Unit], tokens: int) -> list[Unit]:
    """Return as many of a run's last sentences as fit."""
    kept: list[Unit] = []
    for unit in reversed(run):
        tokens -= unit.tokens
        if tokens < 0 or unit.whole:
            break
        kept.insert(0, unit)
    return kept


def _passage(section_ordinal: int, section: Section, units: Sequence[Unit]) -> Passage:
    return Passage(section_ordinal, section, units, _joined(units))


def _exactly_counted(
    passages: Sequence[Passage], count: Count, limit: int, *, adds_up: bool = False
) -> list[Passage]:
    """Return the non-empty passages, halving those with more than `limit` tokens or too many characters.

    Pieces of a word may tokenize differently from the word.
    """
    held = [passage for passage in passages if passage.text]
    for passage in held:
        passage.tokens = passage.sum if adds_up and passage.is_parted else 0
    unknown = [passage for passage in held if not passage.tokens]
    counts = count([indexed_text(passage.section.path, passage.text) for passage in unknown])
    for passage, tokens in zip(unknown, counts, strict=True):
        passage.tokens = tokens
    counted: list[Passage] = []
    for passage in held:
        fits = passage.tokens <= limit and not _is_long(passage.text, limit)
        if fits or len(passage.text) == 1:
            counted.append(passage)
        else:
            counted += _exactly_counted(_halves(passage), count, limit)
    return counted


def _halves(passage: Passage) -> list[Passage]:
    """Return two passages, split between units or in the middle of a single one."""
    units = passage.units
    if len(units) == 1:
        text, middle = passage.text, len(passage.text) // 2
        marks = _MARK.match(text, middle)
        at = text.rfind(" ", middle // 2, middle) + 1 or (marks.end() if marks else middle)
        units = [Unit(text=part, page=units[0].page) for part in (text[:at], text[at:])]
    middle = len(units) // 2
    return [
        _passage(passage.section_ordinal, passage.section, part)
        for part in (units[:middle], units[middle:])
    ]
