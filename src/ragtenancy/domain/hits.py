"""Hits of a leg, and the ranker's fused hits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import neg

from msgspec import Struct, field

from ragtenancy.domain.ids import ChunkId


class LegHits(Struct, frozen=True, kw_only=True):
    """A leg's best chunks, best first, at one generation; `scores[i]` is `chunk_ids[i]`'s.

    Scores are raw: cosines, or BM25. `best` is the highest score among all active chunks that
    pass the filters (0 when there are none): the divisor that normalises BM25.
    """

    generation: int
    chunk_ids: Sequence[ChunkId] = field(default_factory=list)
    scores: Sequence[float] = field(default_factory=list)
    best: float = 0.0

    @classmethod
    def highest(
        cls,
        generation: int,
        chunk_ids: Sequence[ChunkId],
        scores: Sequence[float],
        *,
        limit: int,
    ) -> LegHits:
        """Return the `limit` highest scores, ties by document id, then ordinal.

        Ids of active chunks sort this way: `#` sorts before every character of a document id.
        """
        ordered = sorted(zip(map(neg, scores), chunk_ids, strict=True))
        return cls(
            generation=generation,
            chunk_ids=[chunk for _, chunk in ordered[:limit]],
            scores=[-score for score, _ in ordered[:limit]],
            best=-ordered[0][0] if ordered else 0.0,
        )

    def by_chunk(self) -> dict[ChunkId, float]:
        """Return the score of each chunk."""
        return dict(zip(self.chunk_ids, self.scores, strict=True))


class Scores(Struct, frozen=True, gc=False, kw_only=True):
    """A hit's raw and normalised scores."""

    semantic: float
    bm25: float
    semantic_normalized: float
    bm25_normalized: float


class RankedHit(Struct, frozen=True, kw_only=True):
    """A chunk with its fused score; ranks count from 1, None if a leg did not list it."""

    chunk_id: ChunkId
    score: float
    scores: Scores
    semantic_rank: int | None = None
    bm25_rank: int | None = None


class TermContribution(Struct, frozen=True, kw_only=True):
    """What one term of the question adds to a chunk's BM25."""

    term: str
    frequency: int
    document_frequency: int
    idf: float
    contribution: float


Contributions = Mapping[ChunkId, Sequence[TermContribution]]
