"""Delivering messages: each due delivery is leased, sent, and settled or sent again later."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from http import HTTPStatus

import structlog

from ragtenancy.domain.errors import RagTenancyError, StaleWriteError
from ragtenancy.domain.tenants import TenantScope, TenantStatus
from ragtenancy.domain.webhooks import Delivery, Webhook, signed
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.ids import Ids
from ragtenancy.ports.tenants import TenantRepository
from ragtenancy.ports.webhooks import WebhookRepository, WebhookSender

log = structlog.get_logger(__name__)

AT_ONCE = 8
IDLE = timedelta(seconds=1)
LONGEST_IDLE = timedelta(seconds=5)


class Deliverer:
    """Sends due deliveries of all tenants, eight at a time; several processes may do so."""

    def __init__(
        self,
        webhooks: WebhookRepository,
        tenants: TenantRepository,
        sender: WebhookSender,
        ids: Ids,
        clock: Clock,
    ) -> None:
        self._webhooks = webhooks
        self._tenants = tenants
        self._sender = sender
        self._ids = ids
        self._clock = clock

    async def run(self) -> None:
        """Deliver until cancelled."""
        idle = IDLE
        while True:
            try:
                worked = await self.deliver_due()
            except RagTenancyError as error:
                log.warning("deliveries_unavailable", code=error.reason)
                worked = False
            if not worked:
                await self._clock.sleep(idle)
            idle = IDLE if worked else min(2 * idle, LONGEST_IDLE)

    async def deliver_due(self) -> bool:
        """Attempt up to eight due deliveries; return whether there were any."""
        taken: list[Delivery] = []
        while len(taken) < AT_ONCE:
            delivery = await self._webhooks.take(self._clock.now())
            if delivery is None:
                break
            taken.append(delivery)
        async with asyncio.TaskGroup() as group:
            for delivery in taken:
                group.create_task(self._deliver(delivery))
        return bool(taken)

    async def _deliver(self, delivery: Delivery) -> None:
        """Attempt a delivery; if it cannot be settled, its lease expires and it is sent again."""
        try:
            tenant = await self._tenants.find(delivery.tenant_uid)
            if tenant is None or tenant.status is TenantStatus.DELETING:
                return
            settled = await self._attempted(tenant.scope, delivery)
            with suppress(StaleWriteError):  # its lease expired, or its webhook is gone
                await self._webhooks.save_delivery(tenant.scope, settled)
        except RagTenancyError as error:
            log.warning("delivery_not_settled", code=error.reason)

    async def _attempted(self, scope: TenantScope, delivery: Delivery) -> Delivery:
        webhook = await self._webhook(scope, delivery)
        now = self._clock.now()
        if webhook is None or not webhook.enabled:
            return delivery.given_up("webhook_disabled", now)
        headers, body = signed(webhook.secret, delivery.event, now), delivery.event.body()
        try:
            status = await self._sender.send(webhook.url, headers, body)
        except RagTenancyError as error:
            return self._missed(delivery, error.reason)
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return delivery.delivered(status, self._clock.now())
        return self._missed(delivery, "webhook_refused", status)

    def _missed(self, delivery: Delivery, error: str, status: int | None = None) -> Delivery:
        log.info("delivery_missed", code=error, attempts=delivery.attempts)
        return delivery.missed(error, self._clock.now(), self._ids.jitter(), response_status=status)

    async def _webhook(self, scope: TenantScope, delivery: Delivery) -> Webhook | None:
        every = await self._webhooks.every(scope)
        return next((each for each in every if each.webhook_id == delivery.webhook_id), None)
