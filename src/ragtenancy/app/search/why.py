"""Why a document is not among the hits."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs

from ragtenancy.app.config.effective import EffectiveConfig
from ragtenancy.app.search.retrieval import Retrieval, Retriever
from ragtenancy.app.search.sources import passes, source_of
from ragtenancy.domain.explain import Explanation, Hit, Why, WhyReason
from ragtenancy.domain.hits import Candidate, RankedHit
from ragtenancy.domain.ids import DocumentId, parse_chunk_id
from ragtenancy.domain.manifest import SearchFilters
from ragtenancy.domain.query import Query
from ragtenancy.domain.ranking import HybridRanker
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.documents import DocumentRepository
from ragtenancy.ports.lexical import LexicalIndex


class ExplainAbsence:
    """Accounts for one document: its best chunk, its scores, and what kept it out.

    A foreign document is as unknown as an absent one.
    """

    def __init__(
        self, retrieve: Retriever, documents: DocumentRepository, lexical: LexicalIndex
    ) -> None:
        self._retrieve = retrieve
        self._documents = documents
        self._lexical = lexical

    async def __call__(
        self,
        scope: TenantScope,
        document_id: DocumentId,
        query: Query,
        effective: EffectiveConfig,
        retrieval: Retrieval,
    ) -> Why:
        """Return the reason, None when the document is among the first `top_k`."""
        entry = retrieval.manifest.entries.get(document_id)
        if entry is None:
            known = await self._documents.get(scope, document_id)
            return Why(reason=WhyReason.UNKNOWN if known is None else WhyReason.NOT_ACTIVE)
        alone = structs.replace(query, filters=SearchFilters(document_ids=[document_id]))
        found = await self._retrieve(scope, alone, effective.config.search_settings)
        best = await self._best(scope, query, effective, found, retrieval)
        if query.filters is not None and not query.filters.matches(entry):
            return Why(reason=WhyReason.FILTERED, best=best)
        if best is None:
            return Why(reason=WhyReason.NO_MATCH)
        shown = [parse_chunk_id(hit.chunk_id)[0] for hit in retrieval.hits[: query.top_k]]
        return Why(reason=None if document_id in shown else WhyReason.OUTRANKED, best=best)

    async def _best(
        self,
        scope: TenantScope,
        query: Query,
        effective: EffectiveConfig,
        found: Retrieval,
        retrieval: Retrieval,
    ) -> Hit | None:
        if not found.hits:
            return None
        settings = effective.config.search_settings
        ranked = _rescored(found.hits, retrieval, effective)
        chunk = (await self._retrieve.texts(scope, [ranked.chunk_id]))[0]
        if chunk is None or chunk.document_id not in retrieval.manifest.entries:
            return None
        terms = {}
        if settings.bm25_weight:
            terms = dict(
                await self._lexical.explain(
                    scope,
                    retrieval.manifest,
                    query.text,
                    [ranked.chunk_id],
                    language=settings.language,
                )
            )
        return Hit(
            source=source_of(1, ranked, chunk, retrieval.manifest),
            above_threshold=passes(query, ranked, chunk, effective.similarity_threshold, found),
            explanation=Explanation(
                semantic_weight=settings.semantic_weight,
                bm25_weight=settings.bm25_weight,
                similarity_threshold=effective.similarity_threshold,
                best_bm25=retrieval.best_bm25,
                semantic_rank=ranked.semantic_rank,
                bm25_rank=ranked.bm25_rank,
                terms=terms.get(ranked.chunk_id, ()),
                config_version=effective.version,
                index_version=retrieval.manifest.generation,
            ),
        )


def _rescored(
    hits: Sequence[RankedHit], retrieval: Retrieval, effective: EffectiveConfig
) -> RankedHit:
    """Return the best of a document's chunks with the scores and ranks of the whole search."""
    settings = effective.config.search_settings
    listed = {hit.chunk_id: hit for hit in retrieval.hits}
    ranker = HybridRanker(
        semantic_weight=settings.semantic_weight, bm25_weight=settings.bm25_weight
    )
    candidates = [
        Candidate(chunk_id=h.chunk_id, semantic=h.scores.semantic, bm25=h.scores.bm25) for h in hits
    ]
    best = ranker.rank(candidates, best_bm25=retrieval.best_bm25, semantic_ranks={}, bm25_ranks={})[
        0
    ]
    return listed.get(best.chunk_id, best)
