"""A question's ranked candidates, with exact semantic and BM25 scores, and their texts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TypeVar

from msgspec import Struct

from ragtenancy.app.search.leg_ranking import ListedRanking
from ragtenancy.app.search.manifests import Manifests
from ragtenancy.app.search.query_vectors import QueryVectors
from ragtenancy.app.search.ranking import Asked, Deadlines, EveryChunkRanking, Snapshot, within
from ragtenancy.domain.answers import TermStatistics
from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.errors import RejectedError, StaleWriteError, UnavailableError
from ragtenancy.domain.hits import RankedHit
from ragtenancy.domain.manifest import Manifest
from ragtenancy.domain.relevance import Background
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.chunks import ChunkRepository
from ragtenancy.ports.embeddings import Vector
from ragtenancy.ports.lexical import LexicalIndex

MAX_READS = 6
PAUSES = [0.01 * 2**attempt for attempt in range(MAX_READS)]  # seconds
Result = TypeVar("Result")


class Retrieval(Struct, frozen=True, kw_only=True):
    """Candidates at one generation, best first, with the data that ranked them.

    The first `top_k` are the ones that scoring every chunk would give. `semantic_known` is false
    if the cosines were unavailable. `background` covers all chunks if they are in memory,
    otherwise the listed ones.
    """

    manifest: Manifest
    hits: Sequence[RankedHit]
    best_bm25: float
    semantic_known: bool
    background: Background
    degraded: tuple[str, ...]


class GenerationTerms:
    """Term statistics at one generation of a tenant, looked up once per text."""

    def __init__(
        self, lexical: LexicalIndex, scope: TenantScope, manifest: Manifest, language: str
    ) -> None:
        self.scope = scope
        self.language = language
        self._lexical = lexical
        self._manifest = manifest
        self._known: dict[str, TermStatistics] = {}

    async def statistics(self, text: str) -> TermStatistics:
        """Return the statistics of a text's terms. Raises as `LexicalIndex` does."""
        if text not in self._known:
            self._known[text] = await self._lexical.statistics(
                self.scope, self._manifest, text, language=self.language
            )
        return self._known[text]


class Retriever:
    """Runs both legs at one generation of the tenant and ranks their hits."""

    def __init__(
        self,
        manifests: Manifests,
        query_vectors: QueryVectors,
        every_chunk: EveryChunkRanking,
        listed: ListedRanking,
        chunks: ChunkRepository,
        deadlines: Deadlines,
    ) -> None:
        self._manifests = manifests
        self._query_vectors = query_vectors
        self._every_chunk = every_chunk
        self._listed = listed
        self._chunks = chunks
        self._deadlines = deadlines

    async def at_one_generation(
        self, scope: TenantScope, work: Callable[[Manifest], Awaitable[Result]]
    ) -> Result:
        """Return the result of `work` on the tenant's manifest: no document is seen half-updated.

        If `work` raises `StaleWriteError` because the tenant has moved on, it runs again with a
        fresh manifest; if the manifest is the same, after a pause: a store may lag behind another
        that already shows the latest write. Raises `UnavailableError` after `MAX_READS` attempts.
        """
        read: list[int] = []
        for pause in PAUSES:
            manifest = await self._manifests.read(scope)
            if manifest.generation in read:
                await asyncio.sleep(pause)
            read.append(manifest.generation)
            try:
                return await work(manifest)
            except StaleWriteError:
                continue
        raise UnavailableError(
            "The documents kept changing during the search; try again.", retry_after=1.0
        )

    async def retrieve(self, asked: Asked) -> Retrieval:
        """Return the ranked candidates.

        Raises `ReindexRequiredError`, or `UnavailableError` if no leg answered or the documents
        changed during every attempt.
        """
        return await self.at_one_generation(asked.scope, partial(self.retrieve_at, asked))

    async def retrieve_at(self, asked: Asked, manifest: Manifest) -> Retrieval:
        """Return the ranking at one generation. Raises `StaleWriteError` if the tenant is past it."""
        degraded: list[str] = []
        snapshot = Snapshot(
            asked=asked,
            manifest=manifest,
            documents=manifest.allowed(asked.query.filters),
            vector=await self._vector(asked, manifest, degraded),
        )
        found = await self._every_chunk.rank(snapshot)
        if found is None:
            found = await self._listed.rank(snapshot, degraded)
        return Retrieval(
            manifest=manifest,
            hits=found.hits,
            best_bm25=found.best_bm25,
            semantic_known=found.semantic_known,
            background=found.background,
            degraded=tuple(sorted(degraded)),
        )

    async def texts(self, scope: TenantScope, hits: Sequence[RankedHit]) -> list[Chunk]:
        """Return the hits' chunks, in the hits' order.

        Raises `StaleWriteError` if one was replaced during the search, `UnavailableError`
        (storage_corrupt) if the store returned a different chunk.
        """
        if not hits:
            return []
        wanted = [hit.chunk_id for hit in hits]
        chunks = await self._chunks.get(scope, wanted)
        present = [chunk for chunk in chunks if chunk is not None]
        if len(present) < len(hits):
            raise StaleWriteError("The documents changed during the search.")
        if [chunk.chunk_id for chunk in present] != wanted:
            raise UnavailableError("The store is damaged.", code="storage_corrupt")
        return present

    async def _vector(self, asked: Asked, manifest: Manifest, degraded: list[str]) -> Vector | None:
        """Return the question's vector, or None after adding the reason to `degraded`.

        The vector is from the documents' model, and needed for any weights: the threshold applies
        to cosines. Raises `ReindexRequiredError` if that model is not on the operator's list.
        """
        model = manifest.embedding_fingerprint
        work = self._query_vectors.embed(asked.scope, asked.query.text, model)
        try:
            return await within(self._deadlines.semantic, work, "semantic", degraded)
        except RejectedError:  # the embedding is unusable: search by words alone
            degraded.append("semantic_unavailable")
            return None
