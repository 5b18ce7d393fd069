"""Idempotency keys in memory."""

from __future__ import annotations

from datetime import datetime

from ragtenancy.adapters.memory.client import Memory
from ragtenancy.domain.idempotency import IdempotencyRecord
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.idempotency import IdempotencyStore


class InMemoryIdempotencyStore(IdempotencyStore):
    """Records by key in the tenant's container."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def claim(
        self, scope: TenantScope, record: IdempotencyRecord, *, now: datetime
    ) -> IdempotencyRecord | None:
        scope.require_own(record.tenant_uid, "idempotency")
        records = self._memory.container(scope).idempotency
        known = records.get(record.key)
        if known is not None and known.expires_at > now:
            scope.require_own(known.tenant_uid, "idempotency")
            return known
        records.put(record.key, record)
        return None

    async def settle(self, scope: TenantScope, record: IdempotencyRecord) -> None:
        scope.require_own(record.tenant_uid, "idempotency")
        self._memory.container(scope).idempotency.put(record.key, record)

    async def release(self, scope: TenantScope, key: str) -> None:
        self._memory.container(scope).idempotency.remove(key)

    async def purge(self, scope: TenantScope, *, now: datetime) -> int:
        records = self._memory.container(scope).idempotency
        expired = {record.key for record in records if record.expires_at <= now}
        return records.remove_where(lambda key: key in expired)

    async def drop(self, scope: TenantScope) -> None:
        for container in self._memory.present(scope):
            container.idempotency.remove_where(lambda _: True)
