"""The passages that an answerer may read: passing hits, widened to their sections."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from ragtenancy.app.search.asked import Asked
from ragtenancy.app.search.describe import passes, source_of
from ragtenancy.app.search.retrieval import Retrieval, Retriever
from ragtenancy.domain.errors import UnavailableError
from ragtenancy.domain.hits import RankedHit
from ragtenancy.domain.passages import REACH, passages
from ragtenancy.domain.sources import Source
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

    async def __call__(self, asked: Asked) -> Passages:
        """Return the passages of one generation. Raises as `Retriever` does."""
        for _ in range(MAX_READS):
            retrieval = await self._retrieve(asked)
            sources = await self._passages(asked, retrieval)
            if sources is not None:
                return Passages(sources=sources, degraded=retrieval.degraded)
        raise UnavailableError("The documents are changing too fast.", retry_after=1.0)

    async def _passages(self, asked: Asked, retrieval: Retrieval) -> list[Source] | None:
        """Return the sources, None if a chunk was replaced meanwhile."""
        hits = _eligible(asked, retrieval)
        chunks = await self._retrieve.texts(asked.scope, hits)
        if chunks is None:
            return None
        passing = {
            chunk.chunk_id: hit
            for hit, chunk in zip(hits, chunks, strict=True)
            if passes(asked, retrieval, hit, chunk)
        }
        best = [chunk for chunk in chunks if chunk.chunk_id in passing]
        near = await self._chunks.neighbours(asked.scope, best, REACH) if best else ()
        made = passages(best, near, budget=PASSAGE_TOKENS, most=asked.query.top_k)
        return [
            source_of(n, passing[p.hit.chunk_id], p.hit, retrieval.manifest, p.text)
            for n, p in enumerate(made, 1)
        ]


def _eligible(asked: Asked, retrieval: Retrieval) -> Sequence[RankedHit]:
    """Return the hits whose texts must be read to tell whether they pass."""
    if asked.query.identifiers:
        return retrieval.hits
    threshold = asked.effective.similarity_threshold
    return [h for h in retrieval.hits if h.scores.semantic >= threshold]
