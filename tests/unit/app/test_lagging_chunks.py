"""Chunks that a store shows later than the document's record: a replica that lags behind another."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from dependency_injector import providers

from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.errors import UnavailableError
from ragtenancy.domain.ids import ChunkId, DocumentId, Revision
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.chunks import ChunkRepository
from tests.unit.app.conftest import Installation

QUESTION = "refunds paid within days of purchase"


class Lagging:
    """A chunk store of which the first reads show nothing."""

    def __init__(self, chunks: ChunkRepository, reads: float) -> None:
        self._chunks = chunks
        self._left = reads

    def __getattr__(self, name: str) -> object:
        return getattr(self._chunks, name)

    async def get(self, scope: TenantScope, chunks: Sequence[ChunkId]) -> Sequence[Chunk | None]:
        return [None] * len(chunks) if self._lags() else await self._chunks.get(scope, chunks)

    async def of_revision(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision
    ) -> Sequence[Chunk]:
        if self._lags():
            return ()
        return await self._chunks.of_revision(scope, document_id, revision)

    def _lags(self) -> bool:
        self._left -= 1
        return self._left >= 0


def lag(installation: Installation, reads: float) -> None:
    container = installation.container
    lagging = Lagging(container.chunks(), reads)
    container.chunks.override(providers.Object(lagging))
    container.lexical.reset()
    container.search.reset()


async def test_a_search_waits_for_the_chunks_of_a_document_it_knows(
    installation: Installation,
) -> None:
    scope = await installation.tenant()
    await installation.ingest(scope)
    lag(installation, reads=3)

    found = await installation.search(scope, QUESTION)

    assert {hit.source.filename for hit in found.hits} == {"guide.md"}
    assert found.degraded == ()


async def test_a_search_of_chunks_that_never_come_says_so_within_a_second(
    installation: Installation,
) -> None:
    scope = await installation.tenant()
    await installation.ingest(scope)
    lag(installation, reads=float("inf"))

    with pytest.raises(UnavailableError):
        await installation.search(scope, QUESTION)
