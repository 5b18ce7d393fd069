"""Idempotency keys, in memory."""

from __future__ import annotations

from datetime import datetime

from ragtenancy.adapters.memory.shelves import Shelves
from ragtenancy.domain.idempotency import IdempotencyRecord
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.idempotency import IdempotencyStore


class InMemoryIdempotencyStore(IdempotencyStore):
    """Keys on their tenant's shelf."""

    def __init__(self, shelves: Shelves) -> None:
        self._shelves = shelves

    async def claim(
        self, scope: TenantScope, record: IdempotencyRecord, *, now: datetime
    ) -> IdempotencyRecord | None:
        """Keep the record unless an unexpired one is there."""
        kept = self._shelves.of(scope).idempotency
        known = kept.get(record.key)
        if known is not None and known.expires_at > now:
            return known
        kept[record.key] = record
        return None

    async def settle(self, scope: TenantScope, record: IdempotencyRecord) -> None:
        """Write the record with its reply."""
        self._shelves.of(scope).idempotency[record.key] = record

    async def release(self, scope: TenantScope, key: str) -> None:
        """Forget a key."""
        self._shelves.of(scope).idempotency.pop(key, None)

    async def purge(self, scope: TenantScope, *, now: datetime) -> int:
        """Remove expired records."""
        kept = self._shelves.of(scope).idempotency
        gone = [key for key, record in kept.items() if record.expires_at <= now]
        for key in gone:
            del kept[key]
        return len(gone)

    async def drop(self, scope: TenantScope) -> None:
        """Remove every record."""
        self._shelves.of(scope).idempotency.clear()
