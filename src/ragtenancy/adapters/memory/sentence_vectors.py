"""Vectors of sentences in memory."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ragtenancy.adapters.memory.client import Memory
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.sentence_vectors import SentenceKey, SentenceVectorCache


class InMemorySentenceVectorCache(SentenceVectorCache):
    """Vectors by revision and digest in the tenant's container; the chunk repository removes them."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def get(
        self, scope: TenantScope, keys: Collection[SentenceKey]
    ) -> Mapping[SentenceKey, bytes]:
        kept = self._memory.container(scope).sentence_vectors
        found = {key: kept.get(key[:2], {}).get(key.digest) for key in keys}
        return {key: vector for key, vector in found.items() if vector is not None}

    async def put(self, scope: TenantScope, vectors: Mapping[SentenceKey, bytes]) -> None:
        container = self._memory.container(scope)
        for key, vector in vectors.items():
            if key[:2] in container.chunks:
                container.sentence_vectors.setdefault(key[:2], {})[key.digest] = vector
