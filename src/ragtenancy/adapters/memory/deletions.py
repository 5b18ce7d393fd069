"""Deletions in memory."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs

from ragtenancy.adapters.memory.client import Memory
from ragtenancy.domain.deletions import DeletionStatus, TenantDeletion
from ragtenancy.domain.errors import StaleWriteError
from ragtenancy.domain.ids import DeletionId, Namespace, TenantId
from ragtenancy.ports.deletions import DeletionRepository


class InMemoryDeletionRepository(DeletionRepository):
    """Deletions by id."""

    def __init__(self, memory: Memory) -> None:
        self._deletions = memory.deletions

    async def get(self, deletion_id: DeletionId) -> TenantDeletion | None:
        return self._deletions.get(deletion_id)

    async def add(self, deletion: TenantDeletion) -> None:
        self._deletions.add(deletion.deletion_id, deletion)

    async def save(self, deletion: TenantDeletion) -> TenantDeletion:
        stored = self._deletions.get(deletion.deletion_id)
        if stored is None or stored.version != deletion.version:
            raise StaleWriteError("The deletion changed since it was read.")
        saved = structs.replace(deletion, version=deletion.version + 1)
        self._deletions.put(deletion.deletion_id, saved)
        return saved

    async def unfinished(self) -> Sequence[TenantDeletion]:
        return tuple(d for d in self._deletions if d.status is not DeletionStatus.VERIFIED)

    async def blocking(self, tenant_id: TenantId, namespace: Namespace) -> TenantDeletion | None:
        for deletion in await self.unfinished():
            if tenant_id == deletion.tenant_id or namespace == deletion.namespace:
                return deletion
        return None
