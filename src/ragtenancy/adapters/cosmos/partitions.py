"""Tenants' items: one kind of record in a container, each stamped with its owner's uid."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, Generic, TypeVar

from msgspec import MsgspecError, Struct

from ragtenancy.adapters.cosmos.client import Cosmos
from ragtenancy.adapters.cosmos.items import Item, Items, Operation, next_sequence
from ragtenancy.domain.errors import UnavailableError
from ragtenancy.domain.ids import TenantUid
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.persistence.record_codec import RecordCodec

Record = TypeVar("Record", bound=Struct)
Values = Mapping[str, object]
SEPARATOR = "~"  # never in a uid, document id, revision or session id


def damaged() -> UnavailableError:
    """Return the error of an item that cannot be read."""
    return UnavailableError("The store is damaged.", code="storage_corrupt")


class OwnedItems(Generic[Record]):
    """One kind of record of tenants.

    An item's id is `uid~kind~key`, `of` is `uid~kind`, `record` the record as JSON, `sequence`
    rises as items are added. Returned items must bear their owner's uid. They are stored in their
    tenant's partition or, with `shared`, in one of that name for all tenants. With `bulk`, requests
    wait for interactive ones.
    """

    def __init__(
        self,
        cosmos: Cosmos,
        container: str,
        kind: str,
        type_: type[Record],
        heal: Callable[[object], object] | None = None,
        *,
        shared: str | None = None,
        bulk: bool = False,
    ) -> None:
        self.items = Items(cosmos, container, bulk=bulk)
        self._shared = shared
        self._container = container
        self._kind = kind
        self._codec = RecordCodec(type_, heal)

    def item(self, scope: TenantScope, key: str, record: Record, **more: object) -> Item:
        """Return a new item of a record; `more` are fields for queries."""
        return {
            "id": self.id_of(scope, key),
            "tenant_uid": scope.tenant_uid,
            "of": self.of(scope),
            "sequence": next_sequence(),
            "record": self._codec.as_json(record),
            **more,
        }

    def id_of(self, scope: TenantScope, key: str) -> str:
        """Return the id of an item."""
        return f"{self.of(scope)}{SEPARATOR}{key}"

    def partition(self, scope: TenantScope) -> str:
        """Return the partition of the tenant's items."""
        return scope.tenant_id if self._shared is None else self._shared

    def of(self, scope: TenantScope) -> str:
        """Return the `of` of every item of the kind and tenant."""
        return f"{scope.tenant_uid}{SEPARATOR}{self._kind}"

    def record_of(self, scope: TenantScope, item: Item) -> Record:
        """Return an item's record. Raises `IsolationBreach` for another tenant's."""
        scope.require_own(TenantUid(item.get("tenant_uid", "")), self._container)
        record = self.decoded(item)
        scope.require_own(getattr(record, "tenant_uid", scope.tenant_uid), self._container)
        return record

    def decoded(self, item: Item) -> Record:
        """Return the record of an item read without a scope."""
        try:
            return self._codec.of_json(item["record"])
        except (MsgspecError, KeyError) as error:
            raise damaged() from error

    async def read(self, scope: TenantScope, key: str) -> Item | None:
        """Return an item after checking its owner."""
        item = await self.items.read(self.partition(scope), self.id_of(scope, key))
        if item is not None:
            scope.require_own(TenantUid(item.get("tenant_uid", "")), self._container)
        return item

    async def get(self, scope: TenantScope, key: str) -> Record | None:
        """Return a record."""
        item = await self.read(scope, key)
        return None if item is None else self.record_of(scope, item)

    async def add(self, scope: TenantScope, key: str, record: Record, **more: object) -> None:
        """Create a record. Raises `AlreadyExistsError`."""
        await self.items.create(self.partition(scope), self.item(scope, key, record, **more))

    async def put(self, scope: TenantScope, key: str, record: Record, **more: object) -> None:
        """Write a record, replacing any with its key."""
        await self.items.upsert(self.partition(scope), self.item(scope, key, record, **more))

    def changed(self, item: Item, record: Record, **more: object) -> Item:
        """Return a stored item with another record."""
        return {**item, **more, "record": self._codec.as_json(record)}

    async def replace(self, scope: TenantScope, item: Item, record: Record, **more: object) -> None:
        """Replace the record of a stored item. Raises `StaleWriteError` if that changed."""
        written = self.changed(item, record, **more)
        await self.items.replace(self.partition(scope), written, item["_etag"])

    async def delete(self, scope: TenantScope, key: str) -> bool:
        """Remove a record; return whether it existed."""
        return await self.items.delete(self.partition(scope), self.id_of(scope, key))

    async def delete_version(self, scope: TenantScope, item: Item) -> None:
        """Remove a stored item. Raises `StaleWriteError` if that changed or is gone."""
        await self.items.delete_version(self.partition(scope), item["id"], item["_etag"])

    async def select(
        self,
        scope: TenantScope,
        where: str = "true",
        what: str = "*",
        top: int | None = None,
        values: Values | None = None,
    ) -> list[Any]:
        """Return a query's results over the tenant's items; whole items are checked."""
        what = what if top is None else f"TOP {int(top)} {what}"
        return [item async for page in self.pages(scope, where, what, values) for item in page]

    async def pages(
        self, scope: TenantScope, where: str, what: str = "*", values: Values | None = None
    ) -> AsyncIterator[list[Any]]:
        """Yield the results of `select` page by page."""
        given = {"of": self.of(scope), **(values or {})}
        partition = self.partition(scope)
        async for page in self.items.pages(partition, what, f"c.of = @of AND {where}", given):
            for item in page:
                if isinstance(item, dict) and "of" in item:
                    scope.require_own(TenantUid(item.get("tenant_uid", "")), self._container)
            yield page

    async def records(
        self,
        scope: TenantScope,
        where: str = "true",
        top: int | None = None,
        values: Values | None = None,
    ) -> list[Record]:
        """Return records."""
        found = await self.select(scope, where, top=top, values=values)
        return [self.record_of(scope, item) for item in found]

    async def count(
        self, scope: TenantScope, where: str = "true", values: Values | None = None
    ) -> int:
        """Count items."""
        return int(sum(await self.select(scope, where, "VALUE COUNT(1)", values=values)))

    async def remove(
        self, scope: TenantScope, where: str = "true", values: Values | None = None
    ) -> int:
        """Remove items a page at a time; return how many there were."""
        return await self.items.remove(
            self.partition(scope),
            f"c.of = @of AND {where}",
            {"of": self.of(scope), **(values or {})},
        )

    async def with_keys(self, scope: TenantScope, keys: Sequence[str]) -> Mapping[str, Record]:
        """Return the existing records by their keys."""
        by_id = {self.id_of(scope, key): key for key in keys}
        found = await self.items.with_ids(self.partition(scope), list(by_id))
        return {by_id[item["id"]]: self.record_of(scope, item) for item in found}


def hashed(key: str) -> str:
    """Return a key of any characters as one allowed in an item's id."""
    return sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def creating(items: Iterable[Item]) -> list[Operation]:
    """Return batch operations that create items."""
    return [("create", (item,)) for item in items]


def replacing(item: Item) -> Operation:
    """Return a batch operation that replaces a stored item, unless it changed in between."""
    return ("replace", (item["id"], item), {"if_match_etag": item["_etag"]})


def in_batches(
    items: Sequence[Item], sizes: Sequence[int], most: int, max_bytes: int
) -> list[list[Item]]:
    """Return items in runs that fit one batch, by number and bytes."""
    runs: list[list[Item]] = []
    used = max_bytes + 1
    for item, size in zip(items, sizes, strict=True):
        if used + size > max_bytes or len(runs[-1]) == most:
            runs.append([])
            used = 0
        runs[-1].append(item)
        used += size
    return runs
