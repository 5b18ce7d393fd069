"""Shelves as a tenant's storage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ragtenancy.adapters.memory.shelves import Shelf, Shelves
from ragtenancy.domain.ids import TenantUid
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.tenant_storage import TenantStorage

STORES = ("documents", "chunks", "vectors", "conversations", "derived", "blobs")


class InMemoryTenantStorage(TenantStorage):
    """Makes and removes shelves."""

    def __init__(self, shelves: Shelves) -> None:
        self._shelves = shelves

    async def create(self, scope: TenantScope) -> None:
        """Make the tenant's shelf."""
        self._shelves.by_uid.setdefault(scope.tenant_uid, Shelf())

    async def census(self, scope: TenantScope) -> Mapping[str, int]:
        """Count what is on the shelf."""
        shelf = self._shelves.by_uid.get(scope.tenant_uid)
        if shelf is None:
            return dict.fromkeys(STORES, 0)
        return {name: _count(getattr(shelf, name)) for name in STORES}

    async def drop(self, scope: TenantScope) -> None:
        """Remove the shelf."""
        self._shelves.by_uid.pop(scope.tenant_uid, None)

    async def tenants(self) -> Sequence[TenantUid]:
        """Return whose shelves exist."""
        return list(self._shelves.by_uid)


def _count(kept: Mapping[object, object]) -> int:
    """Count rows where a store keeps several under one key."""
    sized = [value for value in kept.values() if isinstance(value, list)]
    return sum(len(rows) for rows in sized) if sized else len(kept)
