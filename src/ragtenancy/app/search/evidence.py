"""Weighing the evidence for chunks, for search and chat alike."""

from __future__ import annotations

from collections.abc import Sequence

from ragtenancy.app.search.retrieval import Retrieval
from ragtenancy.domain.answers import Reading, TermStatistics
from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.content import Lexicons, Vocabulary
from ragtenancy.domain.errors import UnavailableError
from ragtenancy.domain.identifiers import holds, identifiers_in
from ragtenancy.domain.query import holds_phrase, quoted_phrases
from ragtenancy.domain.relevance import Evidence, margin
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.lexical import LexicalIndex


class Scales:
    """Weighs chunks that were found for the readings of one question, or for other ones."""

    def __init__(
        self, readings: Sequence[Reading], retrievals: Sequence[Retrieval], vocabulary: Vocabulary
    ) -> None:
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

    def weighed(self, chunks: Sequence[Chunk]) -> list[Evidence]:
        """Return the evidence for chunks, in order."""
        return [self._evidence(chunk) for chunk in chunks]

    def _evidence(self, chunk: Chunk) -> Evidence:
        """Return what speaks for one chunk: its margin is that of the reading that it fits best.

        Cosine and BM25 are those of the first reading that lists it.
        """
        own, text = self._retrievals[0], chunk.indexed_text
        filename = own.manifest.entries[chunk.document_id].filename
        listed = [known.get(chunk.chunk_id) for known in self._scores]
        first = next((each for each in listed if each is not None), None)
        margins = [
            margin(scores.semantic, retrieval.background)
            for scores, retrieval in zip(listed, self._retrievals, strict=True)
            if scores is not None and retrieval.semantic_known
        ]
        return Evidence(
            cosine=first.semantic if first and own.semantic_known else None,
            margin=max(margins, default=0.0),
            coverage=self._terms.coverage(self._vocabulary.of(f"{text}\n{filename}")),
            share=first.bm25_normalized if first else 0.0,
            identified=any(holds(text, code) for code in self._codes)
            or any(holds_phrase(text, phrase) for phrase in self._phrases),
        )


class WeighEvidence:
    """Gathers what speaks for chunks that were found for a question."""

    def __init__(self, lexical: LexicalIndex, lexicons: Lexicons) -> None:
        self._lexical = lexical
        self._lexicons = lexicons

    async def __call__(
        self,
        scope: TenantScope,
        language: str,
        readings: Sequence[Reading],
        retrievals: Sequence[Retrieval],
    ) -> Scales:
        """Return what weighs the chunks of these retrievals, which are by these readings."""
        text = " ".join(reading.everything for reading in readings)
        statistics = await self._statistics(scope, retrievals[0], text, language)
        vocabulary = self._lexicons.vocabulary(scope, language, statistics)
        return Scales(readings, retrievals, vocabulary)

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
