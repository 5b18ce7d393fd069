"""The passages that an answerer may read: passing hits, widened to their sections."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from ragtenancy.app.config.effective import EffectiveConfig
from ragtenancy.app.search.retrieval import Retrieval, Retriever
from ragtenancy.app.search.sources import passes, source_of
from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.errors import UnavailableError
from ragtenancy.domain.hits import RankedHit
from ragtenancy.domain.ids import DocumentId
from ragtenancy.domain.passages import widen
from ragtenancy.domain.query import Query
from ragtenancy.domain.sources import Source
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.chunks import ChunkRepository

PASSAGE_TOKENS = 512
MAX_READS = 3


class Passages(Struct, frozen=True, kw_only=True):
    """Numbered passages, best first; none means that nothing passed."""

    sources: Sequence[Source]
    degraded: Sequence[str]


class FindPassages:
    """Retrieves, drops what does not pass, and widens what does; never above `top_k` passages."""

    def __init__(self, retrieve: Retriever, chunks: ChunkRepository) -> None:
        self._retrieve = retrieve
        self._chunks = chunks

    async def __call__(
        self, scope: TenantScope, query: Query, effective: EffectiveConfig
    ) -> Passages:
        """Return the passages of one generation. Raises as `Retriever` does."""
        for _ in range(MAX_READS):
            retrieval = await self._retrieve(scope, query, effective.config.search_settings)
            sources = await self._passages(scope, query, effective, retrieval)
            if sources is not None:
                return Passages(sources=sources, degraded=retrieval.degraded)
        raise UnavailableError("The documents are changing too fast.", retry_after=1.0)

    async def _passages(
        self, scope: TenantScope, query: Query, effective: EffectiveConfig, retrieval: Retrieval
    ) -> list[Source] | None:
        """Return the sources, None if a chunk was replaced meanwhile."""
        hits = self._eligible(query, effective, retrieval)
        chunks = await self._retrieve.texts(scope, [hit.chunk_id for hit in hits])
        sources: list[Source] = []
        taken: dict[DocumentId, set[int]] = {}
        for hit, chunk in zip(hits, chunks, strict=True):
            if chunk is None:
                return None
            held = taken.setdefault(chunk.document_id, set())
            if chunk.ordinal in held or not passes(
                query, hit, chunk, effective.similarity_threshold, retrieval
            ):
                continue
            text = await self._widened(scope, chunk, held)
            sources.append(source_of(len(sources) + 1, hit, chunk, retrieval.manifest, text))
            if len(sources) == query.top_k:
                break
        return sources

    def _eligible(
        self, query: Query, effective: EffectiveConfig, retrieval: Retrieval
    ) -> Sequence[RankedHit]:
        """Return the hits whose texts must be read to tell whether they pass."""
        if query.identifiers:
            return retrieval.hits
        threshold = effective.similarity_threshold
        return [h for h in retrieval.hits if h.scores.semantic >= threshold]

    async def _widened(self, scope: TenantScope, chunk: Chunk, held: set[int]) -> str:
        section = await self._chunks.of_section(
            scope, chunk.document_id, chunk.revision, chunk.section_ordinal
        )
        passage = widen(chunk, section, budget=PASSAGE_TOKENS, taken=held)
        held.update(c.ordinal for c in passage.chunks)
        return passage.text
