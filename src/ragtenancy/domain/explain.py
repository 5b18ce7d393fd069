"""Why a hit has its rank, and why a document is absent."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct

from ragtenancy.domain.hits import TermContribution
from ragtenancy.domain.relevance import Evidence, ScaleSource
from ragtenancy.domain.sources import Source


class Explanation(Struct, frozen=True, kw_only=True):
    """Everything needed to recompute a hit's score to the last bit.

    score = semantic_weight · semantic + bm25_weight · (bm25 / best_bm25); bm25 is the sum of
    the terms' contributions in order. `relevance` (0..1) combines all the evidence, whose margin
    is by the embedder's scale.
    """

    semantic_weight: float
    bm25_weight: float
    similarity_threshold: float | None
    best_bm25: float
    semantic_rank: int | None
    bm25_rank: int | None
    terms: Sequence[TermContribution]
    config_version: int
    index_version: int
    relevance: float
    relevance_scale: ScaleSource
    evidence: Evidence


class Hit(Struct, frozen=True, kw_only=True):
    """A search hit: a source, whether it passes, and on request its explanation."""

    source: Source
    above_threshold: bool
    explanation: Explanation | None = None


class WhyReason(StrEnum):
    """Why a document is not among the hits, such as others ranking above it."""

    OUTRANKED = "outranked"
    FILTERED = "filtered"
    NOT_ACTIVE = "not_active"
    NO_MATCH = "no_match"
    UNKNOWN = "unknown"


class Why(Struct, frozen=True, kw_only=True):
    """The reason, None when the document is among the hits, and its best chunk."""

    reason: WhyReason | None
    best: Hit | None = None
