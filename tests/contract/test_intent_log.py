"""What every `IntentLog` does."""

from __future__ import annotations

from datetime import datetime

import pytest

from ragtenancy.adapters.cosmos.intents import CosmosIntentLog
from ragtenancy.adapters.memory.jobs import InMemoryIntentLog
from ragtenancy.adapters.sqlite.intents import SqliteIntentLog
from ragtenancy.domain.errors import IsolationBreach
from ragtenancy.domain.ids import BlobName, DocumentId, IntentId, JobId
from ragtenancy.domain.intents import Intent, Work, intent
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.intents import IntentLog
from tests.contract.cosmos_house import on_cosmos
from tests.contract.houses import House, in_houses
from tests.factories import ACME, GLOBEX, NOW, SECOND

BACKENDS = [*in_houses(InMemoryIntentLog, SqliteIntentLog), *on_cosmos(CosmosIntentLog)]
pytestmark = pytest.mark.parametrize("backend", BACKENDS, indirect=True)


@pytest.fixture
def intents(house: House) -> IntentLog:
    return house.intent_log


def upload(owner: TenantScope = ACME, key: str = "job_1", at: datetime = NOW) -> Intent:
    blobs = (BlobName("blob_1"), BlobName("blob_2"))
    return intent(owner, Work.UPLOAD, key, at, job_id=JobId(key), blobs=blobs)


async def test_an_intent_comes_out_as_it_went_in(intents: IntentLog) -> None:
    staged = intent(ACME, Work.STAGE, "doc/1 #é-1-1", NOW, document_id=DocumentId("doc/1 #é"))

    await intents.open(ACME, upload())
    await intents.open(ACME, staged)

    found = await intents.opened(until=NOW)
    assert sorted(found, key=lambda each: each.intent_id) == [staged, upload()]


async def test_the_intents_of_all_tenants_come_oldest_first(intents: IntentLog) -> None:
    young, old = upload(key="young", at=NOW + SECOND), upload(GLOBEX, "old")
    await intents.open(ACME, young)
    await intents.open(GLOBEX, old)

    assert await intents.opened(until=NOW + SECOND) == (old, young)


async def test_those_opened_later_are_not_returned(intents: IntentLog) -> None:
    await intents.open(ACME, upload(at=NOW + SECOND))

    assert await intents.opened(until=NOW) == ()


async def test_opening_again_makes_it_younger(intents: IntentLog) -> None:
    await intents.open(ACME, upload())
    await intents.open(ACME, upload(at=NOW + SECOND))

    assert await intents.opened(until=NOW) == ()
    assert await intents.opened(until=NOW + SECOND) == (upload(at=NOW + SECOND),)


async def test_a_closed_intent_is_gone(intents: IntentLog) -> None:
    await intents.open(ACME, upload())
    await intents.open(GLOBEX, upload(GLOBEX))

    await intents.close(ACME, upload().intent_id)

    assert await intents.opened(until=NOW) == (upload(GLOBEX),)


async def test_closing_the_absent_is_fine(intents: IntentLog) -> None:
    await intents.close(ACME, IntentId("absent"))

    assert await intents.opened(until=NOW) == ()


async def test_another_tenants_intent_is_not_taken_in(intents: IntentLog) -> None:
    with pytest.raises(IsolationBreach):
        await intents.open(ACME, upload(GLOBEX))


async def test_drop_forgets_the_tenants_intents_alone(intents: IntentLog) -> None:
    await intents.open(ACME, upload())
    await intents.open(GLOBEX, upload(GLOBEX))

    await intents.drop(ACME)
    await intents.drop(ACME)

    assert await intents.opened(until=NOW) == (upload(GLOBEX),)


async def test_an_open_intent_counts_as_something_of_the_tenants(house: House) -> None:
    before = sum((await house.storage.census(ACME)).values())

    await house.intent_log.open(ACME, upload())

    assert sum((await house.storage.census(ACME)).values()) == before + 1
