"""Fusion of both legs; done nowhere else."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from operator import neg
from typing import overload

from msgspec import Struct

from ragtenancy.domain.hits import LegHits, RankedHit, Scores
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

    def fuse(self, semantic: Iterable[float], normalized: Iterable[float]) -> list[float]:
        """Return the fused scores of cosines and normalised BM25s."""
        cosines, words = self.semantic_weight, self.bm25_weight
        return [cosines * s + words * n for s, n in zip(semantic, normalized, strict=True)]

    def rank(
        self,
        semantic: ScoreOf,
        bm25: ScoreOf,
        *,
        best_bm25: float,
        semantic_order: Sequence[ChunkId] = (),
        bm25_order: Sequence[ChunkId] = (),
    ) -> Ranking:
        """Return every chunk that either leg scored; a leg without a score for it counts 0.

        The orders are what each leg listed, best first.
        """
        chunks = semantic.keys() if semantic.keys() >= bm25.keys() else {**bm25, **semantic}
        fused = self.fuse(
            [semantic.get(chunk, 0.0) for chunk in chunks],
            normalized([bm25.get(chunk, 0.0) for chunk in chunks], best_bm25),
        )
        return Ranking(
            sorted(zip(map(neg, fused), chunks, strict=True)),
            semantic=semantic,
            bm25=bm25,
            best_bm25=best_bm25,
            orders=(semantic_order, bm25_order),
        )

    def beyond(
        self,
        semantic: LegHits | None,
        bm25: LegHits | None,
        *,
        semantic_depth: int,
        bm25_depth: int,
    ) -> float:
        """Return an upper bound of the score of a chunk in neither list, given their limits.

        It has at most the last listed cosine and the last listed BM25 (the threshold algorithm
        of Fagin, Lotem and Naor, 2003); a short list leaves none, or for BM25 only zeros.
        A single leg lists in ranking order: nothing is beyond it.
        """
        if semantic is None or bm25 is None or len(semantic.scores) < semantic_depth:
            return -math.inf
        last = bm25.scores[-1] if len(bm25.scores) >= bm25_depth else 0.0
        return self.fuse([semantic.scores[-1]], normalized([last], bm25.best))[0]


def combined(
    rankings: Sequence[Sequence[RankedHit]], weights: Sequence[float]
) -> Sequence[RankedHit]:
    """Return the hits of several readings of one question by their weighted scores, best first.

    A hit is taken from the first reading that lists it. In a reading that does not list it, it gets
    the score of the last listed hit: it cannot have scored higher. Ties: the order of the hits.
    """
    if len(rankings) == 1:
        return rankings[0]
    first: dict[ChunkId, RankedHit] = {}
    for ranking in rankings:
        for hit in ranking:
            first.setdefault(hit.chunk_id, hit)
    totals = dict.fromkeys(first, 0.0)
    for ranking, weight in zip(rankings, weights, strict=True):
        scores = {hit.chunk_id: hit.score for hit in ranking}
        lowest = min(scores.values(), default=0.0)
        for chunk in totals:
            totals[chunk] += weight * scores.get(chunk, lowest)
    return sorted(first.values(), key=lambda hit: (-totals[hit.chunk_id], hit.chunk_id))


def normalized(bm25: Sequence[float], best_bm25: float) -> list[float]:
    """Return BM25s as shares of the best one, 0 if that is 0."""
    return [one / best_bm25 for one in bm25] if best_bm25 > 0 else [0.0] * len(bm25)


class Ranking(Sequence[RankedHit]):
    """Hits, best first; built lazily, since only a few are used."""

    __slots__ = ("_best_bm25", "_bm25", "_negated", "_ranks", "_semantic")

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
        self._ranks = [{chunk: at for at, chunk in enumerate(order, 1)} for order in orders]

    def __len__(self) -> int:
        """Return the number of hits."""
        return len(self._negated)

    def stands(self, count: int, beyond: float) -> bool:
        """Return whether the first `count` hits are final, given others of at most `beyond`."""
        if beyond == -math.inf:
            return True
        return len(self) >= count and -self._negated[count - 1][0] > beyond

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
                bm25_normalized=bm25 / self._best_bm25 if self._best_bm25 > 0 else 0.0,
            ),
            semantic_rank=self._ranks[0].get(chunk),
            bm25_rank=self._ranks[1].get(chunk),
        )
