"""Weighing the evidence for chunks, for search and chat alike."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from msgspec import Struct

from ragtenancy.app.search.retrieval import Retrieval
from ragtenancy.domain.answers import Reading, TermStatistics
from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.content import Terms, Vocabulary, WeightedTerms
from ragtenancy.domain.errors import UnavailableError
from ragtenancy.domain.hits import RankedHit
from ragtenancy.domain.identifiers import holds, identifiers_in
from ragtenancy.domain.ids import ChunkId
from ragtenancy.domain.query import holds_phrase, quoted_phrases
from ragtenancy.domain.relevance import Evidence, margin
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.analyzers import Analyzer
from ragtenancy.ports.lexical import LexicalIndex


class Weighed(Struct, frozen=True, kw_only=True):
    """The evidence for each chunk, in order, and the statistics of the question's terms."""

    evidence: Sequence[Evidence]
    statistics: TermStatistics


class WeighEvidence:
    """Gathers what speaks for chunks that were found for the readings of a question."""

    def __init__(self, lexical: LexicalIndex, analyzer: Analyzer) -> None:
        self._lexical = lexical
        self._analyzer = analyzer
        self._terms: dict[str, Terms] = {}

    async def __call__(
        self,
        scope: TenantScope,
        language: str,
        readings: Sequence[Reading],
        retrievals: Sequence[Retrieval],
        hits: Sequence[RankedHit],
        chunks: Sequence[Chunk],
    ) -> Weighed:
        """Return the evidence for `chunks`, which are those of `hits`; one retrieval a reading."""
        text = " ".join(reading.everything for reading in readings)
        statistics = await self._statistics(scope, retrievals[0], text, language)
        vocabulary = Vocabulary(self._terms_of(language), statistics)
        terms = vocabulary.weighted(readings)
        cosines = [{h.chunk_id: h.scores.semantic for h in each.hits} for each in retrievals]
        evidence = [
            _evidence(readings[0].text, hit, chunk, retrievals, cosines, vocabulary, terms)
            for hit, chunk in zip(hits, chunks, strict=True)
        ]
        return Weighed(evidence=evidence, statistics=statistics)

    async def _statistics(
        self, scope: TenantScope, retrieval: Retrieval, text: str, language: str
    ) -> TermStatistics:
        """Return the statistics; none where the lexical leg was missed: all terms weigh alike then."""
        if any(word.startswith("bm25") for word in retrieval.degraded):
            return TermStatistics()
        try:
            return await self._lexical.statistics(
                scope, retrieval.manifest, text, language=language
            )
        except UnavailableError:
            return TermStatistics()

    def _terms_of(self, language: str) -> Terms:
        return self._terms.setdefault(language, partial(self._analyzer.terms, language=language))


def _evidence(
    question: str,
    hit: RankedHit,
    chunk: Chunk,
    retrievals: Sequence[Retrieval],
    cosines: Sequence[dict[ChunkId, float]],
    vocabulary: Vocabulary,
    terms: WeightedTerms,
) -> Evidence:
    """Return what speaks for one chunk: its margin is that of the reading that it fits best."""
    text = chunk.indexed_text
    filename = retrievals[0].manifest.entries[chunk.document_id].filename
    margins = [
        margin(known[chunk.chunk_id], retrieval.background)
        for known, retrieval in zip(cosines, retrievals, strict=True)
        if chunk.chunk_id in known and retrieval.semantic_known
    ]
    return Evidence(
        cosine=hit.scores.semantic if retrievals[0].semantic_known else None,
        margin=max(margins, default=0.0),
        coverage=terms.coverage(vocabulary.of(f"{text}\n{filename}")),
        share=hit.scores.bm25_normalized,
        identified=any(holds(text, code) for code in identifiers_in(question))
        or any(holds_phrase(text, phrase) for phrase in quoted_phrases(question)),
    )
