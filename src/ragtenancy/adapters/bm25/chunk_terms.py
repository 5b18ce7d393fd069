"""A chunk as BM25 sees it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

from ragtenancy.domain.ids import ChunkId


class ChunkTerms(Struct, frozen=True, kw_only=True):
    """The distinct terms of a chunk by first appearance, how often each, and all in all."""

    chunk_id: ChunkId
    terms: Sequence[str]
    frequencies: Sequence[int]
    length: int


def chunk_terms(chunk_id: ChunkId, terms: Sequence[str]) -> ChunkTerms:
    """Count the terms of a chunk."""
    counts = Counter(terms)
    return ChunkTerms(
        chunk_id=chunk_id,
        terms=tuple(counts),
        frequencies=tuple(counts.values()),
        length=len(terms),
    )
