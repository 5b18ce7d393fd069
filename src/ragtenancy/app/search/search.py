"""Searching a tenant's documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from ragtenancy.app.config.effective import EffectiveConfig, ReadConfig
from ragtenancy.app.search.retrieval import Retrieval, Retriever
from ragtenancy.app.search.sources import passes, source_of
from ragtenancy.app.search.why import ExplainAbsence
from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.errors import UnavailableError
from ragtenancy.domain.explain import Explanation, Hit, Why
from ragtenancy.domain.hits import RankedHit, TermContribution
from ragtenancy.domain.ids import ChunkId, DocumentId
from ragtenancy.domain.manifest import SearchFilters
from ragtenancy.domain.query import Query
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.lexical import LexicalIndex

MAX_READS = 3


class SearchRequest(Struct, frozen=True, kw_only=True):
    """A question; `top_k` None takes the tenant's. `why` names a document to account for."""

    query: str
    top_k: int | None = None
    filters: SearchFilters | None = None
    explain: bool = False
    why: DocumentId | None = None


class SearchReply(Struct, frozen=True, kw_only=True):
    """The hits, best first; `took_ms` in milliseconds."""

    hits: Sequence[Hit]
    degraded: Sequence[str]
    took_ms: float
    why: Why | None = None


class SearchDocuments:
    """Returns the best chunks of a tenant for a question; the threshold drops none."""

    def __init__(
        self,
        read_config: ReadConfig,
        retrieve: Retriever,
        lexical: LexicalIndex,
        explain_absence: ExplainAbsence,
        clock: Clock,
    ) -> None:
        self._read_config = read_config
        self._retrieve = retrieve
        self._lexical = lexical
        self._explain_absence = explain_absence
        self._clock = clock

    async def __call__(self, scope: TenantScope, request: SearchRequest) -> SearchReply:
        """Return the hits. Raises `MalformedError`, `UnavailableError`, `ReindexRequiredError`."""
        started = self._clock.monotonic()
        effective = await self._read_config(scope)
        settings = effective.config.search_settings
        query = Query(
            text=request.query,
            top_k=request.top_k or settings.top_k,
            filters=request.filters,
        )
        for _ in range(MAX_READS):
            retrieval = await self._retrieve(scope, query, settings)
            best = retrieval.hits[: query.top_k]
            chunks = await self._retrieve.texts(scope, [hit.chunk_id for hit in best])
            if None not in chunks:
                break
        else:
            raise UnavailableError("The documents are changing too fast.", retry_after=1.0)
        present = [chunk for chunk in chunks if chunk is not None]
        hits = await self._hits(scope, query, effective, retrieval, best, present, request.explain)
        why = await self._why(scope, request, query, effective, retrieval)
        return SearchReply(
            hits=hits,
            degraded=retrieval.degraded,
            took_ms=(self._clock.monotonic() - started) * 1000,
            why=why,
        )

    async def _hits(
        self,
        scope: TenantScope,
        query: Query,
        effective: EffectiveConfig,
        retrieval: Retrieval,
        best: Sequence[RankedHit],
        chunks: Sequence[Chunk],
        explain: bool,  # noqa: FBT001
    ) -> list[Hit]:
        terms = await self._terms(scope, query, effective, retrieval, chunks) if explain else {}
        hits = []
        for index, (ranked, chunk) in enumerate(zip(best, chunks, strict=True), 1):
            explanation = None
            if explain:
                explanation = explanation_of(
                    ranked, effective, retrieval, terms.get(ranked.chunk_id, ())
                )
            hits.append(
                Hit(
                    source=source_of(index, ranked, chunk, retrieval.manifest),
                    above_threshold=passes(
                        query, ranked, chunk, effective.similarity_threshold, retrieval
                    ),
                    explanation=explanation,
                )
            )
        return hits

    async def _terms(
        self,
        scope: TenantScope,
        query: Query,
        effective: EffectiveConfig,
        retrieval: Retrieval,
        chunks: Sequence[Chunk],
    ) -> Mapping[ChunkId, Sequence[TermContribution]]:
        settings = effective.config.search_settings
        if settings.bm25_weight == 0:
            return {}
        ids = [chunk.chunk_id for chunk in chunks]
        return await self._lexical.explain(
            scope, retrieval.manifest, query.text, ids, language=settings.language
        )

    async def _why(
        self,
        scope: TenantScope,
        request: SearchRequest,
        query: Query,
        effective: EffectiveConfig,
        retrieval: Retrieval,
    ) -> Why | None:
        if request.why is None:
            return None
        return await self._explain_absence(scope, request.why, query, effective, retrieval)


def explanation_of(
    ranked: RankedHit,
    effective: EffectiveConfig,
    retrieval: Retrieval,
    terms: Sequence[TermContribution],
) -> Explanation:
    """Return what a hit's score is made of."""
    settings = effective.config.search_settings
    return Explanation(
        semantic_weight=settings.semantic_weight,
        bm25_weight=settings.bm25_weight,
        similarity_threshold=effective.similarity_threshold,
        best_bm25=retrieval.best_bm25,
        semantic_rank=ranked.semantic_rank,
        bm25_rank=ranked.bm25_rank,
        terms=terms,
        config_version=effective.version,
        index_version=retrieval.manifest.generation,
    )
