"""The passages that an answerer may read: what is relevant, widened to its sections."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct, structs

from ragtenancy.app.concurrency import together
from ragtenancy.app.search.asked import Asked
from ragtenancy.app.search.describe import source_of
from ragtenancy.app.search.evidence import Scales, WeighEvidence
from ragtenancy.app.search.glossing import GlossReadings
from ragtenancy.app.search.retrieval import Retrieval, Retriever
from ragtenancy.domain.answers import Reading, TermStatistics, meant
from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.errors import UnavailableError
from ragtenancy.domain.glosses import AS_TYPED
from ragtenancy.domain.hits import RankedHit
from ragtenancy.domain.identifiers import Identifier, holds, identifiers_in, missing
from ragtenancy.domain.ids import Fingerprint
from ragtenancy.domain.manifest import SearchFilters
from ragtenancy.domain.overviews import Overview
from ragtenancy.domain.passages import REACH, passages
from ragtenancy.domain.query import Query
from ragtenancy.domain.ranking import combined
from ragtenancy.domain.relevance import Bar, may_answer
from ragtenancy.domain.sources import Source, distinct
from ragtenancy.domain.tenant_config import EffectiveConfig
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
    shape do: nothing can answer then. `readings` are those that were asked, glossed where the
    documents are in another language. `embedding_fingerprint` is that of the documents' model.
    `overview`: they are the openings of one document's parts, which is asked for as a whole.
    """

    sources: Sequence[Source]
    readings: Sequence[Reading]
    degraded: Sequence[str]
    statistics: TermStatistics
    embedding_fingerprint: Fingerprint | None
    missing_identifiers: Sequence[str] = ()
    overview: Overview | None = None


class FindPassages:
    """Retrieves by every reading and its gloss, drops what is not relevant, and widens what is.

    Never more than `top_k` passages, none a copy of a better one. `remote`: each reading costs
    requests to services, so those that only rank are left out.
    """

    def __init__(
        self,
        retrieve: Retriever,
        chunks: ChunkRepository,
        weigh: WeighEvidence,
        gloss: GlossReadings,
        *,
        remote: bool = False,
    ) -> None:
        self._remote = remote
        self._retrieve = retrieve
        self._gloss = gloss
        self._chunks = chunks
        self._weigh = weigh

    async def __call__(self, wanted: Wanted) -> Passages:
        """Return the passages of one generation. Raises as `Retriever` does."""
        if self._remote:
            wanted = structs.replace(wanted, readings=meant(wanted.readings))
        for _ in range(MAX_READS):
            retrievals = await self._retrieved(wanted, [each.text for each in wanted.readings])
            readings = await self._gloss(
                wanted.scope,
                retrievals[0].manifest,
                wanted.effective.config.search_settings.language,
                wanted.readings,
            )
            glossed = [each for each in readings if each.gloss]
            texts = [each.gloss.text for each in glossed if each.gloss]
            retrievals = [*await self._retrieved(wanted, texts), *retrievals]
            if len({each.manifest.generation for each in retrievals}) > 1:
                continue
            as_typed = [_as_typed(each) for each in readings]
            found = await self._passages(
                structs.replace(wanted, readings=readings), [*glossed, *as_typed], retrievals
            )
            if found is not None:
                return found
        raise UnavailableError("The documents are changing too fast.", retry_after=1.0)

    async def _retrieved(self, wanted: Wanted, texts: Sequence[str]) -> list[Retrieval]:
        top_k = wanted.effective.config.search_settings.top_k
        return await together(
            self._retrieve(
                Asked(
                    scope=wanted.scope,
                    query=Query(text=text, top_k=top_k, filters=wanted.filters),
                    effective=wanted.effective,
                    spare=SPARE,
                )
            )
            for text in texts
        )

    async def _passages(
        self, wanted: Wanted, searched: Sequence[Reading], retrievals: Sequence[Retrieval]
    ) -> Passages | None:
        """Return the passages, None if a chunk was replaced meanwhile; one retrieval a reading."""
        settings = wanted.effective.config.search_settings
        weights = [reading.weight for reading in searched]
        hits = combined([each.hits for each in retrievals], weights)[: SPARE * settings.top_k]
        judging = [
            each
            for reading, each in zip(searched, retrievals, strict=True)
            if not reading.ranks_only
        ]
        readings = meant(wanted.readings)
        scales = await self._weigh(wanted.scope, settings.language, readings, judging)
        codes = identifiers_in(wanted.readings[0].text)
        found = Passages(
            sources=(),
            readings=wanted.readings,
            degraded=sorted({word for each in retrievals for word in each.degraded}),
            statistics=scales.statistics,
            embedding_fingerprint=retrievals[0].manifest.embedding_fingerprint,
        )
        best: list[tuple[RankedHit, Chunk]] = []
        near: list[Chunk] = []
        sources: Sequence[Source] = ()
        step = len(hits) if codes else settings.top_k  # the best may hold a code and be the last
        for first in range(0, len(hits), step or 1):
            chunks = await self._retrieve.texts(wanted.scope, hits[first : first + step])
            if chunks is None:
                return None
            absent = missing(codes, [chunk.indexed_text for chunk in chunks])
            if absent:
                return structs.replace(found, missing_identifiers=absent)
            passing = self._passing(wanted, scales, hits[first : first + step], chunks)
            passing.sort(key=lambda pair: not _holds_any(pair[1], codes))
            best += passing
            near += await self._near(wanted.scope, [chunk for _, chunk in passing])
            chosen = [chunk for _, chunk in best]
            made = passages(chosen, near, budget=PASSAGE_TOKENS, most=len(chosen))
            ranked = {chunk.chunk_id: hit for hit, chunk in best}
            sources = distinct(
                (source_of(0, ranked[p.hit.chunk_id], p, retrievals[0].manifest) for p in made),
                settings.top_k,
            )
            if len(sources) == settings.top_k:
                break
        return structs.replace(found, sources=sources)

    def _passing(
        self, wanted: Wanted, scales: Scales, hits: Sequence[RankedHit], chunks: Sequence[Chunk]
    ) -> list[tuple[RankedHit, Chunk]]:
        """Return the hits that may answer, with their chunks."""
        threshold = wanted.effective.similarity_threshold
        evidence = scales.weighed(chunks)
        return [
            (hit, chunk)
            for hit, chunk, each in zip(hits, chunks, evidence, strict=True)
            if may_answer(each, wanted.bar, threshold=threshold)
        ]

    async def _near(self, scope: TenantScope, chunks: Sequence[Chunk]) -> Sequence[Chunk]:
        return await self._chunks.neighbours(scope, chunks, REACH) if chunks else ()


def _as_typed(reading: Reading) -> Reading:
    """Return what a reading counts as it was typed, beside its gloss."""
    return structs.replace(reading, weight=reading.weight * AS_TYPED) if reading.gloss else reading


def _holds_any(chunk: Chunk, codes: Sequence[Identifier]) -> bool:
    return any(holds(chunk.indexed_text, code) for code in codes)
