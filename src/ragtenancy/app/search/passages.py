"""The passages that an answerer may read: what is relevant, widened to its sections."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from msgspec import Struct

from ragtenancy.app.config.effective import EffectiveConfig
from ragtenancy.app.search.asked import Asked
from ragtenancy.app.search.describe import source_of
from ragtenancy.app.search.evidence import WeighEvidence
from ragtenancy.app.search.retrieval import Retrieval, Retriever
from ragtenancy.domain.answers import Reading, TermStatistics
from ragtenancy.domain.errors import UnavailableError
from ragtenancy.domain.identifiers import holds, identifiers_in, missing
from ragtenancy.domain.manifest import SearchFilters
from ragtenancy.domain.passages import REACH, passages
from ragtenancy.domain.query import Query
from ragtenancy.domain.ranking import combined
from ragtenancy.domain.relevance import Bar, may_answer
from ragtenancy.domain.sources import Source
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.chunks import ChunkRepository

PASSAGE_TOKENS = 512
MAX_READS = 3
SPARE = 6


class Wanted(Struct, frozen=True, kw_only=True):
    """A question of one tenant, the ways in which it is read, and how relevant passages must be."""

    scope: TenantScope
    readings: Sequence[Reading]
    filters: SearchFilters | None
    effective: EffectiveConfig
    bar: Bar


class Passages(Struct, frozen=True, kw_only=True):
    """Numbered passages, best first; none means that nothing was relevant enough.

    `missing_identifiers` are codes that are asked for and stand nowhere, though others of their
    shape do: nothing can answer then.
    """

    sources: Sequence[Source]
    degraded: Sequence[str]
    statistics: TermStatistics
    missing_identifiers: Sequence[str] = ()


class FindPassages:
    """Retrieves by every reading, drops what is not relevant, and widens what is.

    Never more than `top_k` passages.
    """

    def __init__(
        self,
        retrieve: Retriever,
        chunks: ChunkRepository,
        weigh: WeighEvidence,
    ) -> None:
        self._retrieve = retrieve
        self._chunks = chunks
        self._weigh = weigh

    async def __call__(self, wanted: Wanted) -> Passages:
        """Return the passages of one generation. Raises as `Retriever` does."""
        for _ in range(MAX_READS):
            retrievals = await self._retrieved(wanted)
            if len({each.manifest.generation for each in retrievals}) > 1:
                continue
            found = await self._passages(wanted, retrievals)
            if found is not None:
                return found
        raise UnavailableError("The documents are changing too fast.", retry_after=1.0)

    async def _retrieved(self, wanted: Wanted) -> list[Retrieval]:
        top_k = wanted.effective.config.search_settings.top_k
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(
                    self._retrieve(
                        Asked(
                            scope=wanted.scope,
                            query=Query(text=reading.text, top_k=top_k, filters=wanted.filters),
                            effective=wanted.effective,
                            spare=SPARE,
                        )
                    )
                )
                for reading in wanted.readings
            ]
        return [task.result() for task in tasks]

    async def _passages(self, wanted: Wanted, retrievals: Sequence[Retrieval]) -> Passages | None:
        """Return the passages, None if a chunk was replaced meanwhile."""
        settings = wanted.effective.config.search_settings
        own = retrievals[0]
        weights = [reading.weight for reading in wanted.readings]
        hits = combined([each.hits for each in retrievals], weights)[: SPARE * settings.top_k]
        chunks = await self._retrieve.texts(wanted.scope, hits)
        if chunks is None:
            return None
        weighed = await self._weigh(
            wanted.scope, settings.language, wanted.readings, retrievals, chunks
        )
        degraded = sorted({word for each in retrievals for word in each.degraded})
        codes = identifiers_in(wanted.readings[0].text)
        absent = missing(codes, [chunk.indexed_text for chunk in chunks])
        if absent:
            return Passages(
                sources=(),
                degraded=degraded,
                statistics=weighed.statistics,
                missing_identifiers=absent,
            )
        threshold = wanted.effective.similarity_threshold
        passing = {
            chunk.chunk_id: hit
            for hit, chunk, evidence in zip(hits, chunks, weighed.evidence, strict=True)
            if may_answer(evidence, wanted.bar, threshold=threshold)
        }
        named = {c.chunk_id for c in chunks if any(holds(c.indexed_text, code) for code in codes)}
        best = [chunk for chunk in chunks if chunk.chunk_id in passing]
        best.sort(key=lambda chunk: chunk.chunk_id not in named)
        near = await self._chunks.neighbours(wanted.scope, best, REACH) if best else ()
        made = passages(best, near, budget=PASSAGE_TOKENS, most=settings.top_k)
        sources = [
            source_of(n, passing[p.hit.chunk_id], p.hit, own.manifest, p.text)
            for n, p in enumerate(made, 1)
        ]
        return Passages(sources=sources, degraded=degraded, statistics=weighed.statistics)
