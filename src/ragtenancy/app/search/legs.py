"""Both legs of a search, side by side, each within its deadline."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Collection
from typing import TypeVar

from msgspec import Struct

from ragtenancy.app.search.asked import Asked
from ragtenancy.app.search.query_vectors import QueryVectors
from ragtenancy.domain.errors import BackendTimeoutError, ReindexRequiredError, UnavailableError
from ragtenancy.domain.hits import LegHits
from ragtenancy.domain.ids import DocumentId
from ragtenancy.domain.manifest import Manifest
from ragtenancy.ports.embeddings import Vector
from ragtenancy.ports.lexical import LexicalIndex
from ragtenancy.ports.vectors import VectorIndex

DEPTH = 100
Found = TypeVar("Found")
Documents = Collection[DocumentId] | None


class Deadlines(Struct, frozen=True, kw_only=True):
    """Seconds that each leg may take."""

    semantic: float = 10.0
    bm25: float = 10.0


class LegResults(Struct, frozen=True, kw_only=True):
    """What both legs found; None for a leg that was skipped or missed its deadline."""

    semantic: LegHits | None
    bm25: LegHits | None
    vector: Vector | None
    degraded: tuple[str, ...]

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

    async def __call__(self, asked: Asked, manifest: Manifest) -> LegResults:
        """Return both legs' hits. Raises `UnavailableError` when no leg answered."""
        documents = manifest.allowed(asked.query.filters)
        return self._now(asked, manifest, documents) or await self._awaited(
            asked, manifest, documents
        )

    def _now(self, asked: Asked, manifest: Manifest, documents: Documents) -> LegResults | None:
        """Return both legs' hits where nothing has to be waited for: two tasks take longer."""
        settings, limit = asked.settings, _depth(asked)
        vector = self._query_vectors.known(asked.scope, asked.query.text)
        if vector is None or not settings.semantic_weight or not settings.bm25_weight:
            return None
        bm25 = self._lexical.search_now(
            asked.scope,
            manifest,
            asked.query.text,
            language=settings.language,
            limit=limit,
            documents=documents,
        )
        if bm25 is None:
            return None
        semantic = self._vectors.search_now(
            asked.scope, manifest, vector, limit=limit, documents=documents
        )
        if semantic is None:
            return None
        return LegResults(semantic=semantic, bm25=bm25, vector=vector, degraded=())

    async def _awaited(self, asked: Asked, manifest: Manifest, documents: Documents) -> LegResults:
        """Return both legs' hits, waited for side by side."""
        degraded: list[str] = []
        seconds = self._deadlines
        nearby = asyncio.create_task(
            _within(
                self._semantic(asked, manifest, documents), seconds.semantic, "semantic", degraded
            )
        )
        wordy = asyncio.create_task(
            _within(self._bm25(asked, manifest, documents), seconds.bm25, "bm25", degraded)
        )
        await _both(nearby, wordy)
        (vector, nearest), bm25 = nearby.result() or (None, None), wordy.result()
        if nearest is None and bm25 is None and degraded:
            raise UnavailableError("No leg of the search answered.", retry_after=1.0)
        return LegResults(
            semantic=nearest, bm25=bm25, vector=vector, degraded=tuple(sorted(degraded))
        )

    async def _semantic(
        self, asked: Asked, manifest: Manifest, documents: Documents
    ) -> tuple[Vector, LegHits | None]:
        """Return the question's vector and the nearest chunks; a weight of 0 lists none.

        The vector is needed even then: the threshold is one of cosines.
        """
        vector = await self._query_vectors(asked.scope, asked.query.text)
        if asked.settings.semantic_weight == 0:
            return vector, None
        hits = await self._vectors.search(
            asked.scope, manifest, vector, limit=_depth(asked), documents=documents
        )
        return vector, hits

    async def _bm25(self, asked: Asked, manifest: Manifest, documents: Documents) -> LegHits | None:
        """Return the chunks of highest BM25; a weight of 0 skips the leg."""
        if asked.settings.bm25_weight == 0:
            return None
        return await self._lexical.search(
            asked.scope,
            manifest,
            asked.query.text,
            language=asked.settings.language,
            limit=_depth(asked),
            documents=documents,
        )


def _depth(asked: Asked) -> int:
    return max(DEPTH, asked.query.top_k)


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
