"""Events become deliveries, whatever crashes, and deliveries become messages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

import pytest
from dependency_injector import providers

from ragtenancy.domain.errors import LimitError, NotFoundError, UnavailableError
from ragtenancy.domain.intents import Work
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.domain.webhooks import (
    KEPT,
    LEASE,
    MAX_WEBHOOKS,
    Delivery,
    DeliveryStatus,
    Subscription,
    Turn,
    Webhook,
)
from ragtenancy.ports.webhooks import WebhookRepository
from tests.doubles import in_memory_container
from tests.scripted.clock import ScriptedClock
from tests.scripted.webhook_sender import ScriptedWebhookSender
from tests.unit.app.conftest import Installation

URL = "https://example.com/hook"
OTHER_URL = "https://other.example.com/hook"
EVERYTHING = [
    Subscription.DOCUMENT_READY,
    Subscription.DOCUMENT_FAILED,
    Subscription.DOCUMENT_DELETED,
    Subscription.JOBS,
]


class Hooked(Installation):
    """An installation in memory with one client and a webhook for everything."""

    scope: TenantScope
    webhook: Webhook

    async def move_in(self) -> Hooked:
        self.scope = await self.tenant()
        self.webhook = await self.container.webhooks().create(self.scope, URL, EVERYTHING)
        return self

    @property
    def sender(self) -> ScriptedWebhookSender:
        return cast("ScriptedWebhookSender", self.container.webhook_sender())

    @property
    def clock(self) -> ScriptedClock:
        return cast("ScriptedClock", self.container.clock())

    async def deliver(self) -> list[str]:
        """Deliver what is due; return the types of all messages sent so far."""
        await self.container.deliverer().deliver_due()
        return sorted(self.sender.kinds)

    async def statuses(self) -> list[DeliveryStatus]:
        found = await self.container.webhooks().deliveries(self.scope, self.webhook.webhook_id)
        return [each.status for each in found.items]


@pytest.fixture
async def hooked() -> Hooked:
    return await Hooked(in_memory_container()).move_in()


async def test_a_document_tells_that_it_is_ready_and_deleted(hooked: Hooked) -> None:
    document_id = await hooked.ingest(hooked.scope)
    ready = await hooked.deliver()
    await hooked.container.documents().delete(hooked.scope, document_id)

    assert ready == ["document.ready", "job.succeeded"]
    assert await hooked.deliver() == ["document.deleted", "document.ready", "job.succeeded"]
    assert {message["data"]["document_id"] for message in hooked.sender.messages} == {document_id}
    assert set(await hooked.statuses()) == {DeliveryStatus.DELIVERED}


async def test_a_file_that_cannot_be_read_tells_its_code_but_no_text(hooked: Hooked) -> None:
    await hooked.submit(hooked.scope, "%PDF-1.7 secret", filename="a.pdf")
    await hooked.work()

    assert await hooked.deliver() == ["document.failed", "job.failed"]
    assert all(message["data"]["code"] for message in hooked.sender.messages)
    assert not any(b"secret" in body for _, _, body in hooked.sender.sent)


async def test_a_cancelled_job_tells_so(hooked: Hooked) -> None:
    accepted = await hooked.submit(hooked.scope)
    await hooked.container.jobs().cancel(hooked.scope, accepted.job_id)

    assert await hooked.deliver() == ["job.cancelled"]


async def test_only_the_client_concerned_is_told(hooked: Hooked) -> None:
    other = await hooked.tenant("globex")

    await hooked.ingest(other)

    assert await hooked.deliver() == []


class LosingRepository:
    """A store of webhooks that fails to enqueue while `is_away`, as if the process had died."""

    def __init__(self, inner: WebhookRepository) -> None:
        self._inner = inner
        self.is_away = False
        self.away_for: str | None = None

    async def enqueue(self, scope: TenantScope, delivery: Delivery) -> None:
        if self.is_away or scope.tenant_uid == self.away_for:
            raise UnavailableError("The store is away.")
        await self._inner.enqueue(scope, delivery)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


@pytest.fixture
async def losing() -> tuple[Hooked, LosingRepository]:
    container = in_memory_container()
    store = LosingRepository(container.webhook_repository())
    container.announcements.add_kwargs(webhook_repository=providers.Object(store))
    return await Hooked(container).move_in(), store


async def test_an_event_that_could_not_be_enqueued_is_announced_later(
    losing: tuple[Hooked, LosingRepository],
) -> None:
    hooked, store = losing
    store.is_away = True
    await hooked.ingest(hooked.scope)
    before = await hooked.deliver()
    store.is_away = False

    announced = await hooked.deliver()

    assert (before, announced) == ([], ["document.ready", "job.succeeded"])
    assert await hooked.deliver() == announced


async def test_an_end_that_could_not_be_announced_delays_no_other_tenants(
    losing: tuple[Hooked, LosingRepository],
) -> None:
    hooked, store = losing
    other = await hooked.tenant("globex")
    await hooked.container.webhooks().create(other, OTHER_URL, EVERYTHING)
    await hooked.ingest(hooked.scope)
    await hooked.ingest(other)

    store.away_for = hooked.scope.tenant_uid
    await hooked.deliver()

    assert hooked.sender.urls == {OTHER_URL}


async def test_an_end_is_announced_although_the_job_was_retried_since(hooked: Hooked) -> None:
    accepted = await hooked.submit(hooked.scope)
    jobs = hooked.container.jobs()
    await jobs.cancel(hooked.scope, accepted.job_id)
    await jobs.retry(hooked.scope, accepted.job_id)
    await jobs.cancel(hooked.scope, accepted.job_id)

    assert await hooked.deliver() == ["job.cancelled"] * 2
    assert len({headers["webhook-id"] for _, headers, _ in hooked.sender.sent}) == 2


async def test_ends_before_the_first_webhook_are_not_announced(hooked: Hooked) -> None:
    other = await hooked.tenant("globex")
    await hooked.ingest(other)
    hooked.clock.advance(timedelta(hours=1))
    await hooked.container.webhooks().create(other, OTHER_URL, EVERYTHING)

    assert await hooked.deliver() == []
    assert (await hooked.container.job_repository().outbox()).items == ()


async def test_a_sweep_closes_intents_of_the_time_before_the_outbox(hooked: Hooked) -> None:
    await hooked.container.intents().open(hooked.scope, Work.ANNOUNCE, "job_1")

    await hooked.container.sweeper().sweep()

    now = hooked.clock.now()
    assert list(await hooked.container.intent_log().opened(until=now)) == []


async def test_a_finished_job_that_is_written_again_is_announced_once(hooked: Hooked) -> None:
    accepted = await hooked.submit(hooked.scope)
    cancelled = await hooked.container.jobs().cancel(hooked.scope, accepted.job_id)
    await hooked.deliver()

    await hooked.container.job_repository().save(hooked.scope, cancelled)

    assert await hooked.deliver() == ["job.cancelled"]


async def test_a_deletion_is_not_verified_before_it_is_announced(
    losing: tuple[Hooked, LosingRepository],
) -> None:
    hooked, store = losing
    document_id = await hooked.ingest(hooked.scope)
    store.is_away = True
    first = await hooked.container.documents().delete(hooked.scope, document_id)
    store.is_away = False

    second = await hooked.container.documents().delete(hooked.scope, document_id)

    assert (first.verified, second.verified) == (False, True)
    assert "document.deleted" in await hooked.deliver()


async def test_a_missed_message_is_sent_again_with_the_same_id(hooked: Hooked) -> None:
    hooked.sender.status = 500
    await hooked.container.webhooks().test(hooked.scope, hooked.webhook.webhook_id)
    await hooked.deliver()
    await hooked.deliver()
    hooked.sender.status = 200
    hooked.clock.advance(timedelta(seconds=5))

    kinds = await hooked.deliver()

    assert kinds == ["webhook.test"] * 2
    assert len({headers["webhook-id"] for _, headers, _ in hooked.sender.sent}) == 1
    assert await hooked.statuses() == [DeliveryStatus.DELIVERED]


async def test_a_receiver_that_never_answers_fails_in_the_end(hooked: Hooked) -> None:
    hooked.sender.status = None
    await hooked.container.webhooks().test(hooked.scope, hooked.webhook.webhook_id)
    for _ in range(20):
        await hooked.deliver()
        hooked.clock.advance(timedelta(hours=10))
    (failed,) = (
        await hooked.container.webhooks().deliveries(hooked.scope, hooked.webhook.webhook_id)
    ).items

    assert (failed.status, failed.error) == (DeliveryStatus.FAILED, "webhook_unreachable")
    assert len(hooked.sender.sent) == 8

    hooked.sender.status = 204
    await hooked.container.webhooks().replay(
        hooked.scope, hooked.webhook.webhook_id, failed.delivery_id
    )
    await hooked.deliver()

    assert await hooked.statuses() == [DeliveryStatus.DELIVERED]


async def test_a_message_whose_sender_died_is_sent_by_another(hooked: Hooked) -> None:
    await hooked.container.webhooks().test(hooked.scope, hooked.webhook.webhook_id)
    await hooked.container.webhook_repository().take(hooked.clock.now(), Turn())

    early = await hooked.deliver()
    hooked.clock.advance(LEASE)

    assert (early, await hooked.deliver()) == ([], ["webhook.test"])


async def test_a_disabled_webhook_receives_nothing_more(hooked: Hooked) -> None:
    webhooks = hooked.container.webhooks()
    await webhooks.test(hooked.scope, hooked.webhook.webhook_id)
    await webhooks.change(hooked.scope, hooked.webhook.webhook_id, enabled=False)
    await hooked.ingest(hooked.scope)

    assert await hooked.deliver() == []
    assert await hooked.statuses() == [DeliveryStatus.FAILED]


async def test_a_removed_webhook_is_forgotten(hooked: Hooked) -> None:
    webhooks = hooked.container.webhooks()
    await webhooks.test(hooked.scope, hooked.webhook.webhook_id)
    await webhooks.remove(hooked.scope, hooked.webhook.webhook_id)

    assert await hooked.deliver() == []
    with pytest.raises(NotFoundError):
        await webhooks.get(hooked.scope, hooked.webhook.webhook_id)


async def test_the_number_of_webhooks_is_bounded(hooked: Hooked) -> None:
    for _ in range(MAX_WEBHOOKS - 1):
        await hooked.container.webhooks().create(hooked.scope, URL, EVERYTHING)

    with pytest.raises(LimitError):
        await hooked.container.webhooks().create(hooked.scope, URL, EVERYTHING)


async def test_ended_deliveries_are_kept_for_a_week(hooked: Hooked) -> None:
    await hooked.container.webhooks().test(hooked.scope, hooked.webhook.webhook_id)
    await hooked.deliver()

    await hooked.container.sweeper().sweep()
    kept = await hooked.statuses()
    hooked.clock.advance(KEPT + timedelta(seconds=1))
    await hooked.container.sweeper().sweep()

    assert (kept, await hooked.statuses()) == ([DeliveryStatus.DELIVERED], [])


async def test_a_deleted_client_leaves_no_webhook(hooked: Hooked) -> None:
    await hooked.container.webhooks().test(hooked.scope, hooked.webhook.webhook_id)

    deletion = await hooked.container.tenant_deletions().delete(
        hooked.scope.tenant_id, requested_by="olga"
    )

    assert deletion.removed["webhooks"] == 2
    assert deletion.remaining["webhooks"] == 0
    assert await hooked.deliver() == []
