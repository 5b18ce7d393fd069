"""Ranking what both legs list, deep enough that nothing beyond is missed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from msgspec import Struct, structs

from ragtenancy.app.search.ranking import Deadlines, Ranked, Snapshot, all_known, within
from ragtenancy.domain.errors import StaleWriteError, UnavailableError
from ragtenancy.domain.hits import LegHits
from ragtenancy.domain.ids import ChunkId
from ragtenancy.domain.ranking import Ranking, ScoreOf
from ragtenancy.domain.relevance import background_of
from ragtenancy.ports.lexical import LexicalIndex
from ragtenancy.ports.vectors import VectorIndex

FIRST_DEPTH = 50
LISTED_PER_HIT = 5
DEEPER = 4
MAX_DEPTH = 3_200


class Depths(Struct, frozen=True, kw_only=True):
    """How many chunks each leg may list."""

    semantic: int
    bm25: int


class LegResults(Struct, frozen=True, kw_only=True):
    """Both legs' hits; None for a leg that was skipped or missed its deadline."""

    semantic: LegHits | None
    bm25: LegHits | None

    def generations(self) -> set[int]:
        """Return the generations at which the legs answered."""
        return {leg.generation for leg in (self.semantic, self.bm25) if leg is not None}


class SearchLegs:
    """Runs the legs with a weight other than 0."""

    def __init__(self, vectors: VectorIndex, lexical: LexicalIndex, deadlines: Deadlines) -> None:
        self._vectors = vectors
        self._lexical = lexical
        self._deadlines = deadlines

    async def search(self, snapshot: Snapshot, depths: Depths, degraded: list[str]) -> LegResults:
        """Return both legs' hits. Raises `UnavailableError` if no leg answered."""
        seconds = self._deadlines
        nearby = asyncio.create_task(
            within(seconds.semantic, self._semantic(snapshot, depths), "semantic", degraded)
        )
        wordy = asyncio.create_task(
            within(seconds.bm25, self._bm25(snapshot, depths), "bm25", degraded)
        )
        await _both(nearby, wordy)
        semantic, bm25 = nearby.result(), wordy.result()
        if semantic is None and bm25 is None and degraded:
            raise UnavailableError(
                "Both search legs failed or exceeded their time limits.", retry_after=1.0
            )
        return LegResults(semantic=semantic, bm25=bm25)

    async def deeper(self, snapshot: Snapshot, depths: Depths, legs: LegResults) -> LegResults:
        """Return the same results with a longer list from the BM25 leg."""
        return structs.replace(legs, bm25=await self._bm25(snapshot, depths))

    async def _semantic(self, snapshot: Snapshot, depths: Depths) -> LegHits | None:
        """Return the nearest chunks; None without a vector or with a weight of 0."""
        asked = snapshot.asked
        if snapshot.vector is None or asked.settings.semantic_weight == 0:
            return None
        return await self._vectors.search(
            asked.scope,
            snapshot.manifest,
            snapshot.vector,
            limit=depths.semantic,
            documents=snapshot.documents,
        )

    async def _bm25(self, snapshot: Snapshot, depths: Depths) -> LegHits | None:
        """Return the chunks with the highest BM25 scores; None with a weight of 0."""
        asked = snapshot.asked
        if asked.settings.bm25_weight == 0:
            return None
        return await self._lexical.search(
            asked.scope,
            snapshot.manifest,
            asked.lexical_text,
            language=asked.settings.language,
            limit=depths.bm25,
            documents=snapshot.documents,
        )


class ListedRanking:
    """Ranks the union of both legs' lists by both exact scores.

    The BM25 leg's list grows until no unlisted chunk can be among the wanted ones: the result is
    then the same as from scoring every chunk.
    """

    def __init__(
        self,
        legs: SearchLegs,
        vectors: VectorIndex,
        lexical: LexicalIndex,
    ) -> None:
        self._legs = legs
        self._vectors = vectors
        self._lexical = lexical

    async def rank(self, snapshot: Snapshot, degraded: list[str]) -> Ranked:
        """Return the ranking.

        Raises `StaleWriteError` if the tenant is past the snapshot's generation,
        `UnavailableError` if no leg answered.
        """
        wanted = snapshot.asked.wanted
        depth = max(FIRST_DEPTH, LISTED_PER_HIT * wanted)
        depths = Depths(semantic=depth, bm25=depth)
        legs = await self._legs.search(snapshot, depths, degraded)
        if legs.semantic is None and snapshot.asked.settings.semantic_weight:
            snapshot = structs.replace(
                snapshot, vector=None
            )  # a leg that lists no chunks scores none
        cosines = legs.semantic.by_chunk() if legs.semantic else {}
        hits = await self._ranked(snapshot, legs, cosines)
        while depths.bm25 < MAX_DEPTH and not hits.stands(wanted, _beyond(snapshot, legs, depths)):
            depths = structs.replace(depths, bm25=DEEPER * depths.bm25)
            legs = await self._legs.deeper(snapshot, depths, legs)
            hits = await self._ranked(snapshot, legs, cosines)
        return Ranked(
            hits=hits,
            best_bm25=legs.bm25.best if legs.bm25 else 0.0,
            semantic_known=snapshot.vector is not None,
            background=background_of(sum(cosines.values()), len(cosines), listed=True),
        )

    async def _ranked(
        self, snapshot: Snapshot, legs: LegResults, cosines: dict[ChunkId, float]
    ) -> Ranking:
        """Return the ranked union; add its missing cosines to `cosines`."""
        if legs.generations() - {snapshot.manifest.generation}:
            raise _changed()
        bm25 = await self._scores(snapshot, legs, cosines)
        return snapshot.asked.ranker.rank(
            cosines,
            bm25,
            best_bm25=legs.bm25.best if legs.bm25 else 0.0,
            semantic_order=_listed(legs.semantic),
            bm25_order=_listed(legs.bm25),
        )

    async def _scores(
        self, snapshot: Snapshot, legs: LegResults, cosines: dict[ChunkId, float]
    ) -> ScoreOf:
        """Return the union's BM25 scores; add its missing cosines to `cosines`."""
        bm25 = legs.bm25.by_chunk() if legs.bm25 else {}
        only_bm25 = [chunk for chunk in bm25 if chunk not in cosines]
        only_semantic = [chunk for chunk in cosines if chunk not in bm25]
        found = await self._cosines(snapshot, only_bm25)
        scores = await self._bm25s(snapshot, only_semantic) if legs.bm25 else ()
        if not (all_known(found) and all_known(scores)):
            raise _changed()
        cosines.update(zip(only_bm25, found, strict=False))
        bm25.update(zip(only_semantic, scores, strict=False))
        return bm25

    async def _cosines(
        self, snapshot: Snapshot, chunks: Sequence[ChunkId]
    ) -> Sequence[float | None]:
        """Return the chunks' cosines; empty without the question's vector."""
        if snapshot.vector is None or not chunks:
            return ()
        return await self._vectors.score(
            snapshot.asked.scope, snapshot.manifest, snapshot.vector, chunks
        )

    async def _bm25s(self, snapshot: Snapshot, chunks: Sequence[ChunkId]) -> Sequence[float | None]:
        asked = snapshot.asked
        return await self._lexical.score(
            asked.scope,
            snapshot.manifest,
            asked.lexical_text,
            chunks,
            language=asked.settings.language,
        )


def _changed() -> StaleWriteError:
    return StaleWriteError("The documents changed during the search.")


def _beyond(snapshot: Snapshot, legs: LegResults, depths: Depths) -> float:
    return snapshot.asked.ranker.beyond(
        legs.semantic, legs.bm25, semantic_depth=depths.semantic, bm25_depth=depths.bm25
    )


def _listed(leg: LegHits | None) -> Sequence[ChunkId]:
    return leg.chunk_ids if leg else ()


async def _both(*tasks: asyncio.Task[object]) -> None:
    """Wait for all tasks; a cancellation cancels them all."""
    try:
        await asyncio.wait(tasks)
    finally:
        for task in tasks:
            if not task.done():
                task.cancel()
            elif not task.cancelled():
                task.exception()  # retrieved, so that asyncio does not report a second failure as lost
