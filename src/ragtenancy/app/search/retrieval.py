"""The candidates of a question with both true scores, ranked."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from ragtenancy.app.search.asked import Asked
from ragtenancy.app.search.every_chunk import RankEveryChunk
from ragtenancy.app.search.legs import SearchLegs
from ragtenancy.app.search.listed import RankListed
from ragtenancy.app.search.manifests import Manifests
from ragtenancy.app.search.reading import Reading
from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.errors import StaleWriteError, UnavailableError
from ragtenancy.domain.hits import RankedHit
from ragtenancy.domain.manifest import Manifest
from ragtenancy.domain.relevance import Background
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.chunks import ChunkRepository

MAX_READS = 5


class Retrieval(Struct, frozen=True, kw_only=True):
    """Candidates of one generation, best first, with what ranked them.

    The first `top_k` are those of scoring every chunk. `semantic_known` is false when the
    cosines could not be had. `background` is that of all chunks where they are in memory, else of
    those that were listed.
    """

    manifest: Manifest
    hits: Sequence[RankedHit]
    best_bm25: float
    semantic_known: bool
    background: Background
    degraded: tuple[str, ...]


class Retriever:
    """Searches both legs at one generation of the tenant and ranks what they find.

    A tenant that changes meanwhile is read again, so that no document is half there.
    """

    def __init__(
        self,
        manifests: Manifests,
        legs: SearchLegs,
        rank_every_chunk: RankEveryChunk,
        rank_listed: RankListed,
        chunks: ChunkRepository,
    ) -> None:
        self._manifests = manifests
        self._legs = legs
        self._rank_every_chunk = rank_every_chunk
        self._rank_listed = rank_listed
        self._chunks = chunks

    async def __call__(self, asked: Asked) -> Retrieval:
        """Return the ranked candidates.

        Raises `ReindexRequiredError`, or `UnavailableError` when no leg answered or the tenant
        changed at every reading.
        """
        for _ in range(MAX_READS):
            manifest = await self._manifests.read(asked.scope)
            try:
                found = await self._at(asked, manifest)
            except StaleWriteError:
                continue
            if found is not None:
                return found
        raise UnavailableError("The documents are changing too fast.", retry_after=1.0)

    async def texts(self, scope: TenantScope, hits: Sequence[RankedHit]) -> list[Chunk] | None:
        """Return the chunks of some hits, None if one was replaced meanwhile.

        Raises `UnavailableError` (storage_corrupt) where another chunk lies in one's place.
        """
        if not hits:
            return []
        chunks = await self._chunks.get(scope, [hit.chunk_id for hit in hits])
        present = [chunk for chunk in chunks if chunk is not None]
        if len(present) < len(hits):
            return None
        if any(chunk.chunk_id != hit.chunk_id for chunk, hit in zip(present, hits, strict=True)):
            raise UnavailableError("The store is damaged.", code="storage_corrupt")
        return present

    async def _at(self, asked: Asked, manifest: Manifest) -> Retrieval | None:
        """Return the ranking at one generation, None if the tenant is past it."""
        degraded: list[str] = []
        reading = Reading(
            asked=asked,
            manifest=manifest,
            documents=manifest.allowed(asked.query.filters),
            vector=await self._legs.vector(asked, manifest, degraded),
        )
        found = await self._rank_every_chunk(reading)
        if found is None:
            found = await self._rank_listed(reading, degraded)
        if found is None:
            return None
        return Retrieval(
            manifest=manifest,
            hits=found.hits,
            best_bm25=found.best_bm25,
            semantic_known=found.semantic_known,
            background=found.background,
            degraded=tuple(sorted(degraded)),
        )
