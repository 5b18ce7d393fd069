"""No tenant, endpoint, store or hostile receiver delays the messages of others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from dependency_injector import providers

from ragtenancy.app.webhooks.announcing import LONGEST_IDLE
from ragtenancy.app.webhooks.delivering import AT_ONCE_OF_TENANT, AT_ONCE_TO_HOST
from ragtenancy.domain.errors import IsolationBreach
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.domain.webhooks import (
    Delivery,
    DeliveryStatus,
    Subscription,
    Turn,
    Webhook,
    delivery_of,
    sample_event,
)
from ragtenancy.ports.webhooks import WebhookRepository
from tests.doubles import in_memory_container
from tests.scripted.clock import ScriptedClock
from tests.scripted.webhook_sender import ScriptedWebhookSender
from tests.unit.app.conftest import Installation

HANGING = "https://hanging.example.com/hook"
SOUND = "https://sound.example.com/hook"


class HangingSender(ScriptedWebhookSender):
    """Never ends a message to `HANGING`, and fails unexpectedly on one to `broken`."""

    def __init__(self) -> None:
        super().__init__()
        self.broken: str | None = None

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        status = await super().send(url, headers, body)
        if url == self.broken:
            raise ZeroDivisionError
        if url == HANGING:
            await asyncio.Event().wait()
        return status

    def count(self, url: str) -> int:
        return sum(sent == url for sent, _, _ in self.sent)


class Crowd(Installation):
    """An installation in memory whose tenants have one webhook each."""

    async def webhook(self, name: str, url: str) -> tuple[TenantScope, Webhook]:
        scope = await self.tenant(name)
        wanted = [Subscription.JOBS]
        return scope, await self.container.webhooks().create(scope, url, wanted)

    async def enqueue(self, scope: TenantScope, webhook: Webhook, count: int = 1) -> None:
        for _ in range(count):
            now = self.clock.now()
            event = sample_event(scope, now, self.container.ids().new("evt"))
            await self.container.webhook_repository().enqueue(
                scope, delivery_of(webhook, event, now)
            )

    @property
    def sender(self) -> HangingSender:
        return cast("HangingSender", self.container.webhook_sender())

    @property
    def clock(self) -> ScriptedClock:
        return cast("ScriptedClock", self.container.clock())

    async def pass_time(self) -> None:
        """Let whatever can run do so, then the clock go on."""
        for _ in range(3):
            for _ in range(200):
                await asyncio.sleep(0)
            self.clock.advance(LONGEST_IDLE)

    @asynccontextmanager
    async def delivering(self) -> AsyncIterator[None]:
        """Deliver during the context; wait before its body until nothing more can be done."""
        running = asyncio.create_task(self.container.deliverer().run())
        try:
            await self.pass_time()
            yield
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


@pytest.fixture
def crowd() -> Crowd:
    container = in_memory_container()
    container.webhook_sender.override(providers.Singleton(HangingSender))
    return Crowd(container)


async def test_a_message_arrives_while_another_tenants_endpoint_hangs(crowd: Crowd) -> None:
    await crowd.enqueue(*await crowd.webhook("acme", HANGING), 50)
    other = await crowd.webhook("globex", SOUND)

    async with crowd.delivering():
        await crowd.enqueue(*other)
        await crowd.pass_time()

        assert crowd.sender.count(SOUND) == 1
        assert crowd.sender.count(HANGING) == AT_ONCE_OF_TENANT


async def test_tenants_with_one_hanging_host_do_not_hold_up_those_with_others(
    crowd: Crowd,
) -> None:
    for name in ("a", "b", "c", "d"):
        await crowd.enqueue(*await crowd.webhook(name, HANGING), 20)
    await crowd.enqueue(*await crowd.webhook("sound", SOUND), 20)

    async with crowd.delivering():
        assert crowd.sender.count(SOUND) == 20
        assert crowd.sender.count(HANGING) == AT_ONCE_TO_HOST


async def test_a_webhook_of_a_busy_host_is_served_once_the_host_is_free(crowd: Crowd) -> None:
    webhooks = crowd.container.webhooks()
    owners = [await crowd.webhook(name, HANGING) for name in ("a", "b", "c")]
    for scope, webhook in owners:
        await crowd.enqueue(scope, webhook, AT_ONCE_OF_TENANT)
    async with crowd.delivering():
        pass
    for scope, webhook in owners:
        await webhooks.change(scope, webhook.webhook_id, url=SOUND)
    crowd.clock.advance(timedelta(minutes=3))  # the leases of those that were cut off

    await crowd.container.deliverer().deliver_due()

    assert crowd.sender.count(SOUND) == 3 * AT_ONCE_OF_TENANT


async def test_a_deferred_attempt_is_not_counted(crowd: Crowd) -> None:
    owners = [await crowd.webhook(name, HANGING) for name in ("a", "b", "c")]
    for scope, webhook in owners:
        await crowd.enqueue(scope, webhook, 3)

    async with crowd.delivering():
        found = [
            each.attempts
            for scope, webhook in owners
            for each in (
                await crowd.container.webhooks().deliveries(scope, webhook.webhook_id)
            ).items
        ]

    assert sorted(found) == [0, *[1] * AT_ONCE_TO_HOST]


async def test_many_pending_messages_of_one_tenant_come_after_the_first_of_another(
    crowd: Crowd,
) -> None:
    await crowd.enqueue(*await crowd.webhook("acme", "https://acme.example.com/"), 300)
    await crowd.enqueue(*await crowd.webhook("globex", SOUND))

    await crowd.container.deliverer().deliver_due()

    urls = [url for url, _, _ in crowd.sender.sent]
    assert len(urls) == 301
    assert urls.index(SOUND) < 2


async def test_one_pass_attempts_each_message_once(crowd: Crowd) -> None:
    crowd.sender.status = 500
    await crowd.enqueue(*await crowd.webhook("acme", SOUND), 3)

    await crowd.container.deliverer().deliver_due()

    rendered = await crowd.container.monitoring().render()
    assert crowd.sender.count(SOUND) == 3
    assert 'ragtenancy_webhook_attempts_total{status="pending"} 3.0' in rendered.splitlines()


async def test_a_receiver_that_breaks_the_sender_misses_only_its_own_message(
    crowd: Crowd,
) -> None:
    crowd.sender.broken = "https://broken.example.com/"
    scope, webhook = await crowd.webhook("acme", crowd.sender.broken)
    await crowd.enqueue(scope, webhook)
    await crowd.enqueue(*await crowd.webhook("globex", SOUND))

    await crowd.container.deliverer().deliver_due()

    [missed] = (await crowd.container.webhooks().deliveries(scope, webhook.webhook_id)).items
    assert (missed.status, missed.error) == (DeliveryStatus.PENDING, "internal")
    assert crowd.sender.count(SOUND) == 1


class BreachingOnce:
    """A store of webhooks that at first takes a delivery of another tenant."""

    def __init__(self, inner: WebhookRepository) -> None:
        self._inner = inner
        self._breaches = [IsolationBreach("webhooks")]

    async def take(self, now: datetime, turn: Turn) -> Delivery | None:
        if self._breaches:
            raise self._breaches.pop()
        return await self._inner.take(now, turn)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


async def test_a_breach_at_taking_is_an_alarm_and_the_others_go_on(crowd: Crowd) -> None:
    store = BreachingOnce(crowd.container.webhook_repository())
    crowd.container.deliverer.add_kwargs(webhook_repository=providers.Object(store))
    await crowd.enqueue(*await crowd.webhook("globex", SOUND))

    async with crowd.delivering():
        assert crowd.sender.count(SOUND) == 1

    rendered = await crowd.container.monitoring().render()
    assert 'isolation_breaches_total{store="webhooks"} 1.0' in rendered.splitlines()


async def test_messages_under_way_at_a_stop_are_sent_again_after_their_lease(
    crowd: Crowd,
) -> None:
    scope, webhook = await crowd.webhook("acme", HANGING)
    await crowd.enqueue(scope, webhook)
    async with crowd.delivering():
        assert crowd.sender.count(HANGING) == 1

    await crowd.container.webhooks().change(scope, webhook.webhook_id, url=SOUND)
    crowd.clock.advance(timedelta(minutes=3))
    await crowd.container.deliverer().deliver_due()

    assert crowd.sender.count(SOUND) == 1
    assert len({headers["webhook-id"] for _, headers, _ in crowd.sender.sent}) == 1
