"""Idempotency keys in Cosmos DB; they expire by themselves."""

from __future__ import annotations

from datetime import datetime

from ragtenancy.adapters.cosmos.client import Cosmos
from ragtenancy.adapters.cosmos.owned import OwnedItems, hashed
from ragtenancy.adapters.cosmos.states import States
from ragtenancy.domain.errors import AlreadyExistsError, StaleWriteError
from ragtenancy.domain.idempotency import KEPT, IdempotencyRecord
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.idempotency import IdempotencyStore

KEPT_SECONDS = int(2 * KEPT.total_seconds())
ATTEMPTS = 4


class CosmosIdempotencyStore(IdempotencyStore):
    """An item a key."""

    def __init__(self, cosmos: Cosmos) -> None:
        self._records = OwnedItems(cosmos, "idempotency", "key", IdempotencyRecord)
        self._states = States(cosmos)

    async def claim(
        self, scope: TenantScope, record: IdempotencyRecord, *, now: datetime
    ) -> IdempotencyRecord | None:
        scope.require_own(record.tenant_uid, "idempotency")
        await self._states.require(scope)
        for _ in range(ATTEMPTS):
            try:
                await self._records.add(scope, hashed(record.key), record, **_fields(record))
            except AlreadyExistsError:
                item = await self._records.read(scope, hashed(record.key))
            else:
                return None
            if item is None:
                continue  # it expired meanwhile
            known = self._records.record_of(scope, item)
            if known.expires_at > now:
                return known
            try:
                await self._records.replace(scope, item, record, **_fields(record))
            except StaleWriteError:
                continue  # another request was quicker
            return None
        raise StaleWriteError("The key changes too fast.")

    async def settle(self, scope: TenantScope, record: IdempotencyRecord) -> None:
        scope.require_own(record.tenant_uid, "idempotency")
        await self._states.require(scope)
        await self._records.put(scope, hashed(record.key), record, **_fields(record))

    async def release(self, scope: TenantScope, key: str) -> None:
        await self._records.delete(scope, hashed(key))

    async def purge(self, scope: TenantScope, *, now: datetime) -> int:
        return await self._records.remove(scope, "c.expires <= @now", {"now": now.timestamp()})

    async def drop(self, scope: TenantScope) -> None:
        await self._records.remove(scope)


def _fields(record: IdempotencyRecord) -> dict[str, object]:
    return {"ttl": KEPT_SECONDS, "expires": record.expires_at.timestamp()}
