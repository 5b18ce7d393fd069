"""Both legs of a search, side by side, each within its deadline."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Collection
from typing import TypeVar

from msgspec import Struct

from ragtenancy.app.search.query_vectors import QueryVectors
from ragtenancy.domain.errors import BackendTimeoutError, ReindexRequiredError, UnavailableError
from ragtenancy.domain.hits import LegHits
from ragtenancy.domain.ids import DocumentId
from ragtenancy.domain.manifest import Manifest
from ragtenancy.domain.query import Query
from ragtenancy.domain.tenant_config import SearchSettings
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.embeddings import Vector
from ragtenancy.ports.lexical import LexicalIndex
from ragtenancy.ports.vectors import VectorIndex

DEPTH = 100
Found = TypeVar("Found")


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

    async def __call__(
        self,
        scope: TenantScope,
        manifest: Manifest,
        query: Query,
        settings: SearchSettings,
    ) -> LegResults:
        """Return both legs' hits. Raises `UnavailableError` when no leg answered."""
        documents = manifest.allowed(query.filters)
        limit = max(DEPTH, query.top_k)
        degraded: list[str] = []
        async with asyncio.TaskGroup() as group:
            semantic = group.create_task(
                self._semantic(scope, manifest, query, settings, documents, limit, degraded)
            )
            bm25 = group.create_task(
                self._bm25(scope, manifest, query, settings, documents, limit, degraded)
            )
        vector, nearest = semantic.result()
        best = bm25.result()
        if nearest is None and best is None and degraded:
            raise UnavailableError("No leg of the search answered.", retry_after=1.0)
        return LegResults(
            semantic=nearest, bm25=best, vector=vector, degraded=tuple(sorted(degraded))
        )

    async def _semantic(
        self,
        scope: TenantScope,
        manifest: Manifest,
        query: Query,
        settings: SearchSettings,
        documents: Collection[DocumentId] | None,
        limit: int,
        degraded: list[str],
    ) -> tuple[Vector | None, LegHits | None]:
        """Return the question's vector and the nearest chunks; a weight of 0 lists none."""

        async def run() -> tuple[Vector, LegHits | None]:
            vector = await self._query_vectors(scope, query.text)
            if settings.semantic_weight == 0:
                return vector, None
            hits = await self._vectors.search(
                scope, manifest, vector, limit=limit, documents=documents
            )
            return vector, hits

        found = await _within(run(), self._deadlines.semantic, "semantic", degraded)
        return found or (None, None)

    async def _bm25(
        self,
        scope: TenantScope,
        manifest: Manifest,
        query: Query,
        settings: SearchSettings,
        documents: Collection[DocumentId] | None,
        limit: int,
        degraded: list[str],
    ) -> LegHits | None:
        """Return the chunks of highest BM25; a weight of 0 skips the leg."""
        if settings.bm25_weight == 0:
            return None
        search = self._lexical.search(
            scope,
            manifest,
            query.text,
            language=settings.language,
            limit=limit,
            documents=documents,
        )
        return await _within(search, self._deadlines.bm25, "bm25", degraded)


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
