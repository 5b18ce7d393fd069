"""Sources: the numbered passages behind an answer or a search."""

from __future__ import annotations

import re
from collections.abc import Collection, Container, Iterable, Sequence
from functools import cache
from typing import Literal

from msgspec import Struct, structs

from ragtenancy.domain.chunks import (
    Chunk,
    PageBreaks,
    is_near,
    page_at,
    page_breaks_of,
    range_of,
    stored_text,
)
from ragtenancy.domain.comparable import comparable
from ragtenancy.domain.hits import RankedHit, Scores
from ragtenancy.domain.ids import ChunkId, DocumentId
from ragtenancy.domain.manifest import Manifest

REACH = 6  # ordinals on either side that a passage may include
_PUNCTUATION = re.compile(
    r"(?:[.,:'\u2019](?!\d)|[;!?\"()\[\]{}<>|*_`#\u2018\u201a\u201c-\u201e\u00ab\u00bb\u2022\u2026\u00a1\u00bf])+"
    r"|(?<!\S)[-\u2013\u2014](?!\S)"
)
FEWEST_WORDS = 12
EXACT = 1.0
_WORD = re.compile(r"[\u0e01-\u0ece\u1000-\u103f\u1780-\u17d3\u3040-\u30ff\u3400-\u9fff]|[^\W_]+")
Reason = Literal["not_in_passage", "number_not_in_passage", "not_cited"]


class Unsupported(Struct, frozen=True, kw_only=True):
    """A statement that no passage supports; `range` counts characters of the answer."""

    range: tuple[int, int]
    reason: Reason


class Place(Struct, frozen=True, kw_only=True):
    """A document that holds the same passage, in whole or in part."""

    document_id: DocumentId
    filename: str


class Source(Struct, frozen=True, kw_only=True):
    """A passage with its number (from 1), its place and the scores of its best hit.

    `range` counts characters of the document's stored text, end exclusive, None if not known. `page`
    is where the passage begins, `page_breaks` where it goes on, in characters of `text`.
    `cited` states whether the answer cites it, None before the answer's end. `also_in` are other
    documents that hold the same passage, in whole or in part. A source whose document was deleted
    is `removed`: without text, section, page and range.
    """

    index: int
    document_id: DocumentId
    filename: str
    version: str
    chunk_id: ChunkId
    section: Sequence[str]
    text: str
    page: int | None = None
    page_breaks: PageBreaks = ()
    range: tuple[int, int] | None = None
    score: float
    scores: Scores
    cited: bool | None = None
    also_in: Sequence[Place] = ()
    removed: bool = False

    def page_at(self, offset: int) -> int | None:
        """Return the page of a character of the text."""
        return page_at(offset, self.page, self.page_breaks)


class Citation(Struct, frozen=True, kw_only=True):
    """A marker of an answer, the index of the source it names, and the words there that say most of it.

    `marker` counts characters of the answer, `range` those of the document's stored text (None if
    its place is not known), each end exclusive. `quote` is a sentence or row of the source's text,
    word for word, and `page` where it begins.
    """

    index: int
    marker: tuple[int, int]
    quote: str
    range: tuple[int, int] | None
    page: int | None


class Passage(Struct, frozen=True, kw_only=True):
    """A run of neighbouring chunks of one section around its best hit."""

    hit: Chunk
    chunks: Sequence[Chunk]

    @property
    def text(self) -> str:
        """The chunks' texts, in order."""
        return stored_text(self.chunks)

    @property
    def range(self) -> tuple[int, int] | None:
        """Its range of characters in the document's stored text, end exclusive."""
        return range_of(self.chunks)

    @property
    def page(self) -> int | None:
        """The page on which its text begins."""
        return self.chunks[0].page

    @property
    def page_breaks(self) -> PageBreaks:
        """Where its text goes on to another page."""
        return page_breaks_of(self.chunks)


def passages(
    hits: Sequence[Chunk], neighbours: Sequence[Chunk], *, budget: int, most: int
) -> list[Passage]:
    """Return at most `most` passages around hits, best first.

    A hit in an earlier passage is skipped, and no passage repeats another's chunks.
    """
    made: list[Passage] = []
    taken: dict[DocumentId, set[int]] = {}
    for hit in hits:
        held = taken.setdefault(hit.document_id, set())
        if hit.ordinal not in held and len(made) < most:
            section = [chunk for chunk in neighbours if is_near(chunk, hit, REACH)]
            made.append(widen(hit, section, budget=budget, taken=held))
            held.update(chunk.ordinal for chunk in made[-1].chunks)
    return made


def widen(hit: Chunk, section: Sequence[Chunk], *, budget: int, taken: Collection[int]) -> Passage:
    """Return the hit with its neighbours, nearest first, while their tokens fit `budget`.

    `section` holds chunks of the hit's section; `taken` the ordinals in earlier passages of the
    same document, which are never repeated. The hit itself always fits.
    """
    by_ordinal = {chunk.ordinal: chunk for chunk in section} | {hit.ordinal: hit}
    first = last = hit.ordinal
    used = hit.token_count
    grown = True
    while grown:
        grown = False
        for ordinal in (last + 1, first - 1):
            neighbour = by_ordinal.get(ordinal)
            if neighbour is None or ordinal in taken or used + neighbour.token_count > budget:
                continue
            used += neighbour.token_count
            first, last = min(first, ordinal), max(last, ordinal)
            grown = True
    return Passage(hit=hit, chunks=[by_ordinal[o] for o in range(first, last + 1)])


def source_of(index: int, ranked: RankedHit, passage: Passage, manifest: Manifest) -> Source:
    """Return a hit's passage as the source with that number; `ranked` is the hit."""
    chunk = passage.hit
    entry = manifest.entries[chunk.document_id]
    return Source(
        index=index,
        document_id=chunk.document_id,
        filename=entry.filename,
        version=str(entry.version),
        chunk_id=ranked.chunk_id,
        section=chunk.section,
        text=passage.text,
        page=passage.page,
        page_breaks=passage.page_breaks,
        range=passage.range,
        score=ranked.score,
        scores=ranked.scores,
    )


def without_documents_but(source: Source, documents: Container[DocumentId]) -> Source:
    """Return a source without the content and the copies of documents not in `documents`."""
    kept = structs.replace(
        source, also_in=tuple(place for place in source.also_in if place.document_id in documents)
    )
    if source.document_id in documents:
        return kept
    return structs.replace(
        kept, removed=True, text="", section=(), page=None, page_breaks=(), range=None
    )


def with_citations(sources: Sequence[Source], cited: Collection[int]) -> list[Source]:
    """Return the sources, each marked as cited or not."""
    return [structs.replace(source, cited=source.index in cited) for source in sources]


def merged(
    found: Sequence[Sequence[Source]], *, most: int, alike: float | None = EXACT
) -> list[Source]:
    """Return the sources of several questions in turn, without repeats, renumbered from 1.

    Each question's sources are `distinct` already.
    """
    if len(found) == 1:
        return list(found[0][:most])
    longest = max(map(len, found), default=0)
    turns = (each[at] for at in range(longest) for each in found if at < len(each))
    return distinct(turns, most, alike)


def distinct(sources: Iterable[Source], most: int, alike: float | None = EXACT) -> list[Source]:
    """Return the first `most` sources that are not copies of earlier ones, numbered from 1.

    A copy's document and its own `also_in` are added to the `also_in` of the source that it copies,
    even once `most` are found. `alike` is the least similarity of a copy: `EXACT` for the same words
    only, None for none but the same chunk.
    """
    kept: list[Source] = []
    copies = Copies(alike)
    for source in sources:
        for at, better in enumerate(kept):
            if copies.is_one(source, better):
                kept[at] = _also_in(better, source)
                break
        else:
            if len(kept) < most:
                kept.append(source)
    return [structs.replace(source, index=n) for n, source in enumerate(kept, 1)]


def wording(text: str) -> str:
    """Return the words, numbers and symbols of a text in order, surrounded by spaces.

    Case, white space and punctuation are dropped, except signs and separators of numbers.
    """
    folded = comparable(text).casefold()
    said = " ".join(_PUNCTUATION.sub(" ", folded).split())
    return f" {said} " if said else ""


class Copies:
    """Decides which sources are copies of better ones, at least `alike`."""

    def __init__(self, alike: float | None) -> None:
        self._alike = alike
        self._worded = cache(wording)
        self._shingles = cache(_shingles)

    def is_one(self, source: Source, better: Source) -> bool:
        """Return whether a better source contains a source's text, or nearly does.

        Word for word, a different number, code, name or "not" makes it another statement. The
        headings must be equal, except the first of each document, usually its title. A few words
        may mean something else elsewhere: below `FEWEST_WORDS` only a whole passage is a copy, and
        only if its first heading is equal too.
        """
        if source.chunk_id == better.chunk_id:
            return True
        path, other = tuple(source.section), tuple(better.section)
        title = 0 if source.document_id == better.document_id else 1
        if self._alike is None or path[title:] != other[title:]:
            return False
        said, whole = self._worded(source.text), self._worded(better.text)
        if said.count(" ") <= FEWEST_WORDS:
            return said == whole and path == other
        return said in whole or (self._alike < EXACT and self._is_near(said, whole, self._alike))

    def _is_near(self, said: str, whole: str, alike: float) -> bool:
        """Return whether the Jaccard index of both texts' shingles is at least `alike`."""
        one, other = self._shingles(said), self._shingles(whole)
        return len(one & other) >= alike * len(one | other)


def _shingles(said: str) -> frozenset[tuple[str, ...]]:
    """Return the runs of three words; in a script without spaces, of letters."""
    words = _WORD.findall(said)
    return frozenset(zip(words, words[1:], words[2:], strict=False))


def _also_in(source: Source, copy: Source) -> Source:
    """Return a source with the documents of its copy added."""
    places = [*source.also_in, Place(document_id=copy.document_id, filename=copy.filename)]
    once = {place.document_id: place for place in reversed([*places, *copy.also_in])}
    once.pop(source.document_id, None)
    return structs.replace(source, also_in=tuple(reversed(once.values())))
