"""What every `JobRepository` does."""

from __future__ import annotations

import asyncio
from datetime import datetime

import pytest
from msgspec import structs

from ragtenancy.adapters.cosmos.jobs import CosmosJobRepository
from ragtenancy.adapters.memory.jobs import InMemoryJobRepository
from ragtenancy.adapters.sqlite.jobs import SqliteJobRepository
from ragtenancy.domain.errors import (
    AlreadyExistsError,
    IsolationBreach,
    MalformedError,
    StaleWriteError,
)
from ragtenancy.domain.ids import JobId
from ragtenancy.domain.jobs import (
    LEASE,
    IngestionCounts,
    JobError,
    JobStatus,
    QueuePlace,
    Step,
)
from ragtenancy.domain.pages import Cursor
from ragtenancy.domain.queueing import MEBIBYTE, Backlog, Room
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.jobs import JobRepository
from tests.contract.cosmos_house import on_cosmos
from tests.contract.houses import House, in_houses
from tests.factories import ACME, GLOBEX, NOW, SECOND, job

BACKENDS = [*in_houses(InMemoryJobRepository, SqliteJobRepository), *on_cosmos(CosmosJobRepository)]
pytestmark = pytest.mark.parametrize("backend", BACKENDS, indirect=True)

HOLDER = "machine:10:1"
OTHER = "machine:11:1"
FAILURE = JobError(code="parser_crashed", detail="The parser crashed.")


@pytest.fixture
def jobs(house: House) -> JobRepository:
    return house.jobs


async def add(jobs: JobRepository, *job_ids: str, owner: TenantScope = ACME) -> None:
    """Add jobs, each a second younger than the one before."""
    for index, job_id in enumerate(job_ids):
        await jobs.add(owner, job(owner, job_id, created_at=NOW + index * SECOND))


async def taken(jobs: JobRepository, count: int, now: datetime = NOW) -> list[str]:
    """Take jobs; an empty string where there was none."""
    found = [await jobs.take(HOLDER, now) for _ in range(count)]
    return [job.job_id if job else "" for job in found]


async def served(jobs: JobRepository, count: int, now: datetime = NOW) -> list[str]:
    """Take and finish jobs one after the other, as a single worker does, a second each."""
    found = []
    for second in range(count):
        at = now + second * SECOND
        leased = await jobs.take(HOLDER, at)
        found.append(leased.job_id if leased else "")
        if leased:
            owner = ACME if leased.tenant_uid == ACME.tenant_uid else GLOBEX
            await jobs.save(owner, leased.succeeded(IngestionCounts(), at))
    return found


# -- records


async def test_an_absent_job_is_none(jobs: JobRepository) -> None:
    assert await jobs.get(ACME, JobId("absent")) is None


async def test_a_job_comes_out_as_it_went_in(jobs: JobRepository) -> None:
    counts = IngestionCounts(total_chunks=3, warnings=("one", "two"))
    full = job(step=Step.EMBED, progress=0.25, not_before=NOW, error=FAILURE, counts=counts)

    await jobs.add(ACME, full)

    assert await jobs.get(ACME, full.job_id) == full


async def test_a_taken_id_is_refused(jobs: JobRepository) -> None:
    await jobs.add(ACME, job())

    with pytest.raises(AlreadyExistsError):
        await jobs.add(ACME, job(progress=0.5))

    assert await jobs.get(ACME, JobId("job_1")) == job()


async def test_two_tenants_may_have_jobs_of_one_id(jobs: JobRepository) -> None:
    await jobs.add(ACME, job(ACME))
    await jobs.add(GLOBEX, job(GLOBEX, progress=0.5))

    await jobs.save(ACME, job(ACME).cancelled(NOW))

    assert await jobs.get(GLOBEX, JobId("job_1")) == job(GLOBEX, progress=0.5)


async def test_save_raises_the_version(jobs: JobRepository) -> None:
    await jobs.add(ACME, job())

    saved = await jobs.save(ACME, job(progress=0.5))

    assert saved == job(progress=0.5, version=2)
    assert await jobs.get(ACME, saved.job_id) == saved


async def test_save_refuses_another_version_and_changes_nothing(jobs: JobRepository) -> None:
    await jobs.add(ACME, job())
    saved = await jobs.save(ACME, job())

    with pytest.raises(StaleWriteError):
        await jobs.save(ACME, job(progress=0.9))

    assert await jobs.get(ACME, saved.job_id) == saved


async def test_save_refuses_the_absent(jobs: JobRepository) -> None:
    with pytest.raises(StaleWriteError):
        await jobs.save(ACME, job())


async def test_another_tenants_job_is_not_taken_in(jobs: JobRepository) -> None:
    await jobs.add(GLOBEX, job(GLOBEX))

    with pytest.raises(IsolationBreach):
        await jobs.add(ACME, job(GLOBEX, "job_2"))
    with pytest.raises(IsolationBreach):
        await jobs.save(ACME, job(GLOBEX))


async def test_a_misfiled_job_is_a_breach(house: House) -> None:
    await house.jobs.add(ACME, job(ACME))

    await house.misfile(ACME, GLOBEX)

    with pytest.raises(IsolationBreach):
        await house.jobs.get(GLOBEX, JobId("job_1"))


async def test_pending_jobs_are_counted_per_tenant(jobs: JobRepository) -> None:
    await add(jobs, "queued", "running", "cancelled")
    await add(jobs, "other", owner=GLOBEX)
    await jobs.save(ACME, job(job_id="running").leased(HOLDER, NOW))
    await jobs.save(ACME, job(job_id="cancelled").cancelled(NOW))

    assert await jobs.count_pending(ACME) == 2


async def test_pages_are_newest_first_and_stable_under_inserts(jobs: JobRepository) -> None:
    await add(jobs, "a", "b", "c")
    await add(jobs, "other", owner=GLOBEX)

    first = await jobs.page(ACME, limit=2)
    await add(jobs, "d")
    second = await jobs.page(ACME, after=first.next, limit=2)

    assert [j.job_id for j in (*first.items, *second.items)] == ["c", "b", "a"]
    assert second.next is None


async def test_pages_of_one_status(jobs: JobRepository) -> None:
    await add(jobs, "a", "b")
    await jobs.save(ACME, job(job_id="a").cancelled(NOW))

    page = await jobs.page(ACME, status=JobStatus.CANCELLED)

    assert [j.job_id for j in page.items] == ["a"]


async def test_the_operator_sees_every_tenants_jobs(jobs: JobRepository) -> None:
    await add(jobs, "a", "b")
    await add(jobs, "c", owner=GLOBEX)

    first = await jobs.page_all(limit=2)
    second = await jobs.page_all(after=first.next, limit=2)

    assert [j.job_id for j in (*first.items, *second.items)] == ["c", "b", "a"]
    assert (await jobs.page_all(status=JobStatus.RUNNING)).items == ()


async def test_a_bad_cursor_is_malformed(jobs: JobRepository) -> None:
    with pytest.raises(MalformedError):
        await jobs.page(ACME, after=Cursor("%"))
    with pytest.raises(MalformedError):
        await jobs.page_all(after=Cursor("YWJj"))


async def test_drop_removes_the_tenants_jobs_alone(jobs: JobRepository) -> None:
    await add(jobs, "a", "b")
    await add(jobs, "a", owner=GLOBEX)

    assert await jobs.drop(ACME) == 2
    assert await jobs.drop(ACME) == 0
    assert await jobs.get(GLOBEX, JobId("a")) is not None


# -- the queue


async def test_an_empty_queue_gives_none(jobs: JobRepository) -> None:
    assert await jobs.take(HOLDER, NOW) is None


async def test_taking_leases_the_job(jobs: JobRepository) -> None:
    await jobs.add(ACME, job())

    leased = await jobs.take(HOLDER, NOW)

    assert leased == structs.replace(job().leased(HOLDER, NOW), version=2)
    assert await jobs.get(ACME, JobId("job_1")) == leased
    assert await jobs.take(OTHER, NOW) is None


async def test_older_jobs_go_first_whatever_order_they_were_added_in(jobs: JobRepository) -> None:
    await jobs.add(ACME, job(job_id="young", created_at=NOW + SECOND))
    await jobs.add(ACME, job(job_id="old"))

    assert await taken(jobs, 2) == ["old", "young"]


async def test_tenants_with_fewer_running_jobs_go_first(jobs: JobRepository) -> None:
    await add(jobs, "a1", "a2", "a3")
    await jobs.add(GLOBEX, job(GLOBEX, "g1", created_at=NOW + 60 * SECOND))

    assert await taken(jobs, 4) == ["a1", "g1", "a2", "a3"]


async def test_a_small_job_is_taken_before_a_larger_one_of_its_tenant(jobs: JobRepository) -> None:
    await jobs.add(ACME, job(job_id="large", size=20 * MEBIBYTE))
    await jobs.add(ACME, job(job_id="small", size=29, created_at=NOW + SECOND))

    assert await taken(jobs, 2, NOW + SECOND) == ["small", "large"]


async def test_a_large_job_that_has_waited_is_taken_before_newer_small_ones(
    jobs: JobRepository,
) -> None:
    await jobs.add(ACME, job(job_id="large", size=2 * MEBIBYTE))
    await jobs.add(ACME, job(job_id="small", size=29, created_at=NOW + 121 * SECOND))

    assert await taken(jobs, 2, NOW + 121 * SECOND) == ["large", "small"]


async def test_only_jobs_for_which_there_is_room_are_taken(jobs: JobRepository) -> None:
    await jobs.add(ACME, job(job_id="large", size=20 * MEBIBYTE))
    await jobs.add(ACME, job(job_id="small", size=29, created_at=NOW + SECOND))
    await jobs.add(GLOBEX, job(GLOBEX, "medium", size=MEBIBYTE, created_at=NOW + SECOND))
    room = Room(full=frozenset({4}), used=frozenset({(ACME.tenant_uid, 0)}))

    found = [await jobs.take(HOLDER, NOW + SECOND, room) for _ in range(2)]

    assert [each and each.job_id for each in found] == ["medium", None]
    assert await taken(jobs, 2, NOW + SECOND) == ["small", "large"]


async def test_a_lost_lease_is_taken_over_only_if_there_is_room(jobs: JobRepository) -> None:
    await jobs.add(ACME, job(size=20 * MEBIBYTE))
    await jobs.take(OTHER, NOW)

    later = NOW + LEASE
    refused = await jobs.take(HOLDER, later, Room(full=frozenset({4})))
    taken_over = await jobs.take(HOLDER, later, Room(full=frozenset({0})))

    assert refused is None
    assert taken_over is not None
    assert taken_over.fence == 2


async def test_a_delayed_job_is_not_taken_before_its_time(jobs: JobRepository) -> None:
    await jobs.add(ACME, job(not_before=NOW + SECOND))

    assert await taken(jobs, 1) == [""]
    assert await taken(jobs, 1, NOW + SECOND) == ["job_1"]


async def test_finished_jobs_are_not_taken(jobs: JobRepository) -> None:
    await jobs.add(ACME, job(job_id="cancelled").cancelled(NOW))
    await jobs.add(ACME, job(job_id="failed").failed(FAILURE, NOW))
    await jobs.add(ACME, job(job_id="done").succeeded(IngestionCounts(), NOW))

    assert await jobs.take(HOLDER, NOW) is None


async def test_an_expired_lease_is_taken_over_with_a_higher_fence(jobs: JobRepository) -> None:
    await jobs.add(ACME, job())
    await jobs.take(OTHER, NOW)

    assert await jobs.take(HOLDER, NOW + LEASE - SECOND) is None
    second = await jobs.take(HOLDER, NOW + LEASE)

    assert second is not None
    assert (second.fence, second.attempts, second.version) == (2, 2, 3)


async def test_whoever_lost_a_lease_cannot_write(jobs: JobRepository) -> None:
    await jobs.add(ACME, job())
    first = await jobs.take(OTHER, NOW)
    await jobs.take(HOLDER, NOW + LEASE)

    assert first is not None
    with pytest.raises(StaleWriteError):
        await jobs.save(ACME, first.succeeded(IngestionCounts(), NOW))


async def test_a_renewed_lease_holds(jobs: JobRepository) -> None:
    await jobs.add(ACME, job())
    leased = await jobs.take(OTHER, NOW)
    assert leased is not None

    await jobs.save(ACME, leased.renewed(NOW + LEASE - SECOND))

    assert await jobs.take(HOLDER, NOW + LEASE) is None


async def test_a_dead_holders_job_is_taken_over_at_once(house: House) -> None:
    await add(house.jobs, "a", "b")
    await house.jobs.take(OTHER, NOW)
    await house.jobs.take(HOLDER, NOW)

    house.holders.bury(OTHER)

    assert await taken(house.jobs, 2) == ["a", ""]


async def test_a_lost_lease_does_not_count_as_running(house: House) -> None:
    await house.jobs.add(GLOBEX, job(GLOBEX, "g1"))
    await house.jobs.take(HOLDER, NOW)
    await add(house.jobs, "a1", "a2")
    await house.jobs.take(OTHER, NOW + SECOND)
    await house.jobs.add(GLOBEX, job(GLOBEX, "g2"))

    house.holders.bury(OTHER)

    assert await taken(house.jobs, 3, NOW + 2 * SECOND) == ["a1", "g2", "a2"]


async def test_the_tenant_served_least_recently_goes_first(jobs: JobRepository) -> None:
    await add(jobs, "a1", "a2", "a3")
    await jobs.add(GLOBEX, job(GLOBEX, "g1", created_at=NOW + 60 * SECOND))

    assert await served(jobs, 5) == ["a1", "g1", "a2", "a3", ""]


async def test_a_tenant_that_was_served_long_ago_goes_before_one_served_since(
    jobs: JobRepository,
) -> None:
    await jobs.add(GLOBEX, job(GLOBEX, "g1"))
    await add(jobs, "a1", "a2")
    first = await served(jobs, 2)
    await jobs.add(GLOBEX, job(GLOBEX, "g2", created_at=NOW + 60 * SECOND))

    assert first + await served(jobs, 3, NOW + 60 * SECOND) == ["g1", "a1", "g2", "a2", ""]


async def test_an_attempt_that_failed_counts_as_served(jobs: JobRepository) -> None:
    await add(jobs, "a1")
    await jobs.add(GLOBEX, job(GLOBEX, "g1", created_at=NOW + 60 * SECOND))
    leased = await jobs.take(HOLDER, NOW)
    assert leased is not None
    await jobs.save(ACME, leased.released(NOW))

    assert await served(jobs, 2, NOW + SECOND) == ["g1", "a1"]


async def test_many_takers_at_once_get_a_job_each(jobs: JobRepository) -> None:
    await add(jobs, *(f"job_{n}" for n in range(10)))

    found = await asyncio.gather(*(jobs.take(HOLDER, NOW) for _ in range(16)))

    assert len({j.job_id for j in found if j}) == 10
    assert found.count(None) == 6


async def test_a_place_counts_the_jobs_that_are_served_before(jobs: JobRepository) -> None:
    await add(jobs, "a1", "a2", "a3")
    await jobs.add(GLOBEX, job(GLOBEX, "g1", created_at=NOW + 60 * SECOND))

    places = [await jobs.place(ACME, JobId(i), NOW) for i in ("a1", "a2", "a3")]

    assert places == [
        QueuePlace(position=0, reason="next in the queue"),
        QueuePlace(position=2, reason="waiting for 2 jobs before it, 1 of the same client"),
        QueuePlace(position=3, reason="waiting for 3 jobs before it, 2 of the same client"),
    ]
    assert await jobs.place(GLOBEX, JobId("g1"), NOW) == QueuePlace(
        position=1, reason="waiting for 1 job before it"
    )


async def test_a_place_tells_of_the_clients_running_jobs(jobs: JobRepository) -> None:
    await add(jobs, "a1", "a2", "a3")
    await taken(jobs, 2, NOW + SECOND)

    place = await jobs.place(ACME, JobId("a3"), NOW + SECOND)

    assert place == QueuePlace(
        position=0, reason="next in the queue, beside 2 running jobs of the same client"
    )


async def test_a_place_knows_who_was_served_last(jobs: JobRepository) -> None:
    await add(jobs, "a1", "a2", "a3")
    await served(jobs, 1)
    await jobs.add(GLOBEX, job(GLOBEX, "g1", created_at=NOW + 60 * SECOND))
    await jobs.add(GLOBEX, job(GLOBEX, "g2", created_at=NOW + 61 * SECOND))

    later = NOW + 2 * SECOND
    places = [await jobs.place(ACME, JobId(i), later) for i in ("a2", "a3")]
    places += [await jobs.place(GLOBEX, JobId(i), later) for i in ("g1", "g2")]

    assert [place and place.position for place in places] == [1, 3, 0, 2]
    assert await served(jobs, 4, later) == ["g1", "a2", "g2", "a3"]


async def test_a_job_in_hand_counts_as_served_now(jobs: JobRepository) -> None:
    await add(jobs, "a1", "a2")
    await jobs.take(OTHER, NOW)
    await jobs.add(GLOBEX, job(GLOBEX, "g1", created_at=NOW + 60 * SECOND))
    await jobs.add(GLOBEX, job(GLOBEX, "g2", created_at=NOW + 61 * SECOND))
    later = NOW + SECOND
    await served(jobs, 1, later)

    places = [
        await jobs.place(owner, JobId(job_id), later)
        for owner, job_id in ((GLOBEX, "g2"), (ACME, "a2"))
    ]

    assert [place and place.position for place in places] == [0, 1]
    assert await served(jobs, 2, later + SECOND) == ["g2", "a2"]


async def test_jobs_of_one_id_have_a_place_each(jobs: JobRepository) -> None:
    await add(jobs, "same")
    await jobs.add(GLOBEX, job(GLOBEX, "same", created_at=NOW + SECOND))

    places = [await jobs.place(owner, JobId("same"), NOW) for owner in (ACME, GLOBEX)]

    assert [place and place.position for place in places] == [0, 1]


async def test_the_place_of_a_delayed_job_says_until_when(jobs: JobRepository) -> None:
    await jobs.add(ACME, job(job_id="delayed", not_before=NOW + SECOND))
    await add(jobs, "due")

    place = await jobs.place(ACME, JobId("delayed"), NOW)

    assert place == QueuePlace(position=1, reason="retrying after 2026-05-04T12:30:16Z")


async def test_a_job_that_does_not_wait_has_no_place(jobs: JobRepository) -> None:
    await jobs.add(ACME, job())
    await jobs.take(HOLDER, NOW)

    assert await jobs.place(ACME, JobId("job_1"), NOW) is None
    assert await jobs.place(ACME, JobId("absent"), NOW) is None


async def test_a_foreign_job_has_no_place(jobs: JobRepository) -> None:
    await jobs.add(ACME, job())

    assert await jobs.place(GLOBEX, JobId("job_1"), NOW) is None


async def test_the_backlog_counts_open_jobs_of_every_tenant(jobs: JobRepository) -> None:
    await add(jobs, "running", "oldest", "done")
    await jobs.add(GLOBEX, job(GLOBEX, "foreign", created_at=NOW + 60 * SECOND))
    await jobs.take(HOLDER, NOW)
    await jobs.save(ACME, job(job_id="done").cancelled(NOW))

    assert await jobs.backlog() == Backlog(queued=2, running=1, oldest=NOW + SECOND)


async def test_an_empty_queue_has_no_oldest_job(jobs: JobRepository) -> None:
    assert await jobs.backlog() == Backlog()


async def test_jobs_that_are_in_the_queue_need_not_be_listed_again(jobs: JobRepository) -> None:
    await add(jobs, "queued", "running", "done")
    await jobs.save(ACME, job(job_id="running").leased(HOLDER, NOW))
    await jobs.save(ACME, job(job_id="done").cancelled(NOW))

    assert list(await jobs.relist()) == []


async def test_a_cancelled_take_leaves_the_queue_usable(jobs: JobRepository) -> None:
    await add(jobs, "a", "b")
    task = asyncio.create_task(jobs.take(OTHER, NOW))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])

    left = await taken(jobs, 3, NOW + LEASE)

    assert sorted(filter(None, left)) == ["a", "b"]


# -- the outbox


async def ends(jobs: JobRepository) -> list[tuple[str, str, int]]:
    found = (await jobs.outbox()).items
    return [(job.job_id, str(job.status), job.version) for job in found]


async def test_the_end_of_a_job_is_in_the_outbox_until_cleared(jobs: JobRepository) -> None:
    await add(jobs, "a", "b")
    await jobs.add(GLOBEX, job(GLOBEX, "a"))
    failed = await jobs.save(GLOBEX, job(GLOBEX, "a").failed(FAILURE, NOW))
    cancelled = await jobs.save(ACME, job(ACME, "b", created_at=NOW + SECOND).cancelled(NOW))

    found = await jobs.outbox()
    await jobs.clear_outbox([failed])
    await jobs.clear_outbox([failed])

    assert list(found.items) == [failed, cancelled]
    assert await ends(jobs) == [("b", "cancelled", 2)]


async def test_an_end_stays_in_the_outbox_whatever_becomes_of_its_job(jobs: JobRepository) -> None:
    await jobs.add(ACME, job())
    failed = await jobs.save(ACME, job().failed(FAILURE, NOW))
    retried = await jobs.save(ACME, failed.retried(NOW))
    again = await jobs.save(ACME, retried.cancelled(NOW))

    written_again = await jobs.save(ACME, again)

    assert written_again.version == 5
    assert await ends(jobs) == [("job_1", "failed", 2), ("job_1", "cancelled", 4)]


async def test_a_job_that_goes_on_or_is_not_saved_is_not_in_the_outbox(
    jobs: JobRepository,
) -> None:
    await jobs.add(ACME, job())
    leased = await jobs.take(HOLDER, NOW)
    assert leased is not None
    await jobs.save(ACME, leased.at_step(Step.EMBED, 0.5, NOW))
    with pytest.raises(StaleWriteError):
        await jobs.save(ACME, leased.succeeded(IngestionCounts(), NOW))

    assert await ends(jobs) == []
    assert [each.job_id for each in (await jobs.page_all()).items] == ["job_1"]


async def test_the_outbox_is_read_in_pages_and_is_no_list_of_jobs(jobs: JobRepository) -> None:
    await add(jobs, "a", "b", "c")
    for index, each in enumerate("abc"):
        done = job(ACME, each, created_at=NOW + index * SECOND).cancelled(NOW)
        await jobs.save(ACME, done)

    first = await jobs.outbox(limit=2)
    rest = await jobs.outbox(limit=2, after=first.next)

    assert [each.job_id for each in (*first.items, *rest.items)] == ["a", "b", "c"]
    assert rest.next is None
    assert len((await jobs.page_all()).items) == len((await jobs.page(ACME)).items) == 3


async def test_dropping_a_tenants_jobs_empties_its_outbox_alone(jobs: JobRepository) -> None:
    for owner in (ACME, GLOBEX):
        await jobs.add(owner, job(owner))
        await jobs.save(owner, job(owner).cancelled(NOW))

    assert await jobs.drop(ACME) == 1
    assert [each.tenant_uid for each in (await jobs.outbox()).items] == [GLOBEX.tenant_uid]
