"""Fusing both legs: the only place in the product that does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from ragtenancy.domain.hits import Candidate, RankedHit, Scores
from ragtenancy.domain.ids import ChunkId


class HybridRanker(Struct, frozen=True, kw_only=True):
    """Weighted sum of the cosine and of BM25 divided by the best BM25 of the search.

    score = semantic_weight · semantic + bm25_weight · (bm25 / best_bm25), float64, in that
    order, unrounded; bm25 / best is 0 when best ≤ 0. Ties: document id, then ordinal.
    """

    semantic_weight: float
    bm25_weight: float

    def fuse(self, semantic: float, bm25: float, best_bm25: float) -> tuple[float, Scores]:
        """Return the fused score and the four scores it is made of."""
        normalized = bm25 / best_bm25 if best_bm25 > 0 else 0.0
        scores = Scores(
            semantic=semantic,
            bm25=bm25,
            semantic_normalized=semantic,
            bm25_normalized=normalized,
        )
        return self.semantic_weight * semantic + self.bm25_weight * normalized, scores

    def rank(
        self,
        candidates: Sequence[Candidate],
        *,
        best_bm25: float,
        semantic_ranks: Mapping[ChunkId, int],
        bm25_ranks: Mapping[ChunkId, int],
    ) -> list[RankedHit]:
        """Return every candidate, best first. Ranks count from 1."""
        ranked = []
        for candidate in candidates:
            score, scores = self.fuse(candidate.semantic, candidate.bm25, best_bm25)
            ranked.append(
                RankedHit(
                    chunk_id=candidate.chunk_id,
                    score=score,
                    scores=scores,
                    semantic_rank=semantic_ranks.get(candidate.chunk_id),
                    bm25_rank=bm25_ranks.get(candidate.chunk_id),
                )
            )
        return sorted(ranked, key=_order)


def _order(hit: RankedHit) -> tuple[float, str]:
    """Chunk ids of active revisions sort as their documents and ordinals do."""
    return (-hit.score, hit.chunk_id)
