"""Passages for the answerer: relevant by all the evidence, widened within their sections."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from msgspec import Struct, structs

from ragtenancy.app.concurrency import breathe, for_text, together
from ragtenancy.app.search.glossing import Glossing
from ragtenancy.app.search.ranking import Asked
from ragtenancy.app.search.relevance_scales import RelevanceScales
from ragtenancy.app.search.retrieval import GenerationTerms, Retrieval, Retriever
from ragtenancy.domain.answers import Reading, TermStatistics, meant
from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.content import Lexicons, Vocabulary
from ragtenancy.domain.errors import UnavailableError
from ragtenancy.domain.glosses import AS_TYPED
from ragtenancy.domain.hits import RankedHit
from ragtenancy.domain.identifiers import Identifier, holds, identifiers_in, missing
from ragtenancy.domain.ids import Fingerprint
from ragtenancy.domain.manifest import Manifest, SearchFilters
from ragtenancy.domain.overviews import Overview
from ragtenancy.domain.query import Query, holds_phrase, quoted_phrases
from ragtenancy.domain.ranking import combined
from ragtenancy.domain.refusals import only_refuses
from ragtenancy.domain.relevance import Bar, Evidence, Scale, may_answer
from ragtenancy.domain.sources import REACH, Source, distinct, passages, source_of
from ragtenancy.domain.tenant_config import EffectiveConfig
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.chunks import ChunkRepository
from ragtenancy.ports.lexical import LexicalIndex

PASSAGE_TOKENS = 512
SPARE = 6
Ranked = tuple[RankedHit, Chunk]


class Wanted(Struct, frozen=True, kw_only=True):
    """A tenant's question with its readings, and the relevance its passages must reach."""

    scope: TenantScope
    readings: Sequence[Reading]
    filters: SearchFilters | None
    effective: EffectiveConfig
    bar: Bar

    @property
    def top_k(self) -> int:
        """The number of passages wanted."""
        return self.effective.config.search_settings.top_k

    @property
    def language(self) -> str:
        """The language in which the tenant's documents are indexed."""
        return self.effective.config.search_settings.language


class Passages(Struct, frozen=True, kw_only=True):
    """Numbered passages, best first; empty if nothing was relevant enough.

    `missing_identifiers` are codes in the question that appear nowhere, although others of their
    shape do: then nothing can answer it. `readings` are the question's readings, glossed if the
    documents are in another language. `embedding_fingerprint` is that of the documents' model. With
    `overview`, the passages are the openings of one document's parts.
    """

    sources: Sequence[Source]
    readings: Sequence[Reading]
    degraded: Sequence[str]
    statistics: TermStatistics
    embedding_fingerprint: Fingerprint | None
    missing_identifiers: Sequence[str] = ()
    overview: Overview | None = None


class Scales:
    """Weighs chunks, whether or not they were found for the question's readings."""

    def __init__(
        self,
        readings: Sequence[Reading],
        retrievals: Sequence[Retrieval],
        vocabulary: Vocabulary,
        scale: Scale,
    ) -> None:
        self.scale = scale
        self._retrievals = retrievals
        self._vocabulary = vocabulary
        self._terms = vocabulary.weighted(readings)
        self._codes = identifiers_in(readings[0].text)
        self._phrases = quoted_phrases(readings[0].text)
        self._scores = [{hit.chunk_id: hit.scores for hit in each.hits} for each in retrievals]

    @property
    def statistics(self) -> TermStatistics:
        """The statistics of the question's terms."""
        return self._vocabulary.statistics

    def weighed(self, hits: Sequence[RankedHit], chunks: Sequence[Chunk]) -> list[Evidence]:
        """Return the evidence for the hits, in order; `chunks` are the hits' chunks."""
        texts = [chunk.indexed_text for chunk in chunks]
        coverages = self._coverages(chunks, texts)
        return [
            self._evidence(hit, text, coverage)
            for hit, text, coverage in zip(hits, texts, coverages, strict=True)
        ]

    def _coverages(self, chunks: Sequence[Chunk], texts: Sequence[str]) -> list[float]:
        entries = self._retrievals[0].manifest.entries
        named = [
            f"{text}\n{entries[chunk.document_id].filename}"
            for chunk, text in zip(chunks, texts, strict=True)
        ]
        return [self._terms.coverage(self._vocabulary.of(text)) for text in named]

    def _evidence(self, hit: RankedHit, text: str, coverage: float) -> Evidence:
        """Return the evidence for one chunk, with the margin of the reading that it fits best.

        Cosine and BM25 are from the first reading that lists it.
        """
        listed = [known.get(hit.chunk_id) for known in self._scores]
        first = next((each for each in listed if each is not None), None)
        margins = [
            self.scale.margin(scores.semantic, retrieval.background)
            for scores, retrieval in zip(listed, self._retrievals, strict=True)
            if scores is not None and retrieval.semantic_known
        ]
        return Evidence(
            cosine=first.semantic if first and self._retrievals[0].semantic_known else None,
            margin=max(margins, default=0.0),
            coverage=coverage,
            share=first.bm25_normalized if first else 0.0,
            identified=any(holds(text, code) for code in self._codes)
            or any(holds_phrase(text, phrase) for phrase in self._phrases),
        )


class EvidenceWeigher:
    """Gathers the evidence for a question's chunks, for search and chat alike."""

    def __init__(
        self, lexical: LexicalIndex, lexicons: Lexicons, relevance_scales: RelevanceScales
    ) -> None:
        self._lexical = lexical
        self._lexicons = lexicons
        self._scales = relevance_scales

    def terms(self, scope: TenantScope, manifest: Manifest, language: str) -> GenerationTerms:
        """Return the term statistics at the manifest's generation."""
        return GenerationTerms(self._lexical, scope, manifest, language)

    async def weigh(
        self,
        terms: GenerationTerms,
        readings: Sequence[Reading],
        retrievals: Sequence[Retrieval],
    ) -> Scales:
        """Return the scales that weigh the retrievals' chunks; one retrieval per reading."""
        text = " ".join([reading.everything for reading in readings])
        statistics = await _statistics(terms, text, degraded=retrievals[0].degraded)
        vocabulary = self._lexicons.vocabulary(terms.scope, terms.language, statistics)
        scale = self._scales.of(retrievals[0].manifest.embedding_fingerprint)
        return await for_text(text, lambda: Scales(readings, retrievals, vocabulary, scale))


async def _statistics(
    terms: GenerationTerms, text: str, *, degraded: Sequence[str]
) -> TermStatistics:
    """Return the statistics; empty without the lexical leg, so that all terms weigh the same."""
    if any(word.startswith("bm25") for word in degraded):
        return TermStatistics()
    try:
        return await terms.statistics(text)
    except UnavailableError:
        return TermStatistics()


class PassageFinder:
    """Retrieves by every reading and its gloss, drops irrelevant hits and widens the others.

    Returns at most `top_k` passages, none a copy of a better one. With `remote`, each reading costs
    requests to services, so readings that only rank are left out.
    """

    def __init__(
        self,
        retriever: Retriever,
        chunks: ChunkRepository,
        evidence: EvidenceWeigher,
        glossing: Glossing,
        *,
        remote: bool = False,
    ) -> None:
        self._retriever = retriever
        self._chunks = chunks
        self._evidence = evidence
        self._glossing = glossing
        self._remote = remote

    async def find(self, wanted: Wanted) -> Passages:
        """Return the passages at one generation. Raises as `Retriever` does."""
        if self._remote:
            wanted = structs.replace(wanted, readings=meant(wanted.readings))
        return await self._retriever.at_one_generation(wanted.scope, partial(self._at, wanted))

    async def _at(self, wanted: Wanted, manifest: Manifest) -> Passages:
        """Return the passages at a generation; glosses are searched alongside the typed text."""
        typed = await self._retrieved(wanted, manifest, [each.text for each in wanted.readings])
        terms = self._evidence.terms(wanted.scope, manifest, wanted.language)
        readings = await self._glossing.gloss(terms, wanted.readings)
        glossed = [each for each in readings if each.gloss]
        texts = [each.gloss.text for each in glossed if each.gloss]
        retrievals = [*await self._retrieved(wanted, manifest, texts), *typed]
        searched = [*glossed, *map(_as_typed, readings)]
        wanted = structs.replace(wanted, readings=readings)
        return await self._among(wanted, terms, searched, retrievals)

    async def _retrieved(
        self, wanted: Wanted, manifest: Manifest, texts: Sequence[str]
    ) -> list[Retrieval]:
        queries = [Query(text=text, top_k=wanted.top_k, filters=wanted.filters) for text in texts]
        return await together(
            [
                self._retriever.retrieve_at(
                    Asked(scope=wanted.scope, query=query, effective=wanted.effective, spare=SPARE),
                    manifest,
                )
                for query in queries
            ]
        )

    async def _among(
        self,
        wanted: Wanted,
        terms: GenerationTerms,
        searched: Sequence[Reading],
        retrievals: Sequence[Retrieval],
    ) -> Passages:
        """Return the passages from the retrievals, one retrieval per reading.

        Raises `StaleWriteError` if a chunk was replaced during the search.
        """
        weights = [reading.weight for reading in searched]
        most = SPARE * wanted.top_k
        hits = combined([each.hits for each in retrievals], weights)[:most]
        judging = [
            retrieval
            for reading, retrieval in zip(searched, retrievals, strict=True)
            if not reading.ranks_only
        ]
        scales = await self._evidence.weigh(terms, meant(wanted.readings), judging)
        manifest = retrievals[0].manifest
        sources, absent = await self._sources(wanted, manifest, scales, hits)
        return Passages(
            sources=sources,
            readings=wanted.readings,
            degraded=sorted({word for each in retrievals for word in each.degraded}),
            statistics=scales.statistics,
            embedding_fingerprint=manifest.embedding_fingerprint,
            missing_identifiers=absent,
        )

    async def _sources(
        self, wanted: Wanted, manifest: Manifest, scales: Scales, hits: Sequence[RankedHit]
    ) -> tuple[Sequence[Source], Sequence[str]]:
        """Return the passages around the hits that may answer, or the codes found nowhere.

        Chunks that only refuse are passages if there are no others: whoever may upload one could
        else hide what the documents say.
        """
        codes = identifiers_in(wanted.readings[0].text)
        best: list[Ranked] = []
        near: list[Chunk] = []
        refusing: list[Ranked] = []
        sources: Sequence[Source] = ()
        step = len(hits) if codes else wanted.top_k  # the only hit with the code may be the last
        for first in range(0, len(hits), step or 1):
            some = hits[first : first + step]
            chunks = await self._retriever.texts(wanted.scope, some)
            await breathe()
            passing = _passing(wanted, scales, some, chunks)
            if codes:
                absent = missing(codes, [chunk.indexed_text for chunk in chunks])
                if absent:
                    return (), absent
                passing.sort(key=lambda pair: not _holds_any(pair[1], codes))
            telling: list[Ranked] = []
            for pair in passing:
                (refusing if only_refuses(pair[1].text) else telling).append(pair)
            best += telling
            near += await self._near(wanted.scope, [chunk for _, chunk in telling])
            await breathe()
            sources = _widened(wanted, best, near, manifest)
            if len(sources) == wanted.top_k:
                break
        return sources or _widened(wanted, refusing, (), manifest), ()

    async def _near(self, scope: TenantScope, chunks: Sequence[Chunk]) -> Sequence[Chunk]:
        return await self._chunks.neighbours(scope, chunks, REACH) if chunks else ()


def _as_typed(reading: Reading) -> Reading:
    """Return a reading with the weight of its typed text beside its gloss."""
    return structs.replace(reading, weight=reading.weight * AS_TYPED) if reading.gloss else reading


def _holds_any(chunk: Chunk, codes: Sequence[Identifier]) -> bool:
    return any(holds(chunk.indexed_text, code) for code in codes)


def _passing(
    wanted: Wanted, scales: Scales, hits: Sequence[RankedHit], chunks: Sequence[Chunk]
) -> list[Ranked]:
    """Return the hits that may answer, with their chunks."""
    threshold = wanted.effective.similarity_threshold
    evidence = scales.weighed(hits, chunks)
    return [
        (hit, chunk)
        for hit, chunk, each in zip(hits, chunks, evidence, strict=True)
        if may_answer(each, wanted.bar, threshold=threshold)
    ]


def _widened(
    wanted: Wanted, best: Sequence[Ranked], near: Sequence[Chunk], manifest: Manifest
) -> list[Source]:
    """Return at most `top_k` passages around the hits, none a copy of a better one."""
    chosen = [chunk for _, chunk in best]
    made = passages(chosen, near, budget=PASSAGE_TOKENS, most=len(chosen))
    ranked = {(chunk.document_id, chunk.ordinal): hit for hit, chunk in best}
    return distinct(
        [source_of(0, ranked[p.hit.document_id, p.hit.ordinal], p, manifest) for p in made],
        wanted.top_k,
        wanted.effective.config.search_settings.copy_similarity,
    )
