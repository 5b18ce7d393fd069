"""Sources: what an answer, or a search, is shown to rest on."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from typing import Literal

from msgspec import Struct, structs

from ragtenancy.domain.hits import Scores
from ragtenancy.domain.ids import ChunkId, DocumentId

_PUNCTUATION = re.compile(
    r"(?:[.,:'\u2019](?!\d)|[;!?\"()\[\]{}<>|*_`#\u2018\u201a\u201c-\u201e\u00ab\u00bb\u2022\u2026\u00a1\u00bf])+"
    r"|(?<!\S)[-\u2013\u2014](?!\S)"
)
Reason = Literal["not_in_passage", "number_not_in_passage", "not_cited"]


class Unsupported(Struct, frozen=True, kw_only=True):
    """A statement that no passage bears out; `range` counts characters of the answer."""

    range: tuple[int, int]
    reason: Reason


class Place(Struct, frozen=True, kw_only=True):
    """A document that holds the same passage."""

    document_id: DocumentId
    filename: str


class Source(Struct, frozen=True, kw_only=True):
    """A passage with its number (from 1), its place and the scores of its best hit.

    `range` counts characters of the document's stored text, end exclusive, None where that is not
    known.
    `cited` tells whether the answer names it, None before the answer's end. `also_in` are other
    documents that hold the same passage.
    """

    index: int
    document_id: DocumentId
    filename: str
    version: str
    chunk_id: ChunkId
    section: Sequence[str]
    text: str
    page: int | None = None
    range: tuple[int, int] | None = None
    score: float
    scores: Scores
    cited: bool | None = None
    also_in: Sequence[Place] = ()


def with_citations(sources: Sequence[Source], cited: Collection[int]) -> list[Source]:
    """Return the sources, each with whether an answer names it."""
    return [structs.replace(source, cited=source.index in cited) for source in sources]


def merged(found: Sequence[Sequence[Source]], *, most: int) -> list[Source]:
    """Return the sources of several questions in turn, each once, numbered anew from 1."""
    longest = max(map(len, found), default=0)
    return distinct((each[at] for at in range(longest) for each in found if at < len(each)), most)


def distinct(sources: Iterable[Source], most: int) -> list[Source]:
    """Return the first `most` sources that are no copy of one before, numbered from 1.

    What a copy is in goes to the `also_in` of the source that it is a copy of, with what it names
    itself; so do copies that come after the last.
    """
    kept: list[Source] = []
    wordings: list[str] = []
    for source in sources:
        said = wording(source.text)
        for at, better in enumerate(kept):
            if source.chunk_id == better.chunk_id or (
                says(wordings[at], said) and _stands_alike(source, better)
            ):
                kept[at] = _also_in(better, source)
                break
        else:
            if len(kept) < most:
                kept.append(source)
                wordings.append(said)
    return [structs.replace(source, index=n) for n, source in enumerate(kept, 1)]


def wording(text: str) -> str:
    """Return the words, numbers and symbols of a text in order, a space around each.

    Case, white space and punctuation are left out, but for signs and marks of numbers.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    said = " ".join(_PUNCTUATION.sub(" ", folded).split())
    return f" {said} " if said else ""


def says(whole: str, part: str) -> bool:
    """Tell whether a wording holds all of another, word for word in one run.

    One other number, code, name or "not" makes it another statement: likeness by a share of
    common words would let that pass.
    """
    return bool(part) and part in whole


def _stands_alike(source: Source, other: Source) -> bool:
    """Tell whether two sources stand under the same headings, documents' own titles apart."""
    skipped = 0 if source.document_id == other.document_id else 1
    return tuple(source.section[skipped:]) == tuple(other.section[skipped:])


def _also_in(source: Source, copy: Source) -> Source:
    """Return a source with the documents that its copy is in."""
    places = [*source.also_in, Place(document_id=copy.document_id, filename=copy.filename)]
    once = {place.document_id: place for place in reversed([*places, *copy.also_in])}
    once.pop(source.document_id, None)
    return structs.replace(source, also_in=tuple(reversed(once.values())))
