"""What a leg finds and what the ranker makes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from ragtenancy.domain.ids import ChunkId


class LegHit(Struct, frozen=True, gc=False):
    """A chunk with one leg's raw score (cosine, or BM25)."""

    chunk_id: ChunkId
    score: float


class LegHits(Struct, frozen=True, kw_only=True):
    """A leg's best chunks, best first, at one generation of the tenant.

    `best` is the highest score among all active chunks that pass the filters (0 when there are
    none): what BM25 is normalised by.
    """

    generation: int
    hits: Sequence[LegHit]
    best: float = 0.0


class Candidate(Struct, frozen=True, gc=False, kw_only=True):
    """A chunk of the union of both legs, with both of its true scores."""

    chunk_id: ChunkId
    semantic: float
    bm25: float


class Scores(Struct, frozen=True, gc=False, kw_only=True):
    """A hit's raw and normalised scores."""

    semantic: float
    bm25: float
    semantic_normalized: float
    bm25_normalized: float


class RankedHit(Struct, frozen=True, kw_only=True):
    """A chunk with its fused score; ranks count from 1, None where a leg did not list it."""

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
