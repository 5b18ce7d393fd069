"""The ledger of deletions in Cosmos DB."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from uuid import uuid4

from ragtenancy.adapters.cosmos.client import Cosmos
from ragtenancy.adapters.cosmos.items import Item, Items, next_sequence
from ragtenancy.adapters.cosmos.partitions import hashed
from ragtenancy.domain.deletion_ledger import LedgerEntry, LedgerKind, LedgerOrigin
from ragtenancy.domain.errors import AlreadyExistsError, StaleWriteError, UnavailableError
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.persistence.cursors import cursor_position, cut, position_cursor
from ragtenancy.persistence.record_codec import RecordCodec
from ragtenancy.ports.deletion_ledger import DeletionLedger

CONTAINER = "deletions"
ORIGIN = "=origin"
ATTEMPTS = 5
NEWEST = 2**53
CODEC = RecordCodec(LedgerEntry)
ORIGIN_CODEC = RecordCodec(LedgerOrigin)


class CosmosDeletionLedger(DeletionLedger):
    """One item per object, in a partition per tenant uid that outlives the tenant."""

    def __init__(self, cosmos: Cosmos) -> None:
        self._items = Items(cosmos, CONTAINER)

    async def record(self, scope: TenantScope, entry: LedgerEntry) -> None:
        scope.require_own(entry.tenant_uid, "deletion_ledger")
        for _ in range(ATTEMPTS):
            with suppress(AlreadyExistsError, StaleWriteError):  # another process wrote first
                await self._written(scope, entry)
                return
        raise UnavailableError(
            "Other requests keep changing this deletion; try again.", retry_after=1.0
        )

    async def get(self, scope: TenantScope, kind: LedgerKind, object_id: str) -> LedgerEntry | None:
        item = await self._items.read(_partition(scope), _id_of(kind, object_id))
        return None if item is None else _own(scope, item)

    async def page(
        self,
        scope: TenantScope,
        *,
        kind: LedgerKind | None = None,
        after: Cursor | None = None,
        limit: int = 50,
    ) -> Page[LedgerEntry]:
        start = NEWEST if after is None else cursor_position(after)
        where = "c.sequence < @start"
        values: dict[str, object] = {"start": start}
        if kind is not None:
            where = f"{where} AND c.kind = @kind"
            values["kind"] = str(kind)
        found = await self._items.query(
            _partition(scope),
            f"TOP {limit + 1} *",
            f"{where} ORDER BY c.sequence DESC",
            values,
        )
        page = cut(found, limit, lambda item: position_cursor(item["sequence"]))
        return Page(items=tuple(_own(scope, item) for item in page.items), next=page.next)

    async def origin(self) -> LedgerOrigin:
        made = LedgerOrigin(installation_id=uuid4().hex, since=datetime.now(UTC))
        with suppress(AlreadyExistsError):
            item = {"id": ORIGIN, "record": ORIGIN_CODEC.as_json(made)}
            if await self._items.read(ORIGIN, ORIGIN) is None:
                await self._items.create(ORIGIN, item)
        found = await self._items.read(ORIGIN, ORIGIN)
        return made if found is None else ORIGIN_CODEC.of_json(found["record"])

    async def _written(self, scope: TenantScope, entry: LedgerEntry) -> None:
        partition = _partition(scope)
        known = await self._items.read(partition, _id_of(entry.kind, entry.object_id))
        if known is None:
            await self._items.create(partition, _item(entry))
            return
        written = _own(scope, known).repeated(entry)
        await self._items.replace(partition, _item(written), known["_etag"])


def _partition(scope: TenantScope) -> str:
    return f"=ledger-{scope.tenant_uid}"


def _id_of(kind: LedgerKind, object_id: str) -> str:
    return hashed(f"{kind}/{object_id}")


def _item(entry: LedgerEntry) -> Item:
    return {
        "id": _id_of(entry.kind, entry.object_id),
        "tenant_uid": entry.tenant_uid,
        "kind": str(entry.kind),
        "sequence": next_sequence(),
        "record": CODEC.as_json(entry),
    }


def _own(scope: TenantScope, item: Item) -> LedgerEntry:
    entry = CODEC.of_json(item["record"])
    scope.require_own(entry.tenant_uid, "deletion_ledger")
    return entry
