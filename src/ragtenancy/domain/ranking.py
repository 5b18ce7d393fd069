"""Fusing both legs: the only place in the product that does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import overload

from msgspec import Struct

from ragtenancy.domain.hits import RankedHit, Scores
from ragtenancy.domain.ids import ChunkId

ScoreOf = Mapping[ChunkId, float]


class HybridRanker(Struct, frozen=True, kw_only=True):
    """Weighted sum of the cosine and of BM25 divided by the best BM25 of the search.

    score = semantic_weight · semantic + bm25_weight · (bm25 / best_bm25), float64, in that
    order, unrounded; bm25 / best is 0 when best ≤ 0. Ties: document id, then ordinal, as the
    ids of active chunks sort.
    """

    semantic_weight: float
    bm25_weight: float

    def fuse(self, semantic: float, normalized: float) -> float:
        """Return the fused score of a cosine and a normalised BM25."""
        return self.semantic_weight * semantic + self.bm25_weight * normalized

    def rank(
        self,
        semantic: ScoreOf,
        bm25: ScoreOf,
        *,
        best_bm25: float,
        semantic_order: Sequence[ChunkId] = (),
        bm25_order: Sequence[ChunkId] = (),
    ) -> Ranking:
        """Return every chunk of either mapping; a leg that has no score for it counts 0.

        The orders are what each leg listed, best first.
        """
        fused = {
            chunk: self.fuse(cosine, normalized(bm25.get(chunk, 0.0), best_bm25))
            for chunk, cosine in semantic.items()
        }
        for chunk in bm25.keys() - fused.keys():
            fused[chunk] = self.fuse(0.0, normalized(bm25[chunk], best_bm25))
        return Ranking(
            sorted((-score, chunk) for chunk, score in fused.items()),
            semantic=semantic,
            bm25=bm25,
            best_bm25=best_bm25,
            orders=(semantic_order, bm25_order),
        )


def normalized(bm25: float, best_bm25: float) -> float:
    """Return BM25 as a share of the best one, 0 where there is none."""
    return bm25 / best_bm25 if best_bm25 > 0 else 0.0


class Ranking(Sequence[RankedHit]):
    """Hits, best first; each is made when it is looked at, since few of many are."""

    __slots__ = ("_best_bm25", "_bm25", "_negated", "_orders", "_semantic")

    def __init__(
        self,
        negated: Sequence[tuple[float, ChunkId]],
        *,
        semantic: ScoreOf,
        bm25: ScoreOf,
        best_bm25: float,
        orders: tuple[Sequence[ChunkId], Sequence[ChunkId]],
    ) -> None:
        self._negated = negated
        self._semantic = semantic
        self._bm25 = bm25
        self._best_bm25 = best_bm25
        self._orders = orders

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._negated)

    @overload
    def __getitem__(self, at: int) -> RankedHit: ...
    @overload
    def __getitem__(self, at: slice) -> list[RankedHit]: ...
    def __getitem__(self, at: int | slice) -> RankedHit | list[RankedHit]:
        """Return a hit, or several."""
        if isinstance(at, slice):
            return [self._hit(*one) for one in self._negated[at]]
        return self._hit(*self._negated[at])

    def _hit(self, negated: float, chunk: ChunkId) -> RankedHit:
        semantic, bm25 = self._semantic.get(chunk, 0.0), self._bm25.get(chunk, 0.0)
        return RankedHit(
            chunk_id=chunk,
            score=-negated,
            scores=Scores(
                semantic=semantic,
                bm25=bm25,
                semantic_normalized=semantic,
                bm25_normalized=normalized(bm25, self._best_bm25),
            ),
            semantic_rank=_rank(chunk, self._orders[0]),
            bm25_rank=_rank(chunk, self._orders[1]),
        )


def _rank(chunk: ChunkId, order: Sequence[ChunkId]) -> int | None:
    """Return the place in a leg's list, counted from 1."""
    return order.index(chunk) + 1 if chunk in order else None
