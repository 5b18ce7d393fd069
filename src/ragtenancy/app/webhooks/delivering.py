"""Delivering messages: each due delivery is leased, sent, and settled or sent again later."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from contextvars import Context
from datetime import datetime, timedelta
from http import HTTPStatus

import structlog

from ragtenancy.app.webhooks.announcing import IDLE, LONGEST_IDLE, Announcements
from ragtenancy.domain.errors import IsolationBreach, RagTenancyError, StaleWriteError
from ragtenancy.domain.ids import TenantUid, WebhookId
from ragtenancy.domain.metrics import ISOLATION_BREACHES, WEBHOOK_ATTEMPTS
from ragtenancy.domain.tenants import TenantScope, TenantStatus
from ragtenancy.domain.webhooks import Delivery, Turn, Webhook, signed
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.ids import Ids
from ragtenancy.ports.metrics import Metrics
from ragtenancy.ports.tenants import TenantRepository
from ragtenancy.ports.webhooks import WebhookRepository, WebhookSender

log = structlog.get_logger(__name__)

AT_ONCE = 32
AT_ONCE_OF_TENANT = 4
AT_ONCE_TO_HOST = 8


class Traffic:
    """The messages under way in this process: bounded in all, of a tenant, and to a host.

    The host of a delivery is known only once its webhook is read: a webhook found in front of a
    busy host is blocked until a message to that host has ended.
    """

    def __init__(self) -> None:
        self._after = TenantUid("")
        self._tenants: Counter[TenantUid] = Counter()
        self._hosts: Counter[str] = Counter()
        self._blocked: dict[WebhookId, str] = {}

    @property
    def is_full(self) -> bool:
        """Whether no further delivery may be taken."""
        return self._tenants.total() >= AT_ONCE

    @property
    def turn(self) -> Turn:
        """Whose delivery may be taken next."""
        full = frozenset(uid for uid, n in self._tenants.items() if n >= AT_ONCE_OF_TENANT)
        return Turn(after=self._after, full=full, blocked=frozenset(self._blocked))

    def begin_round(self) -> None:
        """Start again with the first tenant."""
        self._after = TenantUid("")

    def begin(self, uid: TenantUid) -> None:
        """Count a delivery that was taken."""
        self._after = uid
        self._tenants[uid] += 1

    def end(self, uid: TenantUid) -> None:
        """Forget a delivery that was settled."""
        self._tenants[uid] -= 1
        self._tenants += Counter()  # drops the zeros

    @contextmanager
    def towards(self, webhook: Webhook) -> Iterator[bool]:
        """Count a message to the webhook's host; yield whether it may be sent now."""
        host = webhook.host
        if self._hosts[host] >= AT_ONCE_TO_HOST:
            self._blocked[webhook.webhook_id] = host
            yield False
            return
        self._hosts[host] += 1
        try:
            yield True
        finally:
            self._hosts[host] -= 1
            self._hosts += Counter()
            self._blocked = {each: to for each, to in self._blocked.items() if to != host}


class Deliverer:
    """Announces the ends of jobs and sends due deliveries of all tenants, in round robin.

    Several processes may do so; the bounds of `Traffic` are each one's own.
    """

    def __init__(
        self,
        webhooks: WebhookRepository,
        announcements: Announcements,
        tenants: TenantRepository,
        sender: WebhookSender,
        ids: Ids,
        metrics: Metrics,
        clock: Clock,
    ) -> None:
        self._webhooks = webhooks
        self._announcements = announcements
        self._tenants = tenants
        self._sender = sender
        self._ids = ids
        self._metrics = metrics
        self._clock = clock
        self._traffic = Traffic()
        self._news = asyncio.Event()
        self._under_way: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Announce and deliver until cancelled; messages under way are then sent again later."""
        async with self._ended(), asyncio.TaskGroup() as group:
            group.create_task(self._announcements.run(self._news.set))
            group.create_task(self._deliver_on())

    async def deliver_due(self) -> None:
        """Announce, then attempt each delivery once that is due now."""
        await self._announcements.relay()
        until = self._clock.now()
        async with self._ended():
            while await self._begin_next(until) or self._under_way:
                if self._under_way:
                    await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)

    @asynccontextmanager
    async def _ended(self) -> AsyncIterator[None]:
        """End the messages under way with the context."""
        try:
            yield
        finally:
            for task in self._under_way:
                task.cancel()
            await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _deliver_on(self) -> None:
        idle = IDLE
        while True:
            begun = False
            with self._reported("deliveries_unavailable"):
                begun = await self._begin_next(self._clock.now())
            if not begun:
                await self._news_within(idle)
            idle = IDLE if begun else min(2 * idle, LONGEST_IDLE)

    async def _news_within(self, delay: timedelta) -> None:
        """Wait until a delivery has ended or events were announced, at most so long."""
        waits = [
            asyncio.ensure_future(each) for each in (self._clock.sleep(delay), self._news.wait())
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()
        self._news.clear()

    async def _begin_next(self, now: datetime) -> bool:
        """Begin the delivery whose turn it is of those due `now`; return whether there was one."""
        if self._traffic.is_full:
            return False
        delivery = await self._webhooks.take(now, self._traffic.turn)
        if delivery is None:
            self._traffic.begin_round()
            return False
        self._traffic.begin(delivery.tenant_uid)
        task = asyncio.create_task(self._deliver(delivery), context=Context())
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return True

    async def _deliver(self, delivery: Delivery) -> None:
        """Attempt a delivery; if it cannot be settled, its lease expires and it is sent again."""
        structlog.contextvars.bind_contextvars(client_id=delivery.tenant_id)
        try:
            with self._reported("delivery_not_settled"):
                await self._settle(delivery)
        finally:
            self._traffic.end(delivery.tenant_uid)
            self._news.set()

    async def _settle(self, delivery: Delivery) -> None:
        tenant = await self._tenants.find(delivery.tenant_uid)
        if tenant is None or tenant.status is TenantStatus.DELETING:
            return
        settled = await self._attempted(tenant.scope, delivery)
        with suppress(StaleWriteError):  # its lease expired, or its webhook is gone
            await self._webhooks.save_delivery(tenant.scope, settled)

    async def _attempted(self, scope: TenantScope, delivery: Delivery) -> Delivery:
        webhook = await self._webhook(scope, delivery)
        if webhook is None or not webhook.enabled:
            return delivery.given_up("webhook_disabled", self._clock.now())
        with self._traffic.towards(webhook) as may_go:
            if not may_go:
                return delivery.deferred(self._clock.now())
            settled = await self._sent(webhook, delivery)
            self._metrics.count(WEBHOOK_ATTEMPTS, status=str(settled.status))
            return settled

    async def _sent(self, webhook: Webhook, delivery: Delivery) -> Delivery:
        event = delivery.event
        headers, body = signed(webhook.secret, event, self._clock.now()), event.body()
        try:
            status = await self._sender.send(webhook.url, headers, body)
        except RagTenancyError as error:
            return self._missed(delivery, error.reason)
        except Exception:  # the peer is hostile, its TLS and HTTP with it
            log.exception("delivery_crashed")
            return self._missed(delivery, "internal")
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return delivery.delivered(status, self._clock.now())
        return self._missed(delivery, "webhook_refused", status)

    def _missed(self, delivery: Delivery, error: str, status: int | None = None) -> Delivery:
        log.info("delivery_missed", code=error, attempts=delivery.attempts)
        return delivery.missed(error, self._clock.now(), self._ids.jitter(), response_status=status)

    async def _webhook(self, scope: TenantScope, delivery: Delivery) -> Webhook | None:
        every = await self._webhooks.every(scope)
        return next((each for each in every if each.webhook_id == delivery.webhook_id), None)

    @contextmanager
    def _reported(self, event: str) -> Iterator[None]:
        """Log an error of a store instead of raising it; count a breach of isolation."""
        try:
            yield
        except RagTenancyError as error:
            if isinstance(error, IsolationBreach):
                self._metrics.count(ISOLATION_BREACHES, store=error.store)
            log.warning(event, code=error.reason)
