"""Both legs of a search, side by side, each within its deadline."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from msgspec import Struct, structs

from ragtenancy.app.search.asked import Asked
from ragtenancy.app.search.query_vectors import QueryVectors
from ragtenancy.app.search.reading import Reading
from ragtenancy.domain.errors import (
    BackendTimeoutError,
    ReindexRequiredError,
    RejectedError,
    UnavailableError,
)
from ragtenancy.domain.hits import LegHits
from ragtenancy.domain.manifest import Manifest
from ragtenancy.ports.embeddings import Vector
from ragtenancy.ports.lexical import LexicalIndex
from ragtenancy.ports.vectors import VectorIndex

Found = TypeVar("Found")


class Deadlines(Struct, frozen=True, kw_only=True):
    """Seconds that each leg may take."""

    semantic: float = 10.0
    bm25: float = 10.0


class Depths(Struct, frozen=True, kw_only=True):
    """How many chunks each leg may list."""

    semantic: int
    bm25: int


class LegResults(Struct, frozen=True, kw_only=True):
    """What both legs found; None for a leg that was skipped or missed its deadline."""

    semantic: LegHits | None
    bm25: LegHits | None

    def generations(self) -> set[int]:
        """The generations at which the legs answered."""
        return {leg.generation for leg in (self.semantic, self.bm25) if leg is not None}


class SearchLegs:
    """Runs the legs whose weight is not 0."""

    def __init__(
        self,
        query_vectors: QueryVectors,
        vectors: VectorIndex,
        lexical: LexicalIndex,
        deadlines: Deadlines,
    ) -> None:
        self._query_vectors = query_vectors
        self._vectors = vectors
        self._lexical = lexical
        self._deadlines = deadlines

    async def vector(self, asked: Asked, manifest: Manifest, degraded: list[str]) -> Vector | None:
        """Return the question's vector, or None with a word in `degraded` about why not.

        It is of the documents' model, and needed whatever the weights are: the threshold is one
        of cosines. Raises `ReindexRequiredError` where that model is not on the operator's list.
        """
        model = manifest.embedding_fingerprint
        work = self._query_vectors(asked.scope, asked.query.text, model)
        try:
            return await _within(work, self._deadlines.semantic, "semantic", degraded)
        except RejectedError:  # nonsense is not searched by: the words are
            degraded.append("semantic_unavailable")
            return None

    async def __call__(self, reading: Reading, depths: Depths, degraded: list[str]) -> LegResults:
        """Return both legs' hits. Raises `UnavailableError` when no leg answered."""
        seconds = self._deadlines
        nearby = asyncio.create_task(
            _within(self._semantic(reading, depths), seconds.semantic, "semantic", degraded)
        )
        wordy = asyncio.create_task(
            _within(self._bm25(reading, depths), seconds.bm25, "bm25", degraded)
        )
        await _both(nearby, wordy)
        semantic, bm25 = nearby.result(), wordy.result()
        if semantic is None and bm25 is None and degraded:
            raise UnavailableError("No leg of the search answered.", retry_after=1.0)
        return LegResults(semantic=semantic, bm25=bm25)

    async def deeper(self, reading: Reading, depths: Depths, legs: LegResults) -> LegResults:
        """Return the same with a longer list of the BM25 leg."""
        return structs.replace(legs, bm25=await self._bm25(reading, depths))

    async def _semantic(self, reading: Reading, depths: Depths) -> LegHits | None:
        """Return the nearest chunks; without a vector, or with a weight of 0, there are none."""
        asked = reading.asked
        if reading.vector is None or asked.settings.semantic_weight == 0:
            return None
        return await self._vectors.search(
            asked.scope,
            reading.manifest,
            reading.vector,
            limit=depths.semantic,
            documents=reading.documents,
        )

    async def _bm25(self, reading: Reading, depths: Depths) -> LegHits | None:
        """Return the chunks of highest BM25; a weight of 0 skips the leg."""
        asked = reading.asked
        if asked.settings.bm25_weight == 0:
            return None
        return await self._lexical.search(
            asked.scope,
            reading.manifest,
            asked.lexical_text,
            language=asked.settings.language,
            limit=depths.bm25,
            documents=reading.documents,
        )


async def _within(
    work: Awaitable[Found], seconds: float, leg: str, degraded: list[str]
) -> Found | None:
    """Return what the leg found, or None with a word in `degraded` about why not."""
    try:
        async with asyncio.timeout(seconds):
            return await work
    except ReindexRequiredError:
        raise
    except (TimeoutError, BackendTimeoutError):
        degraded.append(f"{leg}_timeout")
    except UnavailableError:
        degraded.append(f"{leg}_unavailable")
    return None


async def _both(*tasks: asyncio.Task[object]) -> None:
    """Wait for every task; a cancellation ends them all."""
    try:
        await asyncio.wait(tasks)
    finally:
        for task in tasks:
            if not task.done():
                task.cancel()
            elif not task.cancelled():
                task.exception()  # seen, so that a second failure is not reported as lost
