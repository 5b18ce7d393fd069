"""Sources: what an answer, or a search, is shown to rest on."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal

from msgspec import Struct, structs

from ragtenancy.domain.hits import Scores
from ragtenancy.domain.ids import ChunkId, DocumentId

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
    in_turn = [each[at] for at in range(longest) for each in found if at < len(each)]
    once = {source.chunk_id: source for source in reversed(in_turn)}
    kept = list(dict.fromkeys(source.chunk_id for source in in_turn))[:most]
    return [structs.replace(once[chunk], index=n) for n, chunk in enumerate(kept, 1)]
