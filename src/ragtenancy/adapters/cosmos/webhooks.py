"""Webhooks and deliveries in Cosmos DB."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime

import structlog
from msgspec import structs

from ragtenancy.adapters.cosmos.client import Cosmos
from ragtenancy.adapters.cosmos.items import Item
from ragtenancy.adapters.cosmos.partitions import OwnedItems
from ragtenancy.domain.errors import (
    AlreadyExistsError,
    IsolationBreach,
    StaleWriteError,
    UnavailableError,
)
from ragtenancy.domain.ids import DeliveryId, TenantUid, WebhookId
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.domain.webhooks import Delivery, Turn, Webhook
from ragtenancy.persistence.cursors import cursor_position, cut, position_cursor
from ragtenancy.ports.webhooks import WebhookRepository

log = structlog.get_logger(__name__)

CONTAINER = "idempotency"
NEVER = 0.0
NEWEST = 2**62
LOOKED_AT = 20


class CosmosWebhookRepository(WebhookRepository):
    """One item each, in the client's partition, in the container of idempotency keys.

    A container of their own would have to be made at an upgrade, and paid for. `take` and `purge`
    query all partitions.
    """

    def __init__(self, cosmos: Cosmos) -> None:
        self._webhooks = OwnedItems(cosmos, CONTAINER, "webhook", Webhook)
        self._deliveries = OwnedItems(cosmos, CONTAINER, "delivery", Delivery)

    async def every(self, scope: TenantScope) -> Sequence[Webhook]:
        return await self._webhooks.records(scope, "true ORDER BY c.sequence")

    async def add(self, scope: TenantScope, webhook: Webhook) -> None:
        scope.require_own(webhook.tenant_uid, "webhooks")
        await self._webhooks.add(scope, webhook.webhook_id, webhook)

    async def save(self, scope: TenantScope, webhook: Webhook) -> Webhook:
        scope.require_own(webhook.tenant_uid, "webhooks")
        item = await self._webhooks.read(scope, webhook.webhook_id)
        if item is None or self._webhooks.record_of(scope, item).version != webhook.version:
            raise StaleWriteError("The webhook changed since it was read.")
        saved = structs.replace(webhook, version=webhook.version + 1)
        await self._webhooks.replace(scope, item, saved)
        return saved

    async def remove(self, scope: TenantScope, webhook_id: WebhookId) -> None:
        await self._webhooks.delete(scope, webhook_id)
        await self._deliveries.remove(scope, "c.webhook = @webhook", {"webhook": webhook_id})

    async def enqueue(self, scope: TenantScope, delivery: Delivery) -> None:
        scope.require_own(delivery.tenant_uid, "webhooks")
        with suppress(AlreadyExistsError):
            await self._deliveries.add(scope, delivery.delivery_id, delivery, **_fields(delivery))

    async def delivery(self, scope: TenantScope, delivery_id: DeliveryId) -> Delivery | None:
        return await self._deliveries.get(scope, delivery_id)

    async def deliveries(
        self,
        scope: TenantScope,
        webhook_id: WebhookId,
        *,
        after: Cursor | None = None,
        limit: int = 50,
    ) -> Page[Delivery]:
        start = NEWEST if after is None else cursor_position(after)
        found = await self._deliveries.select(
            scope,
            "c.webhook = @webhook AND c.sequence < @start ORDER BY c.sequence DESC",
            top=limit + 1,
            values={"webhook": webhook_id, "start": start},
        )
        page = cut(found, limit, lambda item: position_cursor(item["sequence"]))
        items = tuple(self._deliveries.record_of(scope, item) for item in page.items)
        return Page(items=items, next=page.next)

    async def save_delivery(self, scope: TenantScope, delivery: Delivery) -> Delivery:
        scope.require_own(delivery.tenant_uid, "webhooks")
        item = await self._deliveries.read(scope, delivery.delivery_id)
        if item is None or self._deliveries.record_of(scope, item).version != delivery.version:
            raise StaleWriteError("The delivery changed since it was read.")
        return await self._written(item, delivery)

    async def take(self, now: datetime, turn: Turn) -> Delivery | None:
        """Find the tenant by a query of all partitions, then its delivery by one of its own."""
        full = set(turn.full)
        while (first := await self._first(now, turn, full)) is not None:
            for item in await self._due(now, turn, first):
                delivery = await self._sound(item)
                if delivery is None:
                    continue
                with suppress(StaleWriteError):  # another process takes it
                    return await self._written(item, delivery.leased(now))
            full.add(first["tenant_uid"])
        return None

    async def purge(self, *, before: datetime) -> int:
        ended = await self._deliveries.items.query_everywhere(
            "*",
            "c.due = @never AND c.ended < @before",
            {"never": NEVER, "before": before.timestamp()},
        )
        for item in ended:
            await self._deliveries.items.delete(item["client_id"], item["id"])
        return len(ended)

    async def drop(self, scope: TenantScope) -> None:
        await self._webhooks.remove(scope)
        await self._deliveries.remove(scope)

    async def _first(self, now: datetime, turn: Turn, full: Collection[TenantUid]) -> Item | None:
        """Return `client_id` and `tenant_uid` of the tenant whose turn it is."""
        wanted, values = _due_by(now, turn)
        wanted += " AND NOT ARRAY_CONTAINS(@full, c.tenant_uid)"
        for side in (">", "<=") if turn.after else (">",):
            found = await self._deliveries.items.query_everywhere(
                "TOP 1 c.client_id, c.tenant_uid",
                f"{wanted} AND c.tenant_uid {side} @after ORDER BY c.tenant_uid",
                {**values, "full": list(full), "after": turn.after},
            )
            if found:
                return dict(found[0])
        return None

    async def _due(self, now: datetime, turn: Turn, tenant: Item) -> Sequence[Item]:
        wanted, values = _due_by(now, turn)
        return await self._deliveries.items.query(
            tenant["client_id"],
            f"TOP {LOOKED_AT} *",
            f"{wanted} AND c.tenant_uid = @uid ORDER BY c.due",
            {**values, "uid": tenant["tenant_uid"]},
        )

    async def _sound(self, item: Item) -> Delivery | None:
        """Return the item's delivery; set a damaged one aside. Raises `IsolationBreach`."""
        try:
            delivery = self._deliveries.decoded(item)
        except UnavailableError:
            await self._set_aside(item, "unreadable")
            return None
        if item["tenant_uid"] != delivery.tenant_uid:
            await self._set_aside(item, "misfiled")
            raise IsolationBreach("webhooks")
        return delivery

    async def _set_aside(self, item: Item, why: str) -> None:
        log.error("delivery_set_aside", item_id=item["id"], why=why)
        with suppress(StaleWriteError):
            aside = {**item, "due": NEVER}
            await self._deliveries.items.replace(item["client_id"], aside, item["_etag"])

    async def _written(self, item: Item, delivery: Delivery) -> Delivery:
        saved = structs.replace(delivery, version=delivery.version + 1)
        changed = self._deliveries.changed(item, saved, **_fields(saved))
        await self._deliveries.items.replace(item["client_id"], changed, item["_etag"])
        return saved


def _due_by(now: datetime, turn: Turn) -> tuple[str, Mapping[str, object]]:
    """Return the condition of due deliveries that the turn permits, with its values."""
    where = "c.due > @never AND c.due <= @now AND NOT ARRAY_CONTAINS(@blocked, c.webhook)"
    return where, {"never": NEVER, "now": now.timestamp(), "blocked": list(turn.blocked)}


def _fields(delivery: Delivery) -> dict[str, object]:
    """Return what queries ask for, in seconds since 1970."""
    due = NEVER if delivery.due_at is None else delivery.due_at.timestamp()
    return {"webhook": delivery.webhook_id, "due": due, "ended": delivery.updated_at.timestamp()}
