"""A database of format 1, with intents beside documents and no due list, is brought up to date."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from ragtenancy.adapters.cosmos.client import Cosmos
from ragtenancy.adapters.cosmos.intents import CosmosIntentLog
from ragtenancy.adapters.cosmos.items import Items
from ragtenancy.adapters.cosmos.jobs import CosmosJobRepository
from ragtenancy.adapters.cosmos.partitions import OwnedItems
from ragtenancy.adapters.cosmos.tenant_state import CONTAINER, DUE, SHARED_CONTAINER
from ragtenancy.adapters.cosmos.upgrade import upgrade
from ragtenancy.adapters.system.machine import SystemHolders
from ragtenancy.domain.intents import Intent, Work, intent
from tests.emulators.cosmos import cosmos_database
from tests.factories import ACME, GLOBEX, NOW, job

pytestmark = pytest.mark.emulator

CREATE = intent(ACME, Work.CREATE, "", NOW)


@pytest.fixture
async def old() -> AsyncIterator[Cosmos]:
    async with cosmos_database() as cosmos:
        intents = OwnedItems(cosmos, CONTAINER, "intent", Intent)
        opened = NOW.timestamp()
        await intents.put(ACME, "create", CREATE, intent_opened=opened)
        damaged = {"id": "damaged", "record": {"x": 1}, "intent_opened": opened}
        await intents.items.create(GLOBEX.tenant_id, damaged)
        jobs = CosmosJobRepository(cosmos, SystemHolders())
        await jobs.add(ACME, job())
        await jobs.add(GLOBEX, job(GLOBEX, "job_2").cancelled(NOW))
        shared = Items(cosmos, SHARED_CONTAINER)
        await shared.delete_all(DUE, await shared.query(DUE, "VALUE c.id", "true"))
        yield cosmos


async def test_open_jobs_are_listed_and_intents_moved(old: Cosmos) -> None:
    jobs = CosmosJobRepository(old, SystemHolders())
    before = await jobs.take("machine:1:1", NOW)

    done = await upgrade(old, SystemHolders())

    taken = await jobs.take("machine:1:1", NOW)
    assert before is None
    assert taken is not None
    assert taken.job_id == job().job_id
    assert await jobs.take("machine:1:1", NOW) is None
    assert await CosmosIntentLog(old).opened(until=NOW) == (CREATE,)
    assert await Items(old, CONTAINER).query_everywhere("*", "IS_DEFINED(c.intent_opened)") == []
    assert done == ["note 1 open jobs in one partition", "keep 2 intents in one partition"]


async def test_it_is_done_once(old: Cosmos) -> None:
    await upgrade(old, SystemHolders())

    assert await upgrade(old, SystemHolders()) == []
