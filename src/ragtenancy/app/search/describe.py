"""Ranked hits as a reader sees them."""

from __future__ import annotations

from collections.abc import Sequence

from ragtenancy.app.search.asked import Asked
from ragtenancy.app.search.evidence import WeighEvidence
from ragtenancy.app.search.retrieval import Retrieval
from ragtenancy.domain.answers import Reading
from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.explain import Explanation, Hit
from ragtenancy.domain.hits import Contributions, RankedHit, TermContribution
from ragtenancy.domain.manifest import Manifest
from ragtenancy.domain.passages import Passage
from ragtenancy.domain.relevance import Bar, Evidence, may_answer, relevance
from ragtenancy.domain.sources import Source
from ragtenancy.ports.lexical import LexicalIndex


class DescribeHits:
    """Gives hits their texts, whether they pass, and on request what their scores are made of."""

    def __init__(self, lexical: LexicalIndex, weigh: WeighEvidence, bar: Bar) -> None:
        self._lexical = lexical
        self._weigh = weigh
        self._bar = bar

    async def __call__(
        self,
        asked: Asked,
        retrieval: Retrieval,
        ranked: Sequence[RankedHit],
        chunks: Sequence[Chunk],
        *,
        explain: bool,
    ) -> list[Hit]:
        """Return the hits, numbered from 1; `chunks` are theirs, in order."""
        terms = await self._terms(asked, retrieval, chunks) if explain else {}
        readings = [Reading(asked.query.text)]
        scales = await self._weigh(asked.scope, asked.settings.language, readings, [retrieval])
        weighed = scales.weighed(chunks)
        return [
            Hit(
                source=source_of(
                    index, hit, Passage(hit=chunk, chunks=[chunk]), retrieval.manifest
                ),
                above_threshold=may_answer(
                    evidence, self._bar, threshold=asked.effective.similarity_threshold
                ),
                explanation=_explanation(
                    asked, retrieval, hit, evidence, terms.get(hit.chunk_id, ())
                )
                if explain
                else None,
            )
            for index, (hit, chunk, evidence) in enumerate(
                zip(ranked, chunks, weighed, strict=True), 1
            )
        ]

    async def _terms(
        self, asked: Asked, retrieval: Retrieval, chunks: Sequence[Chunk]
    ) -> Contributions:
        if asked.settings.bm25_weight == 0:
            return {}
        return await self._lexical.explain(
            asked.scope,
            retrieval.manifest,
            asked.lexical_text,
            [chunk.chunk_id for chunk in chunks],
            language=asked.settings.language,
        )


def source_of(index: int, ranked: RankedHit, passage: Passage, manifest: Manifest) -> Source:
    """Return a hit's passage as the source of that number; `ranked` is the hit."""
    chunk = passage.hit
    entry = manifest.entries[chunk.document_id]
    return Source(
        index=index,
        document_id=chunk.document_id,
        filename=entry.filename,
        version=str(entry.version),
        chunk_id=ranked.chunk_id,
        section=chunk.section,
        text=passage.text,
        page=chunk.page,
        range=passage.range,
        score=ranked.score,
        scores=ranked.scores,
    )


def _explanation(
    asked: Asked,
    retrieval: Retrieval,
    ranked: RankedHit,
    evidence: Evidence,
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
        evidence=evidence,
        config_version=asked.effective.version,
        index_version=retrieval.manifest.generation,
    )
