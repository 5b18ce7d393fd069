"""Items of one container: the only code that reads and writes items through the SDK.

Every call names its partition, and a query repeats it in its text, so that a server that ignores
either still returns no other client's items.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from threading import Lock
from typing import Any

from ragtenancy.adapters.cosmos.client import Cosmos
from ragtenancy.adapters.cosmos.errors import translated
from ragtenancy.domain.errors import NotFoundError, StaleWriteError

Item = dict[str, Any]
Operation = tuple[Any, ...]
Hook = Callable[[Mapping[str, Any], object], None]

MAX_OPERATIONS = 100
BULK_OPERATIONS = 20  # of a batch of bulk work: about a third of a second at 400 RU/s
ALL_CLIENTS = "*"
CLIENT = "client_id"


class Items:
    """Reads and writes items; `partition` is their partition key's value, mostly a `client_id`.

    With `bulk`, requests wait for interactive ones.
    """

    def __init__(
        self, cosmos: Cosmos, container: str, *, partition_by: str = CLIENT, bulk: bool = False
    ) -> None:
        self._cosmos = cosmos
        self._name = container
        self._key = partition_by
        self._level = cosmos.bulk if bulk else cosmos.interactive

    async def read(self, partition: str, item_id: str) -> Item | None:
        """Return an item, None if there is none."""
        container = await self._cosmos.container(self._name)
        with suppress(NotFoundError):
            async with self._translated():
                hook = self._hook("read", partition)
                return dict(
                    await container.read_item(
                        item_id, partition, response_hook=hook, **self._level.options
                    )
                )
        return None

    async def read_if_changed(self, partition: str, item: Item) -> Item | None:
        """Return the new item if it changed, the same object if not, None if it is gone."""
        from azure.core import MatchConditions

        container = await self._cosmos.container(self._name)
        with suppress(NotFoundError):
            async with self._translated():
                found = await container.read_item(
                    item["id"],
                    partition,
                    etag=item["_etag"],
                    match_condition=MatchConditions.IfModified,
                    response_hook=self._hook("read", partition),
                    **self._level.options,
                )
                return dict(found) or item
        return None

    async def create(self, partition: str, item: Item) -> None:
        """Create an item. Raises `AlreadyExistsError`."""
        container = await self._cosmos.container(self._name)
        async with self._translated():
            hook = self._hook("create", partition)
            placed = {**item, self._key: partition}
            await container.create_item(placed, response_hook=hook, **self._level.options)

    async def upsert(self, partition: str, item: Item) -> None:
        """Write an item, replacing any with its id."""
        container = await self._cosmos.container(self._name)
        async with self._translated():
            hook = self._hook("upsert", partition)
            placed = {**item, self._key: partition}
            await container.upsert_item(placed, response_hook=hook, **self._level.options)

    async def replace(self, partition: str, item: Item, etag: str) -> None:
        """Replace the version of an item with that ETag. Raises `StaleWriteError`."""
        from azure.core import MatchConditions

        container = await self._cosmos.container(self._name)
        try:
            async with self._translated():
                await container.replace_item(
                    item["id"],
                    {**item, self._key: partition},
                    etag=etag,
                    match_condition=MatchConditions.IfNotModified,
                    response_hook=self._hook("replace", partition),
                    **self._level.options,
                )
        except NotFoundError as error:
            raise StaleWriteError("The record no longer exists.") from error

    async def delete(self, partition: str, item_id: str) -> bool:
        """Remove an item; return whether it existed."""
        container = await self._cosmos.container(self._name)
        with suppress(NotFoundError):
            async with self._translated():
                hook = self._hook("delete", partition)
                await container.delete_item(
                    item_id, partition, response_hook=hook, **self._level.options
                )
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
        return [
            found async for page in self.pages(partition, what, where, values) for found in page
        ]

    async def pages(
        self, partition: str, what: str, where: str, values: Mapping[str, object] | None = None
    ) -> AsyncIterator[list[Any]]:
        """Yield the results of `query` page by page; each page has the time of a request."""
        text = f"SELECT {what} FROM c WHERE c.{self._key} = @partition AND {where}"  # noqa: S608 - ours
        given = {"partition": partition, **(values or {})}
        async for page in self._pages(text, given, partition):
            yield page

    async def query_everywhere(
        self, what: str, where: str, values: Mapping[str, object] | None = None
    ) -> list[Any]:
        """Return every `what` across partitions: for workers and operators, never for a client."""
        text = f"SELECT {what} FROM c WHERE {where}"  # noqa: S608 - ours
        return [found async for page in self._pages(text, values or {}, None) for found in page]

    async def with_ids(self, partition: str, item_ids: Sequence[str]) -> list[Item]:
        """Return the items with these ids that exist, one query per hundred.

        `IN` is an index seek ("Indexing in Azure Cosmos DB - Overview", Microsoft); nothing of the
        kind is promised for `ARRAY_CONTAINS` of a parameter.
        """
        found: list[Item] = []
        for start in range(0, len(item_ids), MAX_OPERATIONS):
            some = item_ids[start : start + MAX_OPERATIONS]
            names = ", ".join(f"@id{n}" for n in range(len(some)))
            values = {f"id{n}": item_id for n, item_id in enumerate(some)}
            found += await self.query(partition, "*", f"c.id IN ({names})", values)
        return found

    async def batch(self, partition: str, operations: Sequence[Operation]) -> Sequence[Item]:
        """Perform up to 100 operations atomically; raises the error of the operation that failed.

        Returns the items as stored now, empty ones for removed items.
        """
        container = await self._cosmos.container(self._name)
        async with self._translated():
            hook = self._hook("batch", partition)
            placed = [self._placed(operation, partition) for operation in operations]
            results = await container.execute_item_batch(
                placed, partition, response_hook=hook, **self._level.options
            )
            return [dict(result.get("resourceBody") or {}) for result in results]

    async def remove(
        self, partition: str, where: str, values: Mapping[str, object] | None = None
    ) -> int:
        """Remove the items of a query a page at a time; return how many there were.

        A removal that was interrupted goes on with the rest when it is repeated.
        """
        removed = 0
        what = f"TOP {self._cosmos.page_items} VALUE c.id"
        while item_ids := await self.query(partition, what, where, values):
            gone = await self.delete_all(partition, item_ids)
            removed += gone
            if not gone:
                break  # another process removed them, and the query does not show it yet
        return removed

    async def delete_all(self, partition: str, item_ids: Sequence[str]) -> int:
        """Remove items in small batches; return how many existed."""
        removed = 0
        for start in range(0, len(item_ids), BULK_OPERATIONS):
            some = item_ids[start : start + BULK_OPERATIONS]
            try:
                await self.batch(partition, [("delete", (item_id,)) for item_id in some])
                removed += len(some)
            except NotFoundError:
                removed += sum([await self.delete(partition, item_id) for item_id in some])
        return removed

    async def _pages(
        self, text: str, values: Mapping[str, object], partition: str | None
    ) -> AsyncIterator[list[Any]]:
        """Yield a query's pages; the SDK continues after each by its continuation token.

        A throttled page is requested again by the transport, from the same token.
        """
        container = await self._cosmos.container(self._name)
        place: dict[str, Any] = {} if partition is None else {"partition_key": partition}
        async with self._translated():
            pages = container.query_items(
                text,
                parameters=[{"name": f"@{name}", "value": value} for name, value in values.items()],
                max_item_count=self._cosmos.page_items,
                response_hook=self._hook("query", partition or ALL_CLIENTS),
                **place,
                **self._level.options,
            ).by_page()
        while True:
            async with self._translated():
                page = await anext(pages, None)
                found = None if page is None else [item async for item in page]
            if found is None:
                return
            yield found

    def _translated(self) -> AbstractAsyncContextManager[None]:
        return translated(self._level.seconds)

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
