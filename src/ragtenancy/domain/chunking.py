"""Cutting a document into chunks: document → section → chunk.

Chunks end at sentences, lines and table rows, and hold every word of the document's text once
and in order; headings are in the section path, and a table's header stands with each of its rows.
Sections of few words share a chunk with their neighbours, each under its heading. Only with an
overlap does a chunk begin with sentences of the one before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from ragtenancy.domain.chunks import PATH_SEPARATOR, ChunkDraft
from ragtenancy.domain.parsed import ParsedDocument
from ragtenancy.domain.sections import Section, Unit, sections_of, with_tiny_merged

Count = Callable[[Sequence[str]], Sequence[int]]

TARGET_TOKENS = 160
PATH_TOKENS = 64
SPECIAL_TOKENS = 2
WHOLE_ROWS = 1_024
_WORDS = re.compile(r"\s*\S+\s*")
_PIECE = 64


def chunk_document(
    document: ParsedDocument,
    *,
    count: Count,
    max_tokens: int,
    target: int = TARGET_TOKENS,
    overlap: int = 0,
) -> list[ChunkDraft]:
    """Return the chunks of a document.

    `count` gives the tokens of each of many texts, special tokens left out. A chunk's section
    path and text have at most `max_tokens` with the two special tokens, unless a table row or
    a line of code alone is longer; its text aims at `target`, of which up to `overlap` tokens
    are whole sentences that the chunk before ends with.
    """
    drafts: list[ChunkDraft] = []
    for section_ordinal, section in enumerate(_counted(document, count, max_tokens, target)):
        budget = min(target, max_tokens - SPECIAL_TOKENS - section.path_tokens)
        units = _fitted(section.units, budget, count)
        for run in _packed(units, budget, min(overlap, budget // 2)):
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


def _counted(
    document: ParsedDocument, count: Count, max_tokens: int, target: int
) -> Sequence[Section]:
    """Return the sections that hold text, those of few words together, and count everything."""
    sections = [section for section in sections_of(document) if section.units]
    units = [unit for section in sections for unit in section.units]
    counts = count([*(unit.text for unit in units), *(section.heading for section in sections)])
    for unit, tokens in zip(units, counts, strict=False):
        unit.tokens = tokens
    for section, tokens in zip(sections, counts[len(units) :], strict=True):
        section.heading_tokens = tokens
    merged = with_tiny_merged(sections, min(target, max_tokens - SPECIAL_TOKENS - PATH_TOKENS))
    _count_paths(merged, count)
    return merged


def _count_paths(sections: Sequence[Section], count: Count) -> None:
    """Count every path, and shorten those that are too long."""
    paths = [PATH_SEPARATOR.join(section.path) for section in sections]
    for section, tokens in zip(sections, count(paths), strict=True):
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


def _packed(
    units: Iterator[Unit] | Sequence[Unit], budget: int, overlap: int = 0
) -> Iterator[list[Unit]]:
    """Yield runs of neighbouring units whose tokens fit the budget."""
    run: list[Unit] = []
    used = 0
    for unit in units:
        if run and used + unit.tokens > budget:
            yield run
            run = _end_of(run, min(overlap, budget - unit.tokens)) if overlap else []
            used = sum(kept.tokens for kept in run)
        run.append(unit)
        used += unit.tokens
    if run:
        yield run


def _end_of(run: Sequence[Unit], tokens: int) -> list[Unit]:
    """Return the last sentences of a run, as many as fit."""
    kept: list[Unit] = []
    for unit in reversed(run):
        tokens -= unit.tokens
        if tokens < 0 or unit.whole:
            break
        kept.insert(0, unit)
    return kept
