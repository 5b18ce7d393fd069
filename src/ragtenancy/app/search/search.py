"""Searching a tenant's documents: hits for a reader, and the reason for a document's absence."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from msgspec import Struct, structs

from ragtenancy.app.concurrency import breathe
from ragtenancy.app.config.configs import TenantConfigs
from ragtenancy.app.search.passages import EvidenceWeigher
from ragtenancy.app.search.ranking import Asked
from ragtenancy.app.search.retrieval import Retrieval, Retriever
from ragtenancy.app.usage.tally import SearchTally
from ragtenancy.domain.answers import Reading
from ragtenancy.domain.bounds import require_bounds
from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.explain import Explanation, Hit, Why, WhyReason
from ragtenancy.domain.hits import Contributions, RankedHit, TermContribution
from ragtenancy.domain.ids import ApiKeyId, BoundedDocumentId, DocumentId
from ragtenancy.domain.manifest import Manifest, SearchFilters
from ragtenancy.domain.query import Query, Question
from ragtenancy.domain.relevance import Bar, Evidence, Scale, may_answer, relevance
from ragtenancy.domain.sources import Passage, Place, distinct, source_of
from ragtenancy.domain.tenant_config import TopK
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.documents import DocumentRepository
from ragtenancy.ports.lexical import LexicalIndex

SPARE = 2  # times `top_k`: hits that replace copies


class SearchRequest(Struct, frozen=True, kw_only=True):
    """A question; without `top_k`, the tenant's applies. `why` names a document to account for.

    `key_id` is the key that the question came with. Raises `MalformedError` for a field out of bounds.
    """

    query: Question
    top_k: TopK | None = None
    filters: SearchFilters | None = None
    explain: bool = False
    why: BoundedDocumentId | None = None
    key_id: ApiKeyId | None = None

    def __post_init__(self) -> None:
        """Check the bounds."""
        require_bounds(self)


class SearchReply(Struct, frozen=True, kw_only=True):
    """The hits, best first; `took_ms` is in milliseconds."""

    hits: Sequence[Hit]
    degraded: Sequence[str]
    took_ms: float
    why: Why | None = None


class Best(Struct, frozen=True, kw_only=True):
    """A hit with its chunk, and the other documents that contain the passage."""

    hit: RankedHit
    chunk: Chunk
    also_in: Sequence[Place] = ()


class HitDescriber:
    """Gives hits their texts, whether they pass, and on request the breakdown of their scores."""

    def __init__(self, lexical: LexicalIndex, evidence: EvidenceWeigher, bar: Bar) -> None:
        self._lexical = lexical
        self._evidence = evidence
        self._bar = bar

    async def describe(
        self,
        asked: Asked,
        retrieval: Retrieval,
        ranked: Sequence[RankedHit],
        chunks: Sequence[Chunk],
        *,
        explain: bool,
    ) -> list[Hit]:
        """Return the hits, numbered from 1; `chunks` are the hits' chunks, in order."""
        terms = await self._terms(asked, retrieval, ranked) if explain else {}
        known = self._evidence.terms(asked.scope, retrieval.manifest, asked.settings.language)
        scales = await self._evidence.weigh(known, [Reading(asked.query.text)], [retrieval])
        weighed = scales.weighed(ranked, chunks)
        await breathe()
        return [
            Hit(
                source=source_of(
                    index, hit, Passage(hit=chunk, chunks=[chunk]), retrieval.manifest
                ),
                above_threshold=may_answer(
                    evidence, self._bar, threshold=asked.effective.similarity_threshold
                ),
                explanation=_explanation(
                    asked, retrieval, hit, evidence, scales.scale, terms.get(hit.chunk_id, ())
                )
                if explain
                else None,
            )
            for index, (hit, chunk, evidence) in enumerate(
                zip(ranked, chunks, weighed, strict=True), 1
            )
        ]

    async def _terms(
        self, asked: Asked, retrieval: Retrieval, ranked: Sequence[RankedHit]
    ) -> Contributions:
        if asked.settings.bm25_weight == 0:
            return {}
        return await self._lexical.explain(
            asked.scope,
            retrieval.manifest,
            asked.lexical_text,
            [hit.chunk_id for hit in ranked],
            language=asked.settings.language,
        )


class DocumentSearch:
    """Returns a tenant's best chunks for a question; the threshold drops none.

    On request, it accounts for one document: its best chunk, its scores, and the reason for its
    absence. Another tenant's document is reported as unknown.
    """

    def __init__(
        self,
        configs: TenantConfigs,
        retriever: Retriever,
        hits: HitDescriber,
        documents: DocumentRepository,
        tally: SearchTally,
        clock: Clock,
    ) -> None:
        self._configs = configs
        self._retriever = retriever
        self._hits = hits
        self._documents = documents
        self._tally = tally
        self._clock = clock

    async def search(self, scope: TenantScope, request: SearchRequest) -> SearchReply:
        """Return the hits. Raises `MalformedError`, `UnavailableError`, `ReindexRequiredError`."""
        started = self._clock.monotonic()
        asked = await self._asked(scope, request)
        work = partial(self._reply, request, asked)
        reply = await self._retriever.at_one_generation(scope, work)
        self._tally.searched(scope, request.key_id)
        return structs.replace(reply, took_ms=(self._clock.monotonic() - started) * 1000)

    async def _asked(self, scope: TenantScope, request: SearchRequest) -> Asked:
        effective = await self._configs.effective(scope)
        top_k = request.top_k or effective.config.search_settings.top_k
        query = Query(text=request.query, top_k=top_k, filters=request.filters)
        return Asked(
            scope=scope,
            query=query,
            effective=effective,
            ranks_wanted=request.explain or request.why is not None,
            spare=1 if effective.config.search_settings.copy_similarity is None else SPARE,
        )

    async def _reply(self, request: SearchRequest, asked: Asked, manifest: Manifest) -> SearchReply:
        """Return the reply at one generation. Raises `StaleWriteError` if the tenant is past it."""
        retrieval = await self._retriever.retrieve_at(asked, manifest)
        await breathe()
        best = await self._distinct(asked, retrieval)
        await breathe()
        ranked, chunks = [each.hit for each in best], [each.chunk for each in best]
        described = await self._hits.describe(
            asked, retrieval, ranked, chunks, explain=request.explain
        )
        hits = [_also_in(hit, each.also_in) for hit, each in zip(described, best, strict=True)]
        return SearchReply(
            hits=hits,
            degraded=retrieval.degraded,
            took_ms=0.0,
            why=await self._why(request.why, asked, retrieval, hits) if request.why else None,
        )

    async def _distinct(self, asked: Asked, retrieval: Retrieval) -> list[Best]:
        """Return the first `top_k` hits that are not copies of better ones."""
        most, listed = asked.query.top_k, retrieval.hits[: asked.wanted]
        read: list[Best] = []
        found: list[Best] = []
        for first in range(0, len(listed), most):
            some = listed[first : first + most]
            chunks = await self._retriever.texts(asked.scope, some)
            read += [Best(hit=h, chunk=c) for h, c in zip(some, chunks, strict=True)]
            found = _without_copies(read, retrieval.manifest, most, asked.settings.copy_similarity)
            if len(found) == most:
                break
        return found

    async def _why(
        self, document_id: DocumentId, asked: Asked, retrieval: Retrieval, hits: Sequence[Hit]
    ) -> Why:
        """Return why a document is absent; no reason if a hit is, or is also in, the document."""
        entry = retrieval.manifest.entries.get(document_id)
        if entry is None:
            known = await self._documents.get(asked.scope, document_id)
            return Why(reason=WhyReason.UNKNOWN if known is None else WhyReason.NOT_ACTIVE)
        best = await self._best(document_id, asked, retrieval)
        filters = asked.query.filters
        if filters is not None and not filters.matches(entry):
            return Why(reason=WhyReason.FILTERED, best=best)
        if best is None:
            return Why(reason=WhyReason.NO_MATCH)
        shown = {hit.source.document_id for hit in hits}
        shown |= {place.document_id for hit in hits for place in hit.source.also_in}
        return Why(reason=None if document_id in shown else WhyReason.OUTRANKED, best=best)

    async def _best(
        self, document_id: DocumentId, asked: Asked, retrieval: Retrieval
    ) -> Hit | None:
        """Return the document's best chunk with its scores and ranks in the whole search."""
        alone = SearchFilters(document_ids=[document_id])
        query = structs.replace(asked.query, filters=alone)
        found = await self._retriever.retrieve_at(
            structs.replace(asked, query=query), retrieval.manifest
        )
        if not found.hits:
            return None
        ranked = [_as_ranked(asked, found.hits, retrieval)]
        chunks = await self._retriever.texts(asked.scope, ranked)
        hits = await self._hits.describe(asked, retrieval, ranked, chunks, explain=True)
        return hits[0]


def _without_copies(
    hits: Sequence[Best], manifest: Manifest, most: int, alike: float | None
) -> list[Best]:
    by_chunk = {each.hit.chunk_id: each for each in hits}
    sources = [
        source_of(0, each.hit, Passage(hit=each.chunk, chunks=[each.chunk]), manifest)
        for each in hits
    ]
    return [
        structs.replace(by_chunk[source.chunk_id], also_in=source.also_in)
        for source in distinct(sources, most, alike)
    ]


def _also_in(hit: Hit, places: Sequence[Place]) -> Hit:
    return structs.replace(hit, source=structs.replace(hit.source, also_in=places))


def _as_ranked(asked: Asked, hits: Sequence[RankedHit], retrieval: Retrieval) -> RankedHit:
    """Return the best of a document's hits, fused as in the whole search."""
    best = asked.ranker.rank(
        {hit.chunk_id: hit.scores.semantic for hit in hits},
        {hit.chunk_id: hit.scores.bm25 for hit in hits},
        best_bm25=retrieval.best_bm25,
    )[0]
    listed = {hit.chunk_id: hit for hit in retrieval.hits}
    return listed.get(best.chunk_id, best)


def _explanation(
    asked: Asked,
    retrieval: Retrieval,
    ranked: RankedHit,
    evidence: Evidence,
    scale: Scale,
    terms: Sequence[TermContribution],
) -> Explanation:
    return Explanation(
        semantic_weight=asked.settings.semantic_weight,
        bm25_weight=asked.settings.bm25_weight,
        similarity_threshold=asked.effective.similarity_threshold,
        best_bm25=retrieval.best_bm25,
        semantic_rank=ranked.semantic_rank,
        bm25_rank=ranked.bm25_rank,
        terms=terms,
        relevance=relevance(evidence),
        relevance_scale=scale.source,
        evidence=evidence,
        config_version=asked.effective.version,
        index_version=retrieval.manifest.generation,
    )
