"""Items that somebody else wrote, or that are damaged: nobody is shown them, nothing waits for them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from msgspec import Struct

from ragtenancy.adapters.cosmos.client import Cosmos
from ragtenancy.adapters.cosmos.items import Item, Items
from ragtenancy.adapters.cosmos.jobs import CosmosJobRepository
from ragtenancy.adapters.cosmos.partitions import OwnedItems
from ragtenancy.adapters.cosmos.tenants import CosmosTenantRepository
from ragtenancy.adapters.cosmos.webhooks import CosmosWebhookRepository
from ragtenancy.adapters.system.machine import SystemHolders
from ragtenancy.domain.errors import IsolationBreach
from ragtenancy.domain.jobs import Job
from ragtenancy.domain.webhooks import Delivery, Turn
from ragtenancy.persistence.record_codec import RecordCodec
from tests.contract.test_webhook_repository import delivery
from tests.emulators.cosmos import cosmos_database
from tests.factories import ACME, GLOBEX, NOW, SECOND, job, tenant

pytestmark = pytest.mark.emulator

RECORD = RecordCodec(Job)


class Queue(Struct, frozen=True):
    """A queue in which one job waits behind one that may be damaged."""

    jobs: CosmosJobRepository
    items: Items
    first: Item

    async def damage(self, **changes: object) -> None:
        await self.items.upsert(ACME.tenant_id, {**self.first, **changes})

    async def lose(self, name: str) -> None:
        kept = {n: value for n, value in self.first.items() if n != name}
        await self.items.upsert(ACME.tenant_id, kept)


@pytest.fixture
async def cosmos() -> AsyncIterator[Cosmos]:
    async with cosmos_database() as opened:
        yield opened


@pytest.fixture
async def queue(cosmos: Cosmos) -> Queue:
    jobs, items = CosmosJobRepository(cosmos, SystemHolders()), Items(cosmos, "jobs")
    await jobs.add(ACME, job(ACME, "job_damaged"))
    await jobs.add(GLOBEX, job(GLOBEX, "job_sound"))
    [first] = await items.query(ACME.tenant_id, "*", "true")
    return Queue(jobs, items, first)


def _of(owner: Any = ACME, job_id: str = "job_damaged") -> object:
    return RECORD.as_json(job(owner, job_id))


DAMAGES: list[Any] = [
    pytest.param({"record": {"x": 1}}, id="another shape"),
    pytest.param({"record": None}, id="no record"),
    pytest.param({"sequence": None}, id="no place"),
    pytest.param({"record": _of(GLOBEX)}, id="another client's"),
    pytest.param({"record": _of(ACME, "job_other")}, id="another job"),
    pytest.param({"tenant_uid": GLOBEX.tenant_uid}, id="misfiled"),
]


@pytest.mark.parametrize("damage", DAMAGES)
async def test_a_damaged_job_keeps_nobody_waiting(queue: Queue, damage: dict[str, object]) -> None:
    await queue.damage(**damage)

    place = await queue.jobs.place(GLOBEX, job(GLOBEX, "job_sound").job_id, NOW)
    taken = await queue.jobs.take("worker", NOW)

    assert place is not None
    assert taken is not None
    assert taken.job_id == "job_sound"
    assert await queue.jobs.take("worker", NOW) is None


@pytest.mark.parametrize("name", ["record", "sequence"])
async def test_a_job_that_lost_a_field_keeps_nobody_waiting(queue: Queue, name: str) -> None:
    await queue.lose(name)

    taken = await queue.jobs.take("worker", NOW)

    assert taken is not None
    assert taken.job_id == "job_sound"


@pytest.mark.parametrize("damage", DAMAGES)
async def test_the_operators_list_leaves_a_damaged_job_out(
    queue: Queue, damage: dict[str, object]
) -> None:
    await queue.damage(**damage)

    listed = await queue.jobs.page_all()

    assert [each.job_id for each in listed.items] == ["job_sound"]


@pytest.mark.parametrize("damage", DAMAGES[:2])
async def test_a_damaged_end_of_a_job_hides_no_other(
    queue: Queue, damage: dict[str, object]
) -> None:
    await queue.jobs.save(ACME, job(ACME, "job_damaged").cancelled(NOW))
    await queue.jobs.save(GLOBEX, job(GLOBEX, "job_sound").cancelled(NOW))
    [end] = await queue.items.query(ACME.tenant_id, "*", "c.ended > 0")

    await queue.items.upsert(ACME.tenant_id, {**end, **damage})

    assert [each.job_id for each in (await queue.jobs.outbox()).items] == ["job_sound"]


@pytest.fixture
async def webhooks(cosmos: Cosmos) -> CosmosWebhookRepository:
    """Return a store in which one delivery waits behind one that may be damaged."""
    webhooks = CosmosWebhookRepository(cosmos)
    await webhooks.enqueue(ACME, delivery(event_id="bad", now=NOW - SECOND))
    await webhooks.enqueue(ACME, delivery(event_id="good"))
    return webhooks


async def damage_delivery(cosmos: Cosmos, record: object) -> None:
    items = Items(cosmos, "idempotency")
    [first] = await items.query(ACME.tenant_id, "*", "c.due < @now", {"now": NOW.timestamp()})
    await items.upsert(ACME.tenant_id, {**first, "record": record})


async def test_a_damaged_delivery_is_set_aside(
    cosmos: Cosmos, webhooks: CosmosWebhookRepository
) -> None:
    await damage_delivery(cosmos, {"x": 1})

    taken = [await webhooks.take(NOW, Turn()) for _ in range(2)]

    assert [each and each.event.event_id for each in taken] == ["good", None]


async def test_another_tenants_delivery_is_a_breach_once(
    cosmos: Cosmos, webhooks: CosmosWebhookRepository
) -> None:
    await damage_delivery(cosmos, RecordCodec(Delivery).as_json(delivery(GLOBEX, "bad")))

    with pytest.raises(IsolationBreach):
        await webhooks.take(NOW, Turn())

    taken = await webhooks.take(NOW, Turn())
    assert taken is not None
    assert taken.event.event_id == "good"


async def test_a_record_of_another_tenant_is_a_breach_whatever_the_item_says(
    cosmos: Cosmos,
) -> None:
    owned = OwnedItems(cosmos, "jobs", "job", Job)
    await owned.add(ACME, "job_1", job(GLOBEX))

    with pytest.raises(IsolationBreach):
        await owned.get(ACME, "job_1")
    with pytest.raises(IsolationBreach):
        await owned.records(ACME)


async def test_a_client_whose_item_holds_anothers_record_is_a_breach(cosmos: Cosmos) -> None:
    tenants, items = CosmosTenantRepository(cosmos), Items(cosmos, "clients")
    await tenants.add(tenant(ACME))
    await tenants.add(tenant(GLOBEX))
    [theirs] = await items.query(GLOBEX.tenant_id, "*", "true")
    [ours] = await items.query(ACME.tenant_id, "*", "true")

    await items.upsert(ACME.tenant_id, {**ours, "record": theirs["record"]})

    with pytest.raises(IsolationBreach):
        await tenants.get(ACME.tenant_id)
    with pytest.raises(IsolationBreach):
        await tenants.find(ACME.tenant_uid)
    assert await tenants.get(GLOBEX.tenant_id) == tenant(GLOBEX)
