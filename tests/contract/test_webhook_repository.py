"""What every `WebhookRepository` does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec import structs

from ragtenancy.adapters.cosmos.webhooks import CosmosWebhookRepository
from ragtenancy.adapters.memory.webhooks import InMemoryWebhookRepository
from ragtenancy.adapters.sqlite.webhooks import SqliteWebhookRepository
from ragtenancy.domain.errors import AlreadyExistsError, IsolationBreach, StaleWriteError
from ragtenancy.domain.ids import DeliveryId, WebhookId
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.domain.webhooks import (
    LEASE,
    Delivery,
    Event,
    Subscription,
    Turn,
    Webhook,
    delivery_of,
)
from ragtenancy.ports.webhooks import WebhookRepository
from tests.contract.cosmos_house import on_cosmos
from tests.contract.houses import House, in_houses
from tests.factories import ACME, GLOBEX, NOW, SECOND

BACKENDS = [
    *in_houses(InMemoryWebhookRepository, SqliteWebhookRepository),
    *on_cosmos(CosmosWebhookRepository),
]
pytestmark = pytest.mark.parametrize("backend", BACKENDS, indirect=True)


@pytest.fixture
def webhooks(house: House) -> WebhookRepository:
    return house.webhooks


def webhook(owner: TenantScope = ACME, webhook_id: str = "wh_1", **changes: Any) -> Webhook:
    made = Webhook(
        webhook_id=WebhookId(webhook_id),
        tenant_id=owner.tenant_id,
        tenant_uid=owner.tenant_uid,
        url="https://example.com/hook",
        events=(Subscription.JOBS,),
        secret="whsec_c2VjcmV0",
        created_at=NOW,
    )
    return structs.replace(made, **changes)


def delivery(
    owner: TenantScope = ACME, event_id: str = "evt_1", webhook_id: str = "wh_1", **changes: Any
) -> Delivery:
    event = Event(event_id=event_id, kind="job.failed", at=NOW, data={"job_id": "job_1"})
    return structs.replace(
        delivery_of(webhook(owner, webhook_id), event, changes.pop("now", NOW)), **changes
    )


async def test_webhooks_come_out_as_they_went_in_oldest_first(webhooks: WebhookRepository) -> None:
    await webhooks.add(ACME, webhook(webhook_id="wh_b"))
    await webhooks.add(ACME, webhook(webhook_id="wh_a"))
    await webhooks.add(GLOBEX, webhook(GLOBEX))

    assert list(await webhooks.every(ACME)) == [
        webhook(webhook_id="wh_b"),
        webhook(webhook_id="wh_a"),
    ]


async def test_a_taken_id_is_refused(webhooks: WebhookRepository) -> None:
    await webhooks.add(ACME, webhook())

    with pytest.raises(AlreadyExistsError):
        await webhooks.add(ACME, webhook())


async def test_save_raises_the_version_and_refuses_another(webhooks: WebhookRepository) -> None:
    await webhooks.add(ACME, webhook())

    saved = await webhooks.save(ACME, webhook(enabled=False))

    assert saved == webhook(enabled=False, version=2)
    assert list(await webhooks.every(ACME)) == [saved]
    with pytest.raises(StaleWriteError):
        await webhooks.save(ACME, webhook())
    with pytest.raises(StaleWriteError):
        await webhooks.save(ACME, webhook(webhook_id="absent"))


async def test_another_tenants_records_are_not_taken_in(webhooks: WebhookRepository) -> None:
    with pytest.raises(IsolationBreach):
        await webhooks.add(ACME, webhook(GLOBEX))
    with pytest.raises(IsolationBreach):
        await webhooks.save(ACME, webhook(GLOBEX))
    with pytest.raises(IsolationBreach):
        await webhooks.enqueue(ACME, delivery(GLOBEX))
    with pytest.raises(IsolationBreach):
        await webhooks.save_delivery(ACME, delivery(GLOBEX))


async def test_an_enqueued_delivery_stays_as_it_is(webhooks: WebhookRepository) -> None:
    await webhooks.enqueue(ACME, delivery())
    await webhooks.enqueue(ACME, delivery(attempts=3))

    assert await webhooks.delivery(ACME, delivery().delivery_id) == delivery()
    assert await webhooks.delivery(GLOBEX, delivery().delivery_id) is None
    assert await webhooks.delivery(ACME, DeliveryId("absent")) is None


async def test_deliveries_of_a_webhook_come_newest_first(webhooks: WebhookRepository) -> None:
    made = [delivery(event_id=f"evt_{n}") for n in range(3)]
    for each in made:
        await webhooks.enqueue(ACME, each)
    await webhooks.enqueue(ACME, delivery(webhook_id="wh_2"))

    first = await webhooks.deliveries(ACME, WebhookId("wh_1"), limit=2)
    second = await webhooks.deliveries(ACME, WebhookId("wh_1"), limit=2, after=first.next)

    assert [*first.items, *second.items] == made[::-1]
    assert second.next is None
    assert (await webhooks.deliveries(GLOBEX, WebhookId("wh_1"))).items == ()


async def taken(
    webhooks: WebhookRepository, turn: Turn, count: int = 1
) -> list[tuple[str, str] | None]:
    """Take deliveries, each with the same turn; return their tenants and events."""
    found = [await webhooks.take(NOW, turn) for _ in range(count)]
    return [None if each is None else (each.tenant_uid, each.event.event_id) for each in found]


async def test_a_tenants_longest_due_delivery_is_leased_first(webhooks: WebhookRepository) -> None:
    await webhooks.enqueue(ACME, delivery(event_id="second"))
    await webhooks.enqueue(ACME, delivery(event_id="first", now=NOW - SECOND))
    await webhooks.enqueue(ACME, delivery(event_id="later", now=NOW + SECOND))

    leased = [await webhooks.take(NOW, Turn()) for _ in range(3)]

    assert [each and (each.event.event_id, each.attempts, each.due_at) for each in leased] == [
        ("first", 1, NOW + LEASE),
        ("second", 1, NOW + LEASE),
        None,
    ]


async def test_tenants_take_turns(webhooks: WebhookRepository) -> None:
    first, last = sorted((ACME, GLOBEX), key=lambda scope: scope.tenant_uid)
    for owner in (first, last):
        for event_id in ("a", "b"):
            await webhooks.enqueue(owner, delivery(owner, event_id, now=NOW - SECOND))

    served = [
        *await taken(webhooks, Turn(after=last.tenant_uid)),
        *await taken(webhooks, Turn(after=first.tenant_uid)),
        *await taken(webhooks, Turn(after=last.tenant_uid)),
        *await taken(webhooks, Turn(after=first.tenant_uid), 2),
    ]

    uids = [each and each[0] for each in served]
    assert uids == [first.tenant_uid, last.tenant_uid] * 2 + [None]


async def test_full_tenants_and_blocked_webhooks_are_passed_over(
    webhooks: WebhookRepository,
) -> None:
    await webhooks.enqueue(ACME, delivery(event_id="blocked", now=NOW - SECOND))
    await webhooks.enqueue(ACME, delivery(event_id="free", webhook_id="wh_2"))
    await webhooks.enqueue(GLOBEX, delivery(GLOBEX))

    turn = Turn(full={GLOBEX.tenant_uid}, blocked={WebhookId("wh_1")})

    assert await taken(webhooks, turn, 2) == [(ACME.tenant_uid, "free"), None]
    assert await taken(webhooks, Turn(full={GLOBEX.tenant_uid})) == [(ACME.tenant_uid, "blocked")]
    assert await taken(webhooks, Turn(blocked={WebhookId("wh_2")})) == [
        (GLOBEX.tenant_uid, "evt_1")
    ]


async def test_an_expired_lease_is_taken_over(webhooks: WebhookRepository) -> None:
    await webhooks.enqueue(ACME, delivery())
    dead = await webhooks.take(NOW, Turn())

    taken = await webhooks.take(NOW + LEASE, Turn())

    assert dead is not None
    assert taken is not None
    assert taken.attempts == 2
    with pytest.raises(StaleWriteError):
        await webhooks.save_delivery(ACME, dead.delivered(200, NOW))


async def test_an_ended_delivery_is_not_taken(webhooks: WebhookRepository) -> None:
    await webhooks.enqueue(ACME, delivery())
    taken = await webhooks.take(NOW, Turn())
    assert taken is not None

    saved = await webhooks.save_delivery(ACME, taken.delivered(200, NOW))

    assert await webhooks.delivery(ACME, saved.delivery_id) == saved
    assert await webhooks.take(NOW + timedelta(days=365), Turn()) is None


async def test_purge_removes_old_deliveries_that_ended(webhooks: WebhookRepository) -> None:
    ended = delivery(event_id="ended").given_up("webhook_disabled", NOW)
    young = delivery(event_id="young").given_up("webhook_disabled", NOW + SECOND)
    for each in (ended, young, delivery()):
        await webhooks.enqueue(ACME, each)

    assert await webhooks.purge(before=NOW + SECOND) == 1

    left = await webhooks.deliveries(ACME, WebhookId("wh_1"))
    assert list(left.items) == [delivery(), young]


async def test_removing_a_webhook_removes_its_deliveries(webhooks: WebhookRepository) -> None:
    other = delivery(webhook_id="wh_2")
    await webhooks.add(ACME, webhook())
    await webhooks.add(ACME, webhook(webhook_id="wh_2"))
    await webhooks.enqueue(ACME, delivery())
    await webhooks.enqueue(ACME, other)

    await webhooks.remove(ACME, WebhookId("wh_1"))
    await webhooks.remove(ACME, WebhookId("wh_1"))

    assert list(await webhooks.every(ACME)) == [webhook(webhook_id="wh_2")]
    assert await webhooks.delivery(ACME, delivery().delivery_id) is None
    assert await webhooks.delivery(ACME, other.delivery_id) == other


async def test_drop_removes_the_tenants_records_alone(house: House) -> None:
    webhooks = house.webhooks
    before = sum((await house.storage.census(ACME)).values())
    for owner in (ACME, GLOBEX):
        await webhooks.add(owner, webhook(owner))
        await webhooks.enqueue(owner, delivery(owner))
    assert sum((await house.storage.census(ACME)).values()) == before + 2

    await webhooks.drop(ACME)

    assert sum((await house.storage.census(ACME)).values()) == before
    assert list(await webhooks.every(GLOBEX)) == [webhook(GLOBEX)]
    assert await webhooks.delivery(GLOBEX, delivery(GLOBEX).delivery_id) == delivery(GLOBEX)
