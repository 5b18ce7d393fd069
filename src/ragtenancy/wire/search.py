"""Search: requests, hits and their score breakdowns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from ragtenancy.domain.manifest import SearchFilters
from ragtenancy.domain.tenant_config import TopK
from ragtenancy.wire.fields import DocumentId, Question


class Filters(SearchFilters, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Filters on the documents to search; a list means any of its values."""


class WhyRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The document to account for."""

    document_id: DocumentId


class SearchRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A search; without `top_k`, the client's own applies."""

    query: Question
    top_k: TopK | None = None
    filters: Filters | None = None
    explain: bool = False
    why: WhyRequest | None = None


class Scores(Struct, frozen=True, kw_only=True):
    """Raw and normalised scores of both legs."""

    semantic: float
    bm25: float
    semantic_normalized: float
    bm25_normalized: float


class Place(Struct, frozen=True, kw_only=True):
    """Another document that contains the same passage, in whole or in part."""

    document_id: str
    filename: str


class Source(Struct, frozen=True, kw_only=True):
    """A passage; `index` is the number of its marker `[n]`, from 1.

    `range` is in characters of the document's stored text (its chunks in order, separated by line
    ends), end exclusive; null for documents stored before ranges were. `cited` is whether the
    answer cites it; null before the answer's end and in a search.
    """

    index: int
    document_id: str
    filename: str
    version: str
    chunk_id: str
    section: Sequence[str]
    text: str
    page: int | None = None
    range: tuple[int, int] | None = None
    score: float
    scores: Scores
    cited: bool | None = None
    also_in: Sequence[Place] = ()


class Term(Struct, frozen=True, kw_only=True):
    """One question term's contribution to a chunk's BM25 score."""

    term: str
    frequency: int
    document_frequency: int
    idf: float
    contribution: float


class Evidence(Struct, frozen=True, kw_only=True):
    """Evidence for a hit besides its score; `margin` is from the client's background, 0, to 1."""

    cosine: float | None
    margin: float
    coverage: float
    share: float
    identified: bool


class Explanation(Struct, frozen=True, kw_only=True):
    """The values that recompute the score to the last bit, and the evidence for its relevance."""

    semantic_weight: float
    bm25_weight: float
    similarity_threshold: float | None
    best_bm25: float
    semantic_rank: int | None
    bm25_rank: int | None
    terms: Sequence[Term]
    config_version: int
    index_version: int
    relevance: float
    evidence: Evidence


class Hit(Source, frozen=True, kw_only=True):
    """A source found by search, and whether it is relevant enough for chat."""

    above_threshold: bool
    explanation: Explanation | None = None


class Why(Struct, frozen=True, kw_only=True):
    """Why a document is not among the hits; `reason` is null if it is."""

    reason: Literal["outranked", "filtered", "not_active", "no_match", "unknown"] | None
    best: Hit | None = None


class SearchReply(Struct, frozen=True, kw_only=True):
    """The hits, best first."""

    hits: Sequence[Hit]
    client_id: str
    degraded: Sequence[str]
    took_ms: float
    why: Why | None = None
