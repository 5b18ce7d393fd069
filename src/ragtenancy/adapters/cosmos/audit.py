"""The audit log in Cosmos DB: one item per entry, in one partition."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import MsgspecError

from ragtenancy.adapters.cosmos.client import Cosmos
from ragtenancy.adapters.cosmos.items import Item, Items
from ragtenancy.adapters.cosmos.partitions import creating, damaged
from ragtenancy.adapters.cosmos.tenant_state import SHARED_CONTAINER
from ragtenancy.domain.audit import AuditEntry, AuditEvent, AuditFilter, chained
from ragtenancy.domain.errors import AlreadyExistsError, UnavailableError
from ragtenancy.persistence.record_codec import RecordCodec
from ragtenancy.ports.audit import AuditLog

PARTITION = "=audit"
ATTEMPTS = 16
CODEC = RecordCodec(AuditEntry)


class CosmosAuditLog(AuditLog):
    """The id of an item is its entry's sequence: of two writers, the first to create it wins.

    The other chains its events anew. Events that are appended together are one batch; the last
    entry is remembered, so that a process that writes alone reads nothing.
    """

    def __init__(self, cosmos: Cosmos) -> None:
        self._items = Items(cosmos, SHARED_CONTAINER)
        self._last: AuditEntry | None = None

    async def append(
        self,
        events: Sequence[AuditEvent],
        *,
        makes_room: bool = False,  # noqa: ARG002 - the port's: nothing fills up here
    ) -> Sequence[AuditEntry]:
        last = self._last or await self._newest()
        for _ in range(ATTEMPTS):
            appended = chained(last, events)
            try:
                await self._items.batch(PARTITION, creating(map(_item, appended)))
            except AlreadyExistsError:
                last = await self._newest()
                continue
            self._last = appended[-1]
            return appended
        raise UnavailableError(
            "Other processes keep writing to the audit log; try again.",
            code="storage_busy",
            retry_after=1.0,
        )

    async def entries(
        self, wanted: AuditFilter, *, after: int = 0, limit: int
    ) -> Sequence[AuditEntry]:
        times = {"since": wanted.since, "until": wanted.until}
        values: dict[str, object] = {n: t.timestamp() for n, t in times.items() if t is not None}
        values |= {"action": wanted.action.value} if wanted.action is not None else {}
        values |= {"uid": wanted.client_uid} if wanted.client_uid is not None else {}
        where = " AND ".join(["c.sequence > @after", *(CONDITIONS[name] for name in values)])
        found = await self._items.query(
            PARTITION,
            f"TOP {int(limit)} *",
            f"{where} ORDER BY c.sequence",
            {**values, "after": after},
        )
        return tuple(map(_entry, found))

    async def _newest(self) -> AuditEntry | None:
        found = await self._items.query(PARTITION, "TOP 1 *", "true ORDER BY c.sequence DESC")
        return _entry(found[0]) if found else None


CONDITIONS = {
    "since": "c.at >= @since",
    "until": "c.at < @until",
    "action": "c.action = @action",
    "uid": "c.of_uid = @uid",
}


def _item(entry: AuditEntry) -> Item:
    event = entry.event
    return {
        "id": f"audit~{entry.sequence:016}",
        "sequence": entry.sequence,
        "at": event.at.timestamp(),
        "action": event.action.value,
        "of_uid": event.client_uid,
        "record": CODEC.as_json(entry),
    }


def _entry(item: Item) -> AuditEntry:
    try:
        return CODEC.of_json(item["record"])
    except (MsgspecError, KeyError) as error:
        raise damaged() from error
