"""Usage in Cosmos DB, beside the turns and beside the documents."""

from __future__ import annotations

import secrets
from asyncio import Lock
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import date, datetime, timedelta
from weakref import WeakValueDictionary

from msgspec import Struct, structs

from ragtenancy.adapters.cosmos.client import Cosmos
from ragtenancy.adapters.cosmos.items import Item, Operation, RecentItems
from ragtenancy.adapters.cosmos.partitions import OwnedItems, creating, hashed, replacing
from ragtenancy.adapters.cosmos.tenant_state import CONTAINER, HOME_CONTAINER, Homes
from ragtenancy.domain.errors import AlreadyExistsError, StaleWriteError, UnavailableError
from ragtenancy.domain.ids import TenantUid
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.domain.usage import RETENTION, Period, Reservation, UsageRow, held_by, merged
from ragtenancy.ports.usage import Admit, UsageRepository

ATTEMPTS = 16
ONE_DAY = timedelta(days=1)
KEPT_SECONDS = int(RETENTION.total_seconds()) + 86_400
RESERVATIONS = "all"


class TenantLocks:
    """A lock per tenant, for the tasks of this process."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[TenantUid, Lock] = WeakValueDictionary()

    def of(self, scope: TenantScope) -> Lock:
        """Return a tenant's lock."""
        return self._locks.setdefault(scope.tenant_uid, Lock())


class Adding:
    """The operations of a batch that add to usage."""

    def __init__(self, operations: Sequence[Operation], written: RecentItems) -> None:
        self.operations = operations
        self._written = written

    def done(self, results: Sequence[Item]) -> None:
        """Keep the rows as stored by a batch that ended with these operations."""
        for item in results[len(results) - len(self.operations) :]:
            self._written.put(item)


class Attempted:
    """The ids that this process may have written, of the newest two days."""

    def __init__(self) -> None:
        self._ids: dict[date, set[str]] = {}

    def note(self, day: date, item_id: str) -> bool:
        """Note an id; return whether the process may have written it before."""
        newest = max([day, *self._ids])
        if day < newest - ONE_DAY:
            return True
        self._ids = {d: ids for d, ids in self._ids.items() if d >= newest - ONE_DAY}
        ids = self._ids.setdefault(day, set())
        known = item_id in ids
        ids.add(item_id)
        return known


class UsageItems:
    """Rows in one container; each is written by one process, so that none contend for it."""

    def __init__(self, cosmos: Cosmos, container: str) -> None:
        self._items = OwnedItems(cosmos, container, "usage", UsageRow)
        self._writer = secrets.token_hex(8)
        self._written = RecentItems()
        self._attempted = Attempted()
        self._locks = TenantLocks()

    @asynccontextmanager
    async def adding(self, scope: TenantScope, used: Sequence[UsageRow]) -> AsyncIterator[Adding]:
        """Provide the operations that add to usage; no other task adds to it meanwhile."""
        if not used:
            yield Adding((), self._written)
            return
        async with self._locks.of(scope):
            operations = [await self._operation(scope, row) for row in merged(used)]
            yield Adding(operations, self._written)

    async def rows(self, scope: TenantScope, period: Period) -> Sequence[UsageRow]:
        """Return the rows of every process."""
        days = {"first": period.first.isoformat(), "last": period.last.isoformat()}
        return await self._items.records(scope, "c.day >= @first AND c.day <= @last", values=days)

    async def _operation(self, scope: TenantScope, row: UsageRow) -> Operation:
        """Return the operation that adds to a row.

        A row is read only after a write whose outcome is unknown, or long after the last one.
        """
        day = row.day.isoformat()
        key = hashed(f"{self._writer} {day} {row.key_id} {row.model}")
        item_id = self._items.id_of(scope, key)
        item = self._written.take(item_id)
        if self._attempted.note(row.day, item_id) and item is None:
            item = await self._items.read(scope, key)
        if item is None:
            made = self._items.item(scope, key, row, day=day, ttl=KEPT_SECONDS)
            return creating([made])[0]
        counts = self._items.record_of(scope, item).counts + row.counts
        return replacing(self._items.changed(item, structs.replace(row, counts=counts)))


class Reservations(Struct, frozen=True, kw_only=True):
    """The reservations of a tenant."""

    every: Sequence[Reservation] = ()


class Mark(Struct, frozen=True, kw_only=True):
    """An event that was announced."""

    name: str


class CosmosUsageRepository(UsageRepository):
    """Rows beside the turns and the documents; one item for a tenant's reservations."""

    def __init__(self, cosmos: Cosmos) -> None:
        self._of_turns = UsageItems(cosmos, HOME_CONTAINER)
        self._of_documents = UsageItems(cosmos, CONTAINER)
        self._reservations = OwnedItems(cosmos, HOME_CONTAINER, "reservations", Reservations)
        self._marks = OwnedItems(cosmos, HOME_CONTAINER, "mark", Mark)
        self._homes = Homes(cosmos)
        self._locks = TenantLocks()

    async def add(self, scope: TenantScope, used: Sequence[UsageRow]) -> None:
        async with self._of_turns.adding(scope, used) as adding:
            adding.done(await self._homes.write(scope, adding.operations))

    async def rows(self, scope: TenantScope, period: Period) -> Sequence[UsageRow]:
        await self._homes.require(scope)
        return await self._rows(scope, period)

    async def reserve(
        self,
        scope: TenantScope,
        reservation: Reservation,
        period: Period,
        admit: Admit,
        *,
        now: datetime,
    ) -> None:
        async with self._locks.of(scope):
            for _ in range(ATTEMPTS):
                item, every = await self._reserved(scope)  # first: a turn that ends counts twice
                admit(await self._rows(scope, period), held_by(every, now))
                live = tuple(each for each in every if each.expires_at > now)
                with _overtaken() as overtaken:
                    await self._write(scope, item, (*live, reservation))
                if not overtaken:
                    return
        raise _busy()

    async def release(self, scope: TenantScope, reservation_id: str) -> None:
        async with self._locks.of(scope):
            for _ in range(ATTEMPTS):
                item, every = await self._reserved(scope)
                kept = tuple(each for each in every if each.reservation_id != reservation_id)
                if kept == every:
                    return
                with _overtaken() as overtaken:
                    await self._write(scope, item, kept)
                if not overtaken:
                    return
        raise _busy()

    async def marks(self, scope: TenantScope) -> frozenset[str]:
        return frozenset(mark.name for mark in await self._marks.records(scope))

    async def mark(self, scope: TenantScope, name: str) -> None:
        item = self._marks.item(scope, hashed(name), Mark(name=name), ttl=KEPT_SECONDS)
        with _overtaken():
            await self._homes.write(scope, creating([item]))

    async def _rows(self, scope: TenantScope, period: Period) -> Sequence[UsageRow]:
        of_turns = await self._of_turns.rows(scope, period)
        return merged([*of_turns, *await self._of_documents.rows(scope, period)])

    async def _reserved(self, scope: TenantScope) -> tuple[Item | None, tuple[Reservation, ...]]:
        item = await self._reservations.read(scope, RESERVATIONS)
        if item is None:
            return None, ()
        return item, tuple(self._reservations.record_of(scope, item).every)

    async def _write(
        self, scope: TenantScope, item: Item | None, every: Sequence[Reservation]
    ) -> None:
        """Write the reservations, unless they changed since they were read."""
        written = Reservations(every=every)
        if item is not None:
            await self._reservations.replace(scope, item, written)
            return
        made = self._reservations.item(scope, RESERVATIONS, written)
        await self._homes.write(scope, creating([made]))


@contextmanager
def _overtaken() -> Iterator[list[Exception]]:
    """Provide a list that then holds the error of a write that another overtook."""
    errors: list[Exception] = []
    try:
        yield errors
    except (AlreadyExistsError, StaleWriteError) as error:
        errors.append(error)


def _busy() -> UnavailableError:
    return UnavailableError(
        "Other requests keep changing this client's limits; try again.",
        code="storage_busy",
        retry_after=1.0,
    )
