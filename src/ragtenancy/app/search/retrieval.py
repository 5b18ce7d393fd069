"""The candidates of a question with both true scores, ranked."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from ragtenancy.app.search.asked import Asked
from ragtenancy.app.search.legs import LegResults, SearchLegs
from ragtenancy.app.search.manifests import Manifests
from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.errors import StaleWriteError, UnavailableError
from ragtenancy.domain.hits import Candidate, LegHit, LegHits, RankedHit
from ragtenancy.domain.ids import ChunkId
from ragtenancy.domain.manifest import Manifest
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
        candidates = await self._candidates(asked, manifest, legs)
        if candidates is None:
            return None
        best = legs.bm25.best if legs.bm25 else 0.0
        hits = asked.ranker.rank(
            candidates,
            best_bm25=best,
            semantic_ranks=_ranks(legs.semantic),
            bm25_ranks=_ranks(legs.bm25),
        )
        return Retrieval(
            manifest=manifest,
            hits=hits,
            best_bm25=best,
            semantic_known=legs.vector is not None,
            degraded=legs.degraded,
        )

    async def _candidates(
        self, asked: Asked, manifest: Manifest, legs: LegResults
    ) -> list[Candidate] | None:
        """Return the union with both true scores, None if the tenant changed in between."""
        semantic, bm25 = _scores(legs.semantic), _scores(legs.bm25)
        union = list(dict.fromkeys([*semantic, *bm25]))
        if legs.vector is not None:
            missing = [chunk for chunk in union if chunk not in semantic]
            scored = await self._vectors.score(asked.scope, manifest, legs.vector, missing)
            semantic.update(_known(missing, scored))
        if legs.bm25 is not None:
            missing = [chunk for chunk in union if chunk not in bm25]
            scored = await self._lexical.score(
                asked.scope,
                manifest,
                asked.query.text,
                missing,
                language=asked.settings.language,
            )
            bm25.update(_known(missing, scored))
        whole = (legs.vector is None or len(semantic) == len(union)) and (
            legs.bm25 is None or len(bm25) == len(union)
        )
        if not whole:
            return None
        return [
            Candidate(chunk_id=c, semantic=semantic.get(c, 0.0), bm25=bm25.get(c, 0.0))
            for c in union
        ]


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
