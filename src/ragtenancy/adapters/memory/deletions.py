"""Deletions of clients, in memory."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs

from ragtenancy.domain.deletions import DeletionStatus, TenantDeletion
from ragtenancy.domain.errors import AlreadyExistsError, StaleWriteError
from ragtenancy.domain.ids import DeletionId, Namespace, TenantId
from ragtenancy.ports.deletions import DeletionRepository


class InMemoryDeletionRepository(DeletionRepository):
    """Deletions by id."""

    def __init__(self) -> None:
        self._deletions: dict[DeletionId, TenantDeletion] = {}

    async def get(self, deletion_id: DeletionId) -> TenantDeletion | None:
        """Return a deletion."""
        return self._deletions.get(deletion_id)

    async def add(self, deletion: TenantDeletion) -> None:
        """Keep a new deletion."""
        if deletion.deletion_id in self._deletions:
            raise AlreadyExistsError("The deletion's id is taken.")
        self._deletions[deletion.deletion_id] = deletion

    async def save(self, deletion: TenantDeletion) -> TenantDeletion:
        """Write a deletion."""
        known = self._deletions.get(deletion.deletion_id)
        if known is None or known.version != deletion.version:
            raise StaleWriteError("The deletion changed since it was read.")
        saved = structs.replace(deletion, version=deletion.version + 1)
        self._deletions[deletion.deletion_id] = saved
        return saved

    async def unfinished(self) -> Sequence[TenantDeletion]:
        """Return the deletions that are not verified yet."""
        return [d for d in self._deletions.values() if d.status is DeletionStatus.RUNNING]

    async def blocking(self, tenant_id: TenantId, namespace: Namespace) -> TenantDeletion | None:
        """Return an unverified deletion of that id or namespace."""
        for deletion in await self.unfinished():
            if deletion.tenant_id == tenant_id or deletion.namespace == namespace:
                return deletion
        return None
