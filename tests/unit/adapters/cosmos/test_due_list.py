"""The due list leads to every open job, whatever happens between two requests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime

import pytest

from ragtenancy.adapters.cosmos.client import Cosmos
from ragtenancy.adapters.cosmos.due_list import GRACE, DueList
from ragtenancy.adapters.cosmos.jobs import CosmosJobRepository
from ragtenancy.adapters.system.machine import SystemHolders
from ragtenancy.domain.errors import StaleWriteError
from ragtenancy.domain.ids import JobId
from ragtenancy.domain.jobs import LEASE, MAX_BACKOFF, Job, JobError
from tests.emulators.cosmos import cosmos_database
from tests.factories import ACME, GLOBEX, NOW, SECOND, job
from tests.unit.adapters.cosmos.counting import Counting
from tests.unit.adapters.cosmos.interrupted import Interrupted, KilledError, killed

pytestmark = pytest.mark.emulator

REQUESTS = range(1, 5)
LATER = NOW + LEASE + MAX_BACKOFF
FAILURE = JobError(code="parser_crashed", detail="The parser crashed.")
JOB = JobId("job_1")
HOLDER = "machine:10:1"


@pytest.fixture
async def database() -> AsyncIterator[Cosmos]:
    async with cosmos_database() as opened:
        yield opened


def queue(cosmos: Cosmos) -> CosmosJobRepository:
    return CosmosJobRepository(cosmos, SystemHolders())


async def taken(cosmos: Cosmos, now: datetime = NOW) -> Job:
    leased = await queue(cosmos).take(HOLDER, now)
    assert leased is not None
    return leased


async def notes(cosmos: Cosmos) -> list[str]:
    return [noted.note.job_id for noted in await DueList(cosmos).everything()]


# -- what a look asks for


async def test_an_idle_look_is_one_query_of_one_partition(database: Cosmos) -> None:
    cosmos = Counting(database)

    assert await queue(cosmos).take(HOLDER, NOW) is None

    assert cosmos.requests == ["query deletions"]
    assert cosmos.partitions == ["=due"]


async def test_a_look_does_not_read_delayed_or_leased_jobs(database: Cosmos) -> None:
    await queue(database).add(ACME, job(job_id="leased"))
    await taken(database)
    await queue(database).add(ACME, job(job_id="delayed", not_before=NOW + SECOND))
    cosmos = Counting(database)

    assert await queue(cosmos).take(HOLDER, NOW) is None

    assert cosmos.requests == ["query deletions"]


async def test_a_place_is_found_without_a_query_across_partitions(database: Cosmos) -> None:
    await queue(database).add(ACME, job())
    cosmos = Counting(database)

    await queue(cosmos).place(ACME, JOB, NOW)

    assert cosmos.partitions == ["=due"]


async def test_a_renewed_lease_does_not_touch_the_list(database: Cosmos) -> None:
    await queue(database).add(ACME, job())
    leased = await taken(database)
    cosmos = Counting(database)

    await queue(cosmos).save(ACME, leased.renewed(NOW + SECOND))

    assert cosmos.requests == ["read jobs", "replace jobs"]


async def test_a_lease_that_was_renewed_is_checked_once_for_each_lease(database: Cosmos) -> None:
    await queue(database).add(ACME, job())
    leased = await taken(database)
    later = NOW + LEASE
    await queue(database).save(ACME, leased.renewed(later))
    await queue(database).take("other:1:1", later)
    cosmos = Counting(database)

    assert await queue(cosmos).take("other:1:1", later + SECOND) is None

    assert cosmos.requests == ["query deletions"]


async def test_finished_jobs_leave_no_note(database: Cosmos) -> None:
    jobs = queue(database)
    await jobs.add(ACME, job())
    await jobs.add(GLOBEX, job(GLOBEX, "failed"))

    await jobs.save(ACME, job().cancelled(NOW))
    await jobs.save(GLOBEX, (await taken(database)).failed(FAILURE, NOW))

    assert await notes(database) == []


# -- interruptions


@pytest.mark.parametrize("before", REQUESTS)
async def test_a_job_that_was_added_is_found_wherever_the_process_ended(
    database: Cosmos, before: int
) -> None:
    with suppress(KilledError):
        await queue(Interrupted(database, before, killed)).add(ACME, job())

    stored = await queue(database).get(ACME, JOB)
    leased = await queue(database).take(HOLDER, NOW)
    assert (leased is None) == (stored is None)


@pytest.mark.parametrize("before", REQUESTS)
async def test_a_job_that_is_leased_comes_back_wherever_the_process_ended(
    database: Cosmos, before: int
) -> None:
    await queue(database).add(ACME, job())

    with suppress(KilledError):
        await queue(Interrupted(database, before, killed)).take("other:1:1", NOW)

    assert (await taken(database, LATER)).job_id == JOB


@pytest.mark.parametrize("before", REQUESTS)
async def test_a_job_that_is_put_back_is_found_wherever_the_process_ended(
    database: Cosmos, before: int
) -> None:
    await queue(database).add(ACME, job())
    put_back = (await taken(database)).put_back(FAILURE, NOW, 1.0)

    with suppress(KilledError):
        await queue(Interrupted(database, before, killed)).save(ACME, put_back)

    assert (await taken(database, LATER)).job_id == JOB


@pytest.mark.parametrize("before", REQUESTS)
async def test_a_retried_job_is_found_wherever_the_process_ended(
    database: Cosmos, before: int
) -> None:
    await queue(database).add(ACME, job().cancelled(NOW))
    retried = job().cancelled(NOW).retried(NOW)

    with suppress(KilledError):
        await queue(Interrupted(database, before, killed)).save(ACME, retried)

    stored = await queue(database).get(ACME, JOB)
    assert stored is not None
    leased = await queue(database).take(HOLDER, NOW)
    assert (leased is None) == stored.finished


@pytest.mark.parametrize("before", REQUESTS)
async def test_a_job_retried_while_its_worker_finishes_is_found(
    database: Cosmos, before: int
) -> None:
    await queue(database).add(ACME, job())
    failed = (await taken(database)).failed(FAILURE, NOW)

    async def retry() -> None:
        stored = await queue(database).get(ACME, JOB)
        assert stored is not None
        if stored.finished:
            await queue(database).save(ACME, stored.retried(NOW))

    await queue(Interrupted(database, before, retry)).save(ACME, failed)

    stored = await queue(database).get(ACME, JOB)
    assert stored is not None
    assert (await queue(database).take(HOLDER, LATER) is None) == stored.finished


@pytest.mark.parametrize("before", REQUESTS)
async def test_a_look_during_a_retry_does_not_lose_the_job(database: Cosmos, before: int) -> None:
    await queue(database).add(ACME, job().cancelled(NOW))
    retried = job().cancelled(NOW).retried(NOW)

    async def look() -> None:
        with suppress(StaleWriteError):
            await queue(database).take("other:1:1", NOW)

    await queue(Interrupted(database, before, look)).save(ACME, retried)

    assert (await taken(database, LATER)).job_id == JOB


# -- notes without a job


async def test_a_note_without_its_job_is_looked_up_ever_more_rarely_and_removed(
    database: Cosmos,
) -> None:
    await DueList(database).add(job(), 1)
    looks, now = 0, NOW
    while await notes(database):
        cosmos = Counting(database)
        assert await queue(cosmos).take(HOLDER, now) is None
        looks += cosmos.requests.count("read jobs")
        now += 60 * SECOND

    assert NOW + GRACE <= now <= NOW + 3 * GRACE
    assert looks < 20


async def test_a_note_whose_job_is_being_written_is_looked_up_again_soon(
    database: Cosmos,
) -> None:
    await DueList(database).add(job(), 1)
    await queue(database).take(HOLDER, NOW)

    await queue(database).add(ACME, job())

    assert (await taken(database, NOW + SECOND)).job_id == JOB


async def test_another_tenants_notes_stay_when_one_is_dropped(database: Cosmos) -> None:
    await queue(database).add(ACME, job())
    await queue(database).add(GLOBEX, job(GLOBEX, "theirs"))

    await queue(database).drop(ACME)

    assert await notes(database) == ["theirs"]


async def test_a_damaged_note_keeps_nobody_waiting_and_its_job_can_end(database: Cosmos) -> None:
    await queue(database).add(ACME, job())
    leased = await taken(database)
    await queue(database).add(GLOBEX, job(GLOBEX, "theirs"))
    item = await DueList(database).find(ACME, JOB)
    assert item is not None
    container = await database.container("deletions")
    await container.upsert_item({**item, "record": {"x": 1}})

    assert (await taken(database)).job_id == "theirs"
    await queue(database).save(ACME, leased.failed(FAILURE, NOW))

    assert await DueList(database).find(ACME, JOB) is None


async def test_open_jobs_without_a_note_are_listed_again(database: Cosmos) -> None:
    await queue(database).add(ACME, job())
    await queue(database).add(GLOBEX, job(GLOBEX, "theirs").cancelled(NOW))
    await DueList(database).drop(ACME)

    listed = await queue(database).relist()

    assert [each.job_id for each in listed] == [JOB]
    assert (await taken(database)).job_id == JOB
