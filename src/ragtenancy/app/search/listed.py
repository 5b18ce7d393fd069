"""Ranking what both legs list, deep enough that nothing beyond is missed."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs

from ragtenancy.app.search.legs import Depths, LegResults, SearchLegs
from ragtenancy.app.search.reading import Ranked, Reading, all_known
from ragtenancy.domain.hits import LegHits
from ragtenancy.domain.ids import ChunkId
from ragtenancy.domain.ranking import Ranking, ScoreOf
from ragtenancy.domain.relevance import background_of
from ragtenancy.ports.lexical import LexicalIndex
from ragtenancy.ports.vectors import VectorIndex

FIRST_DEPTH = 50
LISTED_PER_HIT = 5
DEEPER = 4
MOST_DEPTH = 3_200


class RankListed:
    """Ranks the union of both legs' lists by both true scores.

    The BM25 leg lists more and more until no chunk in neither list can be among the
    wanted: they are then those of scoring every chunk.
    """

    def __init__(
        self,
        legs: SearchLegs,
        vectors: VectorIndex,
        lexical: LexicalIndex,
        *,
        first_depth: int = FIRST_DEPTH,
    ) -> None:
        self._legs = legs
        self._vectors = vectors
        self._lexical = lexical
        self._first_depth = first_depth

    async def __call__(self, reading: Reading, degraded: list[str]) -> Ranked | None:
        """Return the ranking, None if the tenant is past its generation.

        Raises `UnavailableError` when no leg answered.
        """
        wanted = reading.asked.wanted
        depth = max(self._first_depth, LISTED_PER_HIT * wanted)
        depths = Depths(semantic=depth, bm25=depth)
        legs = await self._legs(reading, depths, degraded)
        if legs.semantic is None and reading.asked.settings.semantic_weight:
            reading = structs.replace(reading, vector=None)  # who lists none scores none
        cosines = legs.semantic.by_chunk() if legs.semantic else {}
        hits = await self._ranked(reading, legs, cosines)
        while hits is not None and depths.bm25 < MOST_DEPTH:
            if hits.stands(wanted, _beyond(reading, legs, depths)):
                break
            depths = structs.replace(depths, bm25=DEEPER * depths.bm25)
            legs = await self._legs.deeper(reading, depths, legs)
            hits = await self._ranked(reading, legs, cosines)
        best = legs.bm25.best if legs.bm25 else 0.0
        known = reading.vector is not None
        if hits is None:
            return None
        return Ranked(
            hits=hits,
            best_bm25=best,
            semantic_known=known,
            background=background_of(sum(cosines.values()), len(cosines)),
        )

    async def _ranked(
        self, reading: Reading, legs: LegResults, cosines: dict[ChunkId, float]
    ) -> Ranking | None:
        """Return the union ranked, None if the tenant changed; fill in its cosines."""
        if legs.generations() - {reading.manifest.generation}:
            return None
        bm25 = await self._scores(reading, legs, cosines)
        if bm25 is None:
            return None
        return reading.asked.ranker.rank(
            cosines,
            bm25,
            best_bm25=legs.bm25.best if legs.bm25 else 0.0,
            semantic_order=_listed(legs.semantic),
            bm25_order=_listed(legs.bm25),
        )

    async def _scores(
        self, reading: Reading, legs: LegResults, cosines: dict[ChunkId, float]
    ) -> ScoreOf | None:
        """Return the BM25 of the union and fill in its cosines, None if the tenant changed."""
        bm25 = legs.bm25.by_chunk() if legs.bm25 else {}
        only_bm25 = [chunk for chunk in bm25 if chunk not in cosines]
        only_semantic = [chunk for chunk in cosines if chunk not in bm25]
        found = await self._cosines(reading, only_bm25)
        scores = await self._bm25s(reading, only_semantic) if legs.bm25 else ()
        if not (all_known(found) and all_known(scores)):
            return None
        cosines.update(zip(only_bm25, found, strict=False))
        bm25.update(zip(only_semantic, scores, strict=False))
        return bm25

    async def _cosines(self, reading: Reading, chunks: Sequence[ChunkId]) -> Sequence[float | None]:
        """Return the cosines of chunks, none at all where the question's vector is not known."""
        if reading.vector is None or not chunks:
            return ()
        return await self._vectors.score(
            reading.asked.scope, reading.manifest, reading.vector, chunks
        )

    async def _bm25s(self, reading: Reading, chunks: Sequence[ChunkId]) -> Sequence[float | None]:
        asked = reading.asked
        return await self._lexical.score(
            asked.scope,
            reading.manifest,
            asked.lexical_text,
            chunks,
            language=asked.settings.language,
        )


def _beyond(reading: Reading, legs: LegResults, depths: Depths) -> float:
    return reading.asked.ranker.beyond(
        legs.semantic, legs.bm25, semantic_depth=depths.semantic, bm25_depth=depths.bm25
    )


def _listed(leg: LegHits | None) -> Sequence[ChunkId]:
    return leg.chunk_ids if leg else ()
