"""Ranking by the scores of every chunk, where both legs have them all in memory."""

from __future__ import annotations

import asyncio
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ragtenancy.app.search.reading import Ranked, Reading, all_known
from ragtenancy.domain.ranking import HybridRanker
from ragtenancy.domain.relevance import background_of
from ragtenancy.ports.all_scores import AllScores
from ragtenancy.ports.lexical import LexicalIndex
from ragtenancy.ports.vectors import VectorIndex

ROUNDING = 1e-9
PATIENCE = 1.0
BLOCKS_PER_ROW = 4
Scores: TypeAlias = npt.NDArray[np.float64]


class RankEveryChunk:
    """Picks the rows that can be among the best by all scores, and ranks those exactly.

    Lists of each leg's best, and the scores of each in the other, take several times longer.
    """

    def __init__(self, vectors: VectorIndex, lexical: LexicalIndex) -> None:
        self._vectors = vectors
        self._lexical = lexical

    async def __call__(self, reading: Reading) -> Ranked | None:
        """Return the best chunks of all; None where the legs must list theirs.

        So they must where an index is busy for long: listing has its deadlines.
        """
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._ranked(reading)
        except TimeoutError:
            return None

    async def _ranked(self, reading: Reading) -> Ranked | None:
        scores = await self._scores(reading)
        if scores is None or reading.vector is None:
            return None
        cosines, bm25 = scores
        asked = reading.asked
        best = float(bm25.values.max(initial=0.0))
        rows = best_rows(asked.ranker, cosines, bm25, asked.wanted, best_bm25=best)
        chunks = reading.manifest.chunk_ids(rows.tolist())
        exact = await self._vectors.score(asked.scope, reading.manifest, reading.vector, chunks)
        if not all_known(exact):
            return None
        hits = asked.ranker.rank(
            dict(zip(chunks, exact, strict=True)),
            dict(zip(chunks, bm25.values[rows].tolist(), strict=True)),
            best_bm25=best,
        )
        values = cosines.values
        background = background_of(float(values.sum(dtype=np.float64)), len(values))
        return Ranked(hits=hits, best_bm25=best, semantic_known=True, background=background)

    async def _scores(self, reading: Reading) -> tuple[AllScores, AllScores] | None:
        asked = reading.asked
        if reading.vector is None or reading.documents is not None or asked.ranks_wanted:
            return None
        if not (asked.settings.semantic_weight and asked.settings.bm25_weight):
            return None
        bm25 = await self._lexical.all_scores(
            asked.scope, reading.manifest, asked.lexical_text, language=asked.settings.language
        )
        if bm25 is None:
            return None
        cosines = await self._vectors.all_scores(asked.scope, reading.manifest, reading.vector)
        return None if cosines is None else (cosines, bm25)


def best_rows(
    ranker: HybridRanker, cosines: AllScores, bm25: AllScores, count: int, *, best_bm25: float
) -> npt.NDArray[np.intp]:
    """Return the rows that can be among the best `count`, in order."""
    rough = np.multiply(cosines.values, ranker.semantic_weight, dtype=np.float64)
    if best_bm25 > 0:
        rough += bm25.values * (ranker.bm25_weight / best_bm25)
    slack = ranker.semantic_weight * cosines.slack + ROUNDING
    return np.flatnonzero(rough >= _reached(rough, count) - 2 * slack)


def _reached(scores: Scores, count: int) -> float:
    """Return a bound that at least `count` rows reach: the count-th of the block maxima.

    Block i holds the rows i, i + blocks, …, so that the maxima come from whole-row operations.
    """
    blocks = BLOCKS_PER_ROW * count
    if len(scores) <= count:
        return -np.inf
    if len(scores) >= 2 * blocks:
        deep = len(scores) // blocks
        scores = scores[: blocks * deep].reshape(deep, blocks).max(axis=0)
    return float(np.partition(scores, len(scores) - count)[len(scores) - count])
