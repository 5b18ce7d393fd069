"""The candidates of a question with both true scores, ranked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeGuard

from msgspec import Struct

from ragtenancy.app.search.asked import Asked
from ragtenancy.app.search.legs import LegResults, SearchLegs
from ragtenancy.app.search.manifests import Manifests
from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.errors import StaleWriteError, UnavailableError
from ragtenancy.domain.hits import RankedHit
from ragtenancy.domain.ids import ChunkId
from ragtenancy.domain.manifest import Manifest
from ragtenancy.domain.ranking import ScoreOf
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.chunks import ChunkRepository
from ragtenancy.ports.embeddings import Embedder
from ragtenancy.ports.lexical import LexicalIndex
from ragtenancy.ports.vectors import VectorIndex

MAX_READS = 5


class Retrieval(Struct, frozen=True, kw_only=True):
    """Every candidate of one generation, best first, with what ranked them.

    `semantic_known` is false when the cosines could not be had: nothing passes the threshold.
    """

    manifest: Manifest
    hits: Sequence[RankedHit]
    best_bm25: float
    semantic_known: bool
    degraded: tuple[str, ...]


class Retriever:
    """Searches both legs at one generation of the tenant and ranks the union.

    A tenant that changes meanwhile is read again, so that no document is half there.
    """

    def __init__(
        self,
        manifests: Manifests,
        legs: SearchLegs,
        vectors: VectorIndex,
        lexical: LexicalIndex,
        chunks: ChunkRepository,
        embedder: Embedder,
    ) -> None:
        self._manifests = manifests
        self._legs = legs
        self._vectors = vectors
        self._lexical = lexical
        self._chunks = chunks
        self._embedder = embedder

    async def __call__(self, asked: Asked) -> Retrieval:
        """Return the ranked candidates.

        Raises `ReindexRequiredError`, or `UnavailableError` when no leg answered or the tenant
        changed at every reading.
        """
        for _ in range(MAX_READS):
            manifest = await self._manifests.read(asked.scope)
            manifest.require_fingerprint(self._embedder.model.fingerprint)
            try:
                found = await self._at(asked, manifest)
            except StaleWriteError:
                continue
            if found is not None:
                return found
        raise UnavailableError("The documents are changing too fast.", retry_after=1.0)

    async def texts(self, scope: TenantScope, hits: Sequence[RankedHit]) -> list[Chunk] | None:
        """Return the chunks of some hits, None if one was replaced meanwhile."""
        if not hits:
            return []
        chunks = await self._chunks.get(scope, [hit.chunk_id for hit in hits])
        present = [chunk for chunk in chunks if chunk is not None]
        return present if len(present) == len(hits) else None

    async def _at(self, asked: Asked, manifest: Manifest) -> Retrieval | None:
        """Return the ranking at one generation, None if the tenant is past it."""
        legs = await self._legs(asked, manifest)
        if legs.generations() - {manifest.generation}:
            return None
        scores = await self._scores(asked, manifest, legs)
        if scores is None:
            return None
        best = legs.bm25.best if legs.bm25 else 0.0
        hits = asked.ranker.rank(
            *scores,
            best_bm25=best,
            semantic_order=legs.semantic.chunk_ids if legs.semantic else (),
            bm25_order=legs.bm25.chunk_ids if legs.bm25 else (),
        )
        return Retrieval(
            manifest=manifest,
            hits=hits,
            best_bm25=best,
            semantic_known=legs.vector is not None,
            degraded=legs.degraded,
        )

    async def _scores(
        self, asked: Asked, manifest: Manifest, legs: LegResults
    ) -> tuple[ScoreOf, ScoreOf] | None:
        """Return both true scores of the union, None if the tenant changed in between."""
        semantic = legs.semantic.by_chunk() if legs.semantic else {}
        bm25 = legs.bm25.by_chunk() if legs.bm25 else {}
        only_bm25 = [chunk for chunk in bm25 if chunk not in semantic]
        only_semantic = [chunk for chunk in semantic if chunk not in bm25]
        cosines = await self._cosines(asked, manifest, legs, only_bm25)
        scores = await self._bm25s(asked, manifest, legs, only_semantic)
        if not (_known(cosines) and _known(scores)):
            return None
        semantic.update(zip(only_bm25, cosines, strict=False))
        bm25.update(zip(only_semantic, scores, strict=False))
        return semantic, bm25

    async def _cosines(
        self, asked: Asked, manifest: Manifest, legs: LegResults, chunks: Sequence[ChunkId]
    ) -> Sequence[float | None]:
        """Return the cosines of chunks, none at all where the question's vector is not known."""
        if legs.vector is None or not chunks:
            return ()
        return await self._vectors.score(asked.scope, manifest, legs.vector, chunks)

    async def _bm25s(
        self, asked: Asked, manifest: Manifest, legs: LegResults, chunks: Sequence[ChunkId]
    ) -> Sequence[float | None]:
        """Return the BM25 of chunks, none at all where that leg did not answer."""
        if legs.bm25 is None or not chunks:
            return ()
        return await self._lexical.score(
            asked.scope, manifest, asked.query.text, chunks, language=asked.settings.language
        )


def _known(scores: Sequence[float | None]) -> TypeGuard[Sequence[float]]:
    """Tell whether every chunk was active."""
    return None not in scores
