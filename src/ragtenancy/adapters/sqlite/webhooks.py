"""Webhooks and deliveries in the control file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import Enum

import apsw
import structlog
from msgspec import MsgspecError, structs

from ragtenancy.adapters.sqlite.client import ControlFile
from ragtenancy.adapters.sqlite.schema import microseconds, microseconds_or_none
from ragtenancy.domain.errors import AlreadyExistsError, IsolationBreach, StaleWriteError
from ragtenancy.domain.ids import DeliveryId, TenantUid, WebhookId
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.domain.webhooks import Delivery, Turn, Webhook
from ragtenancy.persistence.cursors import cursor_position, cut, position_cursor
from ragtenancy.persistence.record_codec import RecordCodec
from ragtenancy.ports.webhooks import WebhookRepository

log = structlog.get_logger(__name__)

WEBHOOKS = RecordCodec(Webhook)
DELIVERIES = RecordCodec(Delivery)
NEWEST = 2**62
NEXT_TENANT = """
    SELECT min(tenant_uid) FROM webhook_deliveries INDEXED BY webhook_deliveries_due
    WHERE due_at IS NOT NULL AND tenant_uid > ?
"""
LONGEST_DUE = """
    SELECT sequence FROM webhook_deliveries INDEXED BY webhook_deliveries_due
    WHERE tenant_uid = ? AND due_at IS NOT NULL AND due_at <= ?
        AND webhook_id NOT IN (SELECT value FROM json_each(?))
    ORDER BY due_at, sequence LIMIT 1
"""


class SqliteWebhookRepository(WebhookRepository):
    """Tables `webhooks` and `webhook_deliveries`."""

    def __init__(self, control: ControlFile) -> None:
        self._control = control

    async def every(self, scope: TenantScope) -> Sequence[Webhook]:
        query = "SELECT body FROM webhooks WHERE tenant_uid = ? ORDER BY sequence"
        uid = (scope.tenant_uid,)
        rows = await self._control.read(lambda db: list(db.execute(query, uid)))
        found = [WEBHOOKS.decode(body) for (body,) in rows]
        for webhook in found:
            scope.require_own(webhook.tenant_uid, "webhooks")
        return found

    async def add(self, scope: TenantScope, webhook: Webhook) -> None:
        scope.require_own(webhook.tenant_uid, "webhooks")
        query = "INSERT INTO webhooks (tenant_uid, webhook_id, version, body) VALUES (?, ?, ?, ?)"
        row = (scope.tenant_uid, webhook.webhook_id, webhook.version, WEBHOOKS.encode(webhook))

        def work(db: apsw.Connection) -> None:
            try:
                db.execute(query, row)
            except apsw.ConstraintError as error:
                raise AlreadyExistsError("The webhook already exists.") from error

        await self._control.write(work)

    async def save(self, scope: TenantScope, webhook: Webhook) -> Webhook:
        scope.require_own(webhook.tenant_uid, "webhooks")
        saved = structs.replace(webhook, version=webhook.version + 1)
        query = (
            "UPDATE webhooks SET version = ?, body = ?"
            " WHERE tenant_uid = ? AND webhook_id = ? AND version = ?"
        )
        key = (scope.tenant_uid, webhook.webhook_id, webhook.version)

        def work(db: apsw.Connection) -> None:
            db.execute(query, (saved.version, WEBHOOKS.encode(saved), *key))
            if not db.changes():
                raise StaleWriteError("The webhook changed since it was read.")

        await self._control.write(work)
        return saved

    async def remove(self, scope: TenantScope, webhook_id: WebhookId) -> None:
        key = (scope.tenant_uid, webhook_id)

        def work(db: apsw.Connection) -> None:
            for table in ("webhooks", "webhook_deliveries"):
                query = f"DELETE FROM {table} WHERE tenant_uid = ? AND webhook_id = ?"  # noqa: S608
                db.execute(query, key)

        await self._control.write(work)

    async def enqueue(self, scope: TenantScope, delivery: Delivery) -> None:
        scope.require_own(delivery.tenant_uid, "webhooks")
        row = (
            scope.tenant_uid,
            delivery.delivery_id,
            delivery.webhook_id,
            microseconds_or_none(delivery.due_at),
            microseconds(delivery.updated_at),
            delivery.version,
            DELIVERIES.encode(delivery),
        )
        query = (
            "INSERT OR IGNORE INTO webhook_deliveries (tenant_uid, delivery_id, webhook_id, due_at,"
            " updated_at, version, body) VALUES (?, ?, ?, ?, ?, ?, ?)"
        )
        await self._control.write(lambda db: db.execute(query, row).get)

    async def delivery(self, scope: TenantScope, delivery_id: DeliveryId) -> Delivery | None:
        query = "SELECT body FROM webhook_deliveries WHERE tenant_uid = ? AND delivery_id = ?"
        key = (scope.tenant_uid, delivery_id)
        body = await self._control.read(lambda db: db.execute(query, key).get)
        return None if body is None else _own(scope, body)

    async def deliveries(
        self,
        scope: TenantScope,
        webhook_id: WebhookId,
        *,
        after: Cursor | None = None,
        limit: int = 50,
    ) -> Page[Delivery]:
        start = NEWEST if after is None else cursor_position(after)
        query = (
            "SELECT sequence, body FROM webhook_deliveries WHERE tenant_uid = ? AND webhook_id = ?"
            " AND sequence < ? ORDER BY sequence DESC LIMIT ?"
        )
        values = (scope.tenant_uid, webhook_id, start, limit + 1)
        rows = await self._control.read(lambda db: list(db.execute(query, values)))
        page = cut(rows, limit, lambda row: position_cursor(row[0]))
        return Page(items=tuple(_own(scope, body) for _, body in page.items), next=page.next)

    async def save_delivery(self, scope: TenantScope, delivery: Delivery) -> Delivery:
        scope.require_own(delivery.tenant_uid, "webhooks")
        saved = await self._control.write(lambda db: _written(db, delivery))
        if saved is None:
            raise StaleWriteError("The delivery changed since it was read.")
        return saved

    async def take(self, now: datetime, turn: Turn) -> Delivery | None:
        """Lease a delivery, looking first without a write lock."""
        while await self._control.read(lambda db: _next(db, now, turn)) is not None:
            taken = await self._control.write(lambda db: _leased(db, now, turn))
            if isinstance(taken, Delivery):
                return taken
            if taken is SetAside.MISFILED:
                raise IsolationBreach("webhooks")
        return None

    async def purge(self, *, before: datetime) -> int:
        query = "DELETE FROM webhook_deliveries WHERE due_at IS NULL AND updated_at < ?"
        old = (microseconds(before),)

        def work(db: apsw.Connection) -> int:
            db.execute(query, old)
            return db.changes()

        return await self._control.write(work)

    async def drop(self, scope: TenantScope) -> None:
        def work(db: apsw.Connection) -> None:
            for table in ("webhooks", "webhook_deliveries"):
                db.execute(f"DELETE FROM {table} WHERE tenant_uid = ?", (scope.tenant_uid,))  # noqa: S608

        await self._control.write(work, makes_room=True)


class SetAside(Enum):
    """Why a delivery cannot be taken and is not due any more."""

    DAMAGED = "unreadable"
    MISFILED = "misfiled"


def _next(db: apsw.Connection, now: datetime, turn: Turn) -> int | None:
    """Return the sequence of the next delivery; two index steps for each tenant passed."""
    blocked = json.dumps(list(turn.blocked))
    for uid in _waiting(db, turn.after):
        if uid not in turn.full:
            sequence = db.execute(LONGEST_DUE, (uid, microseconds(now), blocked)).get
            if sequence is not None:
                return int(sequence)
    return None


def _waiting(db: apsw.Connection, after: TenantUid) -> Iterator[TenantUid]:
    """Yield the tenants with pending deliveries, those after `after` first."""
    uid = db.execute(NEXT_TENANT, (after,)).get
    while uid is not None:
        yield TenantUid(uid)
        uid = db.execute(NEXT_TENANT, (uid,)).get
    uid = db.execute(NEXT_TENANT, ("",)).get
    while uid is not None and uid <= after:
        yield TenantUid(uid)
        uid = db.execute(NEXT_TENANT, (uid,)).get


def _leased(db: apsw.Connection, now: datetime, turn: Turn) -> Delivery | SetAside | None:
    sequence = _next(db, now, turn)
    if sequence is None:
        return None
    query = "SELECT tenant_uid, delivery_id, body FROM webhook_deliveries WHERE sequence = ?"
    [(uid, delivery_id, body)] = db.execute(query, (sequence,))
    try:
        delivery = DELIVERIES.decode(body)
    except MsgspecError:
        return _set_aside(db, sequence, delivery_id, SetAside.DAMAGED)
    if delivery.tenant_uid != uid:
        return _set_aside(db, sequence, delivery_id, SetAside.MISFILED)
    return _written(db, delivery.leased(now)) or _set_aside(
        db, sequence, delivery_id, SetAside.DAMAGED
    )


def _set_aside(db: apsw.Connection, sequence: int, delivery_id: str, why: SetAside) -> SetAside:
    db.execute("UPDATE webhook_deliveries SET due_at = NULL WHERE sequence = ?", (sequence,))
    log.error("delivery_set_aside", item_id=delivery_id, why=why.value)
    return why


def _written(db: apsw.Connection, delivery: Delivery) -> Delivery | None:
    """Replace the previous version of a row; return it, None if that does not exist."""
    saved = structs.replace(delivery, version=delivery.version + 1)
    db.execute(
        "UPDATE webhook_deliveries SET due_at = ?, updated_at = ?, version = ?, body = ?"
        " WHERE tenant_uid = ? AND delivery_id = ? AND version = ?",
        (
            microseconds_or_none(saved.due_at),
            microseconds(saved.updated_at),
            saved.version,
            DELIVERIES.encode(saved),
            delivery.tenant_uid,
            delivery.delivery_id,
            delivery.version,
        ),
    )
    return saved if db.changes() else None


def _own(scope: TenantScope, body: bytes) -> Delivery:
    delivery = DELIVERIES.decode(body)
    scope.require_own(delivery.tenant_uid, "webhooks")
    return delivery
