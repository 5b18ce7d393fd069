"""Containers in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ragtenancy.adapters.memory.client import Container, Memory
from ragtenancy.domain.ids import TenantUid
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.tenant_storage import TenantStorage


class InMemoryTenantStorage(TenantStorage):
    """Makes, counts and removes containers; the count takes the register's records too."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def create(self, scope: TenantScope) -> None:
        self._memory.containers.setdefault(scope.tenant_uid, Container(uid=scope.tenant_uid))

    async def census(self, scope: TenantScope) -> Mapping[str, int]:
        containers = list(self._memory.present(scope))
        return {
            "containers": len(containers),
            "documents": sum(len(c.documents) for c in containers),
            "chunks": sum(len(staged) for c in containers for staged in c.chunks.values()),
            "vectors": sum(len(staged) for c in containers for staged in c.vectors.values()),
            "sentence_vectors": sum(
                len(kept) for c in containers for kept in c.sentence_vectors.values()
            ),
            "conversations": sum(len(c.conversations) for c in containers),
            "idempotency_keys": sum(len(c.idempotency) for c in containers),
            "derived": sum(len(c.derived) for c in containers),
            "blobs": sum(len(c.blobs) for c in containers),
            "api_keys": self._registered(scope, self._memory.api_keys.keys()),
            "configs": self._registered(scope, self._memory.configs.keys()),
            "jobs": self._registered(scope, self._memory.jobs.keys()),
            "intents": self._registered(scope, self._memory.intents.keys()),
        }

    async def drop(self, scope: TenantScope) -> None:
        for container in self._memory.present(scope):
            del self._memory.containers[container.uid]

    async def tenants(self) -> Sequence[TenantUid]:
        return tuple(sorted(self._memory.containers))

    def _registered(self, scope: TenantScope, keys: Iterable[tuple[TenantUid, object]]) -> int:
        return sum(uid == scope.tenant_uid for uid, _ in keys)
