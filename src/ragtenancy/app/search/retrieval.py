"""The candidates of a question with both true scores, ranked."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from ragtenancy.app.search.legs import LegResults, SearchLegs
from ragtenancy.app.search.manifests import Manifests
from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.errors import StaleWriteError, UnavailableError
from ragtenancy.domain.hits import Candidate, LegHit, LegHits, RankedHit
from ragtenancy.domain.ids import ChunkId
from ragtenancy.domain.manifest import Manifest
from ragtenancy.domain.query import Query
from ragtenancy.domain.ranking import HybridRanker
from ragtenancy.domain.tenant_config import SearchSettings
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.chunks import ChunkRepository
from ragtenancy.ports.embeddings import Embedder, Vector
from ragtenancy.ports.lexical import LexicalIndex
from ragtenancy.ports.vectors import VectorIndex

MAX_READS = 5


class Retrieval(Struct, frozen=True, kw_only=True):
    """Every candidate of one generation, best first, with what ranked them."""

    manifest: Manifest
    hits: Sequence[RankedHit]
    best_bm25: float
    vector: Vector | None
    degraded: tuple[str, ...]

    @property
    def semantic_known(self) -> bool:
        """Whether the cosines are true; without them nothing can pass the threshold."""
        return self.vector is not None


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

    async def __call__(
        self, scope: TenantScope, query: Query, settings: SearchSettings
    ) -> Retrieval:
        """Return the ranked candidates.

        Raises `ReindexRequiredError`, or `UnavailableError` when no leg answered or the tenant
        changed at every reading.
        """
        for _ in range(MAX_READS):
            manifest = await self._manifests.read(scope)
            manifest.require_fingerprint(self._embedder.model.fingerprint)
            try:
                found = await self._at(scope, manifest, query, settings)
            except StaleWriteError:
                continue
            if found is not None:
                return found
        raise UnavailableError("The documents are changing too fast.", retry_after=1.0)

    async def texts(self, scope: TenantScope, ids: Sequence[ChunkId]) -> Sequence[Chunk | None]:
        """Return the chunks of some hits, None for one that was replaced meanwhile."""
        return await self._chunks.get(scope, ids) if ids else []

    async def _at(
        self, scope: TenantScope, manifest: Manifest, query: Query, settings: SearchSettings
    ) -> Retrieval | None:
        legs = await self._legs(scope, manifest, query, settings)
        if legs.generations() - {manifest.generation}:
            return None
        candidates = await self._candidates(scope, manifest, query, settings, legs)
        if candidates is None:
            return None
        ranker = HybridRanker(
            semantic_weight=settings.semantic_weight, bm25_weight=settings.bm25_weight
        )
        best = legs.bm25.best if legs.bm25 else 0.0
        hits = ranker.rank(
            candidates,
            best_bm25=best,
            semantic_ranks=_ranks(legs.semantic),
            bm25_ranks=_ranks(legs.bm25),
        )
        return Retrieval(
            manifest=manifest,
            hits=hits,
            best_bm25=best,
            vector=legs.vector,
            degraded=legs.degraded,
        )

    async def _candidates(
        self,
        scope: TenantScope,
        manifest: Manifest,
        query: Query,
        settings: SearchSettings,
        legs: LegResults,
    ) -> list[Candidate] | None:
        """Return the union with both true scores, None if the tenant changed in between."""
        semantic = _scores(legs.semantic)
        bm25 = _scores(legs.bm25)
        await self._fill_semantic(scope, manifest, legs.vector, semantic, bm25)
        if legs.bm25 is not None:
            missing = [chunk for chunk in semantic if chunk not in bm25]
            scored = await self._lexical.score(
                scope, manifest, query.text, missing, language=settings.language
            )
            bm25.update(_known(missing, scored))
        union = list(dict.fromkeys([*semantic, *bm25]))
        complete = (legs.vector is None or len(semantic) == len(union)) and (
            legs.bm25 is None or len(bm25) == len(union)
        )
        if not complete:
            return None
        return [
            Candidate(chunk_id=c, semantic=semantic.get(c, 0.0), bm25=bm25.get(c, 0.0))
            for c in union
        ]

    async def _fill_semantic(
        self,
        scope: TenantScope,
        manifest: Manifest,
        vector: Vector | None,
        semantic: dict[ChunkId, float],
        bm25: dict[ChunkId, float],
    ) -> None:
        missing = [chunk for chunk in bm25 if chunk not in semantic]
        if vector is not None and missing:
            scored = await self._vectors.score(scope, manifest, vector, missing)
            semantic.update(_known(missing, scored))


def _known(
    chunks: Sequence[ChunkId], scores: Sequence[float | None]
) -> list[tuple[ChunkId, float]]:
    pairs = zip(chunks, scores, strict=True)
    return [(chunk, score) for chunk, score in pairs if score is not None]


def _scores(leg: LegHits | None) -> dict[ChunkId, float]:
    hits: Sequence[LegHit] = leg.hits if leg else ()
    return {hit.chunk_id: hit.score for hit in hits}


def _ranks(leg: LegHits | None) -> dict[ChunkId, int]:
    hits: Sequence[LegHit] = leg.hits if leg else ()
    return {hit.chunk_id: rank for rank, hit in enumerate(hits, 1)}
