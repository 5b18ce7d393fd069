"""Weighing the evidence for chunks, for search and chat alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from msgspec import Struct

from ragtenancy.app.search.retrieval import Retrieval
from ragtenancy.domain.answers import Reading, TermStatistics
from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.content import Terms, Vocabulary, WeightedTerms
from ragtenancy.domain.errors import UnavailableError
from ragtenancy.domain.hits import Scores
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
        chunks: Sequence[Chunk],
    ) -> Weighed:
        """Return the evidence for chunks; one retrieval a reading.

        A reading that only ranks is no evidence.
        """
        judging = [
            (reading, retrieval)
            for reading, retrieval in zip(readings, retrievals, strict=True)
            if not reading.ranks_only
        ]
        readings, retrievals = [r for r, _ in judging], [r for _, r in judging]
        text = " ".join(reading.text for reading in readings)
        statistics = await self._statistics(scope, retrievals[0], text, language)
        vocabulary = Vocabulary(self._terms_of(language), statistics)
        terms = vocabulary.weighted(readings)
        scores = [{h.chunk_id: h.scores for h in each.hits} for each in retrievals]
        evidence = [
            _evidence(readings[0].text, chunk, retrievals, scores, vocabulary, terms)
            for chunk in chunks
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
    chunk: Chunk,
    retrievals: Sequence[Retrieval],
    scores: Sequence[Mapping[ChunkId, Scores]],
    vocabulary: Vocabulary,
    terms: WeightedTerms,
) -> Evidence:
    """Return what speaks for one chunk: its margin is that of the reading that it fits best.

    Cosine and BM25 are those of the first reading that lists it.
    """
    listed = [known.get(chunk.chunk_id) for known in scores]
    first = next((each for each in listed if each is not None), None)
    text = chunk.indexed_text
    filename = retrievals[0].manifest.entries[chunk.document_id].filename
    known = [
        (each.semantic, retrieval.background)
        for each, retrieval in zip(listed, retrievals, strict=True)
        if each is not None and retrieval.semantic_known
    ]
    return Evidence(
        cosine=first.semantic if first and retrievals[0].semantic_known else None,
        margin=max((margin(*each) for each in known), default=0.0),
        coverage=terms.coverage(vocabulary.of(f"{text}\n{filename}")),
        share=first.bm25_normalized if first else 0.0,
        identified=any(holds(text, code) for code in identifiers_in(question))
        or any(holds_phrase(text, phrase) for phrase in quoted_phrases(question)),
    )
