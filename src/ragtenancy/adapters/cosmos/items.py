"""Items of one container: the only code that reads and writes items through the SDK.

Every call names its partition, and a query repeats it in its text, so that a server that ignores
either still returns no other client's items.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from threading import Lock
from typing import Any

from ragtenancy.adapters.cosmos.client import Cosmos
from ragtenancy.adapters.cosmos.errors import patient, translated
from ragtenancy.domain.errors import NotFoundError, StaleWriteError

Item = dict[str, Any]
Operation = tuple[Any, ...]
Hook = Callable[[Mapping[str, Any], object], None]

MAX_OPERATIONS = 100
ALL_CLIENTS = "*"
CLIENT = "client_id"


class Items:
    """Reads and writes items; `partition` is their partition key's value, mostly a `client_id`."""

    def __init__(self, cosmos: Cosmos, container: str, *, partition_by: str = CLIENT) -> None:
        self._cosmos = cosmos
        self._name = container
        self._key = partition_by

    @patient
    async def read(self, partition: str, item_id: str) -> Item | None:
        """Return an item, None if there is none."""
        container = await self._cosmos.container(self._name)
        with suppress(NotFoundError):
            async with translated():
                hook = self._hook("read", partition)
                return dict(await container.read_item(item_id, partition, response_hook=hook))
        return None

    @patient
    async def read_if_changed(self, partition: str, item: Item) -> Item | None:
        """Return the new item if it changed, the same object if not, None if it is gone."""
        from azure.core import MatchConditions

        container = await self._cosmos.container(self._name)
        with suppress(NotFoundError):
            async with translated():
                found = await container.read_item(
                    item["id"],
                    partition,
                    etag=item["_etag"],
                    match_condition=MatchConditions.IfModified,
                    response_hook=self._hook("read", partition),
                )
                return dict(found) or item
        return None

    @patient
    async def create(self, partition: str, item: Item) -> None:
        """Create an item. Raises `AlreadyExistsError`."""
        container = await self._cosmos.container(self._name)
        async with translated():
            hook = self._hook("create", partition)
            await container.create_item({**item, self._key: partition}, response_hook=hook)

    @patient
    async def upsert(self, partition: str, item: Item) -> None:
        """Write an item, replacing any with its id."""
        container = await self._cosmos.container(self._name)
        async with translated():
            hook = self._hook("upsert", partition)
            await container.upsert_item({**item, self._key: partition}, response_hook=hook)

    @patient
    async def replace(self, partition: str, item: Item, etag: str) -> None:
        """Replace the version of an item with that ETag. Raises `StaleWriteError`."""
        from azure.core import MatchConditions

        container = await self._cosmos.container(self._name)
        try:
            async with translated():
                await container.replace_item(
                    item["id"],
                    {**item, self._key: partition},
                    etag=etag,
                    match_condition=MatchConditions.IfNotModified,
                    response_hook=self._hook("replace", partition),
                )
        except NotFoundError as error:
            raise StaleWriteError("The record no longer exists.") from error

    @patient
    async def delete(self, partition: str, item_id: str) -> bool:
        """Remove an item; return whether it existed."""
        container = await self._cosmos.container(self._name)
        with suppress(NotFoundError):
            async with translated():
                hook = self._hook("delete", partition)
                await container.delete_item(item_id, partition, response_hook=hook)
            return True
        return False

    async def delete_version(self, partition: str, item_id: str, etag: str) -> None:
        """Remove the version of an item with that ETag. Raises `StaleWriteError`."""
        try:
            await self.batch(partition, [("delete", (item_id,), {"if_match_etag": etag})])
        except NotFoundError as error:
            raise StaleWriteError("The record no longer exists.") from error

    async def query(
        self, partition: str, what: str, where: str, values: Mapping[str, object] | None = None
    ) -> list[Any]:
        """Return every `what` (e.g. `*`, `TOP 5 *`, `VALUE c.id`) of one partition's items."""
        text = f"SELECT {what} FROM c WHERE c.{self._key} = @partition AND {where}"  # noqa: S608 - ours
        given = {"partition": partition, **(values or {})}
        return await self._selected(text, given, partition)

    async def query_everywhere(
        self, what: str, where: str, values: Mapping[str, object] | None = None
    ) -> list[Any]:
        """Return every `what` across partitions: for workers and operators, never for a client."""
        text = f"SELECT {what} FROM c WHERE {where}"  # noqa: S608 - ours
        return await self._selected(text, values or {}, None)

    @patient
    async def batch(self, partition: str, operations: Sequence[Operation]) -> Sequence[Item]:
        """Perform up to 100 operations atomically; raises the error of the operation that failed.

        Returns the items as stored now, empty ones for removed items.
        """
        container = await self._cosmos.container(self._name)
        async with translated():
            hook = self._hook("batch", partition)
            placed = [self._placed(operation, partition) for operation in operations]
            results = await container.execute_item_batch(placed, partition, response_hook=hook)
            return [dict(result.get("resourceBody") or {}) for result in results]

    async def delete_all(self, partition: str, item_ids: Sequence[str]) -> int:
        """Remove items in batches of 100; return how many existed."""
        removed = 0
        for start in range(0, len(item_ids), MAX_OPERATIONS):
            some = item_ids[start : start + MAX_OPERATIONS]
            try:
                await self.batch(partition, [("delete", (item_id,)) for item_id in some])
                removed += len(some)
            except NotFoundError:
                removed += sum([await self.delete(partition, item_id) for item_id in some])
        return removed

    @patient
    async def _selected(
        self, text: str, values: Mapping[str, object], partition: str | None
    ) -> list[Any]:
        container = await self._cosmos.container(self._name)
        parameters = [{"name": f"@{name}", "value": value} for name, value in values.items()]
        place: dict[str, Any] = {} if partition is None else {"partition_key": partition}
        async with translated():
            found = container.query_items(
                text,
                parameters=parameters,
                response_hook=self._hook("query", partition or ALL_CLIENTS),
                **place,
            )
            return [item async for item in found]

    def _placed(self, operation: Operation, partition: str) -> Operation:
        """Return an operation with its item put into the partition."""
        name, given, *options = operation
        placed = (
            {**each, self._key: partition} if isinstance(each, dict) else each for each in given
        )
        return (name, tuple(placed), *options)

    def _hook(self, operation: str, partition: str) -> Hook:
        client_id = partition if self._key == CLIENT else ALL_CLIENTS

        def hook(headers: Mapping[str, Any], _: object) -> None:
            self._cosmos.count_charge(self._name, operation, client_id, headers)

        return hook


MAX_REMEMBERED = 1_000


class RecentItems:
    """Recently read items, so that the next write need not read again.

    If one changed in between, its ETag makes that write fail.
    """

    def __init__(self) -> None:
        self._items: dict[str, Item] = {}

    def put(self, item: Item) -> None:
        """Store an item; evict the oldest if there are too many."""
        self._items.pop(item["id"], None)
        self._items[item["id"]] = item
        if len(self._items) > MAX_REMEMBERED:
            del self._items[next(iter(self._items))]

    def take(self, item_id: str) -> Item | None:
        """Remove and return an item."""
        return self._items.pop(item_id, None)


class RisingNumbers:
    """Microseconds since 1970, unique within a process.

    Cosmos DB keeps numbers as doubles, which hold no integer above 2**53 exactly: nanoseconds
    would come back rounded, and equal for items added in the same quarter of a microsecond.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._last = 0

    def next(self) -> int:
        """Return a number above all previous ones."""
        with self._lock:
            self._last = max(time.time_ns() // 1000, self._last + 1)
            return self._last


next_sequence = RisingNumbers().next
