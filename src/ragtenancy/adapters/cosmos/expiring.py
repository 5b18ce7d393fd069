"""Items with a time to live: idempotency keys, and data derived from contents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from ragtenancy.adapters.cosmos.client import Cosmos
from ragtenancy.adapters.cosmos.items import BULK_OPERATIONS, Item
from ragtenancy.adapters.cosmos.partitions import OwnedItems, hashed, in_batches
from ragtenancy.adapters.cosmos.tenant_state import States
from ragtenancy.domain.errors import AlreadyExistsError, StaleWriteError
from ragtenancy.domain.idempotency import KEPT, IdempotencyRecord
from ragtenancy.domain.ids import TenantUid
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.derived_cache import EMBEDDING, DerivedCache
from ragtenancy.ports.idempotency import IdempotencyStore
from ragtenancy.ports.jobs import Holders

KEPT_SECONDS = int(2 * KEPT.total_seconds())
ATTEMPTS = 4


class CosmosIdempotencyStore(IdempotencyStore):
    """One item per key."""

    def __init__(self, cosmos: Cosmos, holders: Holders) -> None:
        self._records = OwnedItems(cosmos, "idempotency", "key", IdempotencyRecord)
        self._holders = holders
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
                continue  # it expired in between
            known = self._records.record_of(scope, item)
            if known.stands(now, self._holders.is_dead):
                return known
            try:
                await self._records.replace(scope, item, record, **_fields(record))
            except StaleWriteError:
                continue  # another request wrote first
            return None
        raise StaleWriteError("Other requests keep changing this key; try again.")

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


DERIVED_SECONDS = 8 * 24 * 3_600
MAX_BATCH_BYTES = 1_000_000
MAX_VALUE_BYTES = 1_400_000  # bytes; an item is limited to 2 MB, as base64


class Derived(Struct, frozen=True, kw_only=True):
    """A derived value."""

    content: bytes


MAX_EMBEDDING_BYTES = 64_000_000
EMBEDDING_KEPT = timedelta(hours=1)  # as long as an attempt may take


class RecentEmbeddings:
    """This process's newest embeddings by tenant and key, bounded by bytes and age."""

    def __init__(self, max_bytes: int = MAX_EMBEDDING_BYTES) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._values: dict[tuple[TenantUid, str], tuple[datetime, bytes]] = {}

    def get(self, uid: TenantUid, keys: Sequence[str]) -> Mapping[str, bytes]:
        """Return the values of the keys that are cached."""
        return {key: self._values[uid, key][1] for key in keys if (uid, key) in self._values}

    def put(self, uid: TenantUid, values: Mapping[str, bytes], at: datetime) -> None:
        """Cache values; evict the oldest ones beyond the bounds."""
        for key, value in values.items():
            self._evict((uid, key))
            self._values[uid, key] = (at, value)
            self._bytes += len(value)
        while self._values and self._is_beyond(next(iter(self._values.values())), at):
            self._evict(next(iter(self._values)))

    def purge(self, uid: TenantUid, written_before: datetime | None = None) -> int:
        """Evict a tenant's old values, or all; return how many there were."""
        own = [(at, written) for at, (written, _) in self._values.items() if at[0] == uid]
        old = [at for at, written in own if written_before is None or written < written_before]
        for at in old:
            self._evict(at)
        return len(old)

    def _is_beyond(self, oldest: tuple[datetime, bytes], now: datetime) -> bool:
        return self._bytes > self._max_bytes or oldest[0] <= now - EMBEDDING_KEPT

    def _evict(self, at: tuple[TenantUid, str]) -> None:
        _, value = self._values.pop(at, (None, b""))
        self._bytes -= len(value)


class CosmosDerivedCache(DerivedCache):
    """One item per description; embeddings are cached in this process only.

    An embedding is larger than its chunk, and is of use only if its document's attempt fails and is
    repeated, mostly by the same process. Values too large for an item
    are not stored, but derived again.
    """

    def __init__(self, cosmos: Cosmos) -> None:
        self._values = OwnedItems(cosmos, "derived", "derived", Derived, bulk=True)
        self._states = States(cosmos)
        self._embeddings = RecentEmbeddings()

    async def get(self, scope: TenantScope, kind: str, keys: Sequence[str]) -> Mapping[str, bytes]:
        if kind == EMBEDDING:
            return self._embeddings.get(scope.tenant_uid, keys)
        found = await self._values.with_keys(scope, [_key(kind, key) for key in keys])
        known = {key: found.get(_key(kind, key)) for key in keys}
        return {key: value.content for key, value in known.items() if value is not None}

    async def put(
        self, scope: TenantScope, kind: str, values: Mapping[str, bytes], *, at: datetime
    ) -> None:
        if kind == EMBEDDING:
            self._embeddings.put(scope.tenant_uid, values, at)
            return
        await self._states.require(scope)
        kept = {key: value for key, value in values.items() if len(value) <= MAX_VALUE_BYTES}
        items = [self._item(scope, kind, key, value, at) for key, value in kept.items()]
        sizes = [4 * len(value) // 3 for value in kept.values()]
        for run in in_batches(items, sizes, BULK_OPERATIONS, MAX_BATCH_BYTES):
            operations = [("upsert", (item,)) for item in run]
            await self._values.items.batch(scope.tenant_id, operations)

    async def purge(self, scope: TenantScope, *, written_before: datetime, now: datetime) -> int:  # noqa: ARG002 - the port's
        before = {"before": written_before.timestamp()}
        recent = self._embeddings.purge(scope.tenant_uid, written_before)
        return recent + await self._values.remove(scope, "c.written < @before", before)

    async def tenants_holding(self, *, written_before: datetime) -> Sequence[TenantUid]:  # noqa: ARG002 - the port's
        return ()

    async def drop(self, scope: TenantScope) -> None:
        self._embeddings.purge(scope.tenant_uid)
        await self._values.remove(scope)

    def _item(self, scope: TenantScope, kind: str, key: str, value: bytes, at: datetime) -> Item:
        return self._values.item(
            scope,
            _key(kind, key),
            Derived(content=value),
            written=at.timestamp(),
            ttl=DERIVED_SECONDS,
        )


def _key(kind: str, key: str) -> str:
    return f"{hashed(kind)[:16]}{hashed(key)}"
