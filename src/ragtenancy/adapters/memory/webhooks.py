"""Webhooks and deliveries in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import structs

from ragtenancy.adapters.memory.client import Memory
from ragtenancy.domain.errors import StaleWriteError
from ragtenancy.domain.ids import DeliveryId, WebhookId
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.domain.webhooks import Delivery, Turn, Webhook
from ragtenancy.ports.webhooks import WebhookRepository


class InMemoryWebhookRepository(WebhookRepository):
    """Webhooks and deliveries by tenant and id."""

    def __init__(self, memory: Memory) -> None:
        self._webhooks = memory.webhooks
        self._deliveries = memory.deliveries

    async def every(self, scope: TenantScope) -> Sequence[Webhook]:
        return [each for each in self._webhooks if each.tenant_uid == scope.tenant_uid]

    async def add(self, scope: TenantScope, webhook: Webhook) -> None:
        scope.require_own(webhook.tenant_uid, "webhooks")
        self._webhooks.add((scope.tenant_uid, webhook.webhook_id), webhook)

    async def save(self, scope: TenantScope, webhook: Webhook) -> Webhook:
        scope.require_own(webhook.tenant_uid, "webhooks")
        key = (scope.tenant_uid, webhook.webhook_id)
        stored = self._webhooks.get(key)
        if stored is None or stored.version != webhook.version:
            raise StaleWriteError("The webhook changed since it was read.")
        saved = structs.replace(webhook, version=webhook.version + 1)
        self._webhooks.put(key, saved)
        return saved

    async def remove(self, scope: TenantScope, webhook_id: WebhookId) -> None:
        self._webhooks.remove((scope.tenant_uid, webhook_id))
        own = {
            (each.tenant_uid, each.delivery_id)
            for each in self._deliveries
            if each.tenant_uid == scope.tenant_uid and each.webhook_id == webhook_id
        }
        self._deliveries.remove_where(lambda key: key in own)

    async def enqueue(self, scope: TenantScope, delivery: Delivery) -> None:
        scope.require_own(delivery.tenant_uid, "webhooks")
        key = (scope.tenant_uid, delivery.delivery_id)
        if key not in self._deliveries:
            self._deliveries.put(key, delivery)

    async def delivery(self, scope: TenantScope, delivery_id: DeliveryId) -> Delivery | None:
        return self._deliveries.get((scope.tenant_uid, delivery_id))

    async def deliveries(
        self,
        scope: TenantScope,
        webhook_id: WebhookId,
        *,
        after: Cursor | None = None,
        limit: int = 50,
    ) -> Page[Delivery]:
        wanted = (scope.tenant_uid, webhook_id)
        return self._deliveries.page(
            lambda each: (each.tenant_uid, each.webhook_id) == wanted,
            after=after,
            limit=limit,
            newest_first=True,
        )

    async def save_delivery(self, scope: TenantScope, delivery: Delivery) -> Delivery:
        scope.require_own(delivery.tenant_uid, "webhooks")
        stored = await self.delivery(scope, delivery.delivery_id)
        if stored is None or stored.version != delivery.version:
            raise StaleWriteError("The delivery changed since it was read.")
        return self._write(delivery)

    async def take(self, now: datetime, turn: Turn) -> Delivery | None:
        due = [each for each in self._deliveries if each.is_due(now) and turn.permits(each)]
        if not due:
            return None
        first = min(due, key=lambda each: (turn.place(each.tenant_uid), each.due_at or now))
        return self._write(first.leased(now))

    async def purge(self, *, before: datetime) -> int:
        old = {
            (each.tenant_uid, each.delivery_id)
            for each in self._deliveries
            if each.due_at is None and each.updated_at < before
        }
        return self._deliveries.remove_where(lambda key: key in old)

    async def drop(self, scope: TenantScope) -> None:
        self._webhooks.remove_where(lambda key: key[0] == scope.tenant_uid)
        self._deliveries.remove_where(lambda key: key[0] == scope.tenant_uid)

    def _write(self, delivery: Delivery) -> Delivery:
        saved = structs.replace(delivery, version=delivery.version + 1)
        self._deliveries.put((delivery.tenant_uid, delivery.delivery_id), saved)
        return saved
