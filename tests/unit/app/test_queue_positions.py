"""A queued job's position is the number of jobs served before it."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct

from ragtenancy.adapters.memory.client import Memory
from ragtenancy.adapters.memory.jobs import InMemoryJobRepository
from ragtenancy.adapters.sqlite.client import ControlFile
from ragtenancy.adapters.sqlite.jobs import SqliteJobRepository
from ragtenancy.domain.ids import JobId
from ragtenancy.domain.jobs import LEASE, IngestionCounts, Job, JobError
from ragtenancy.ports.jobs import JobRepository
from tests.factories import ACME, GLOBEX, NOW, SECOND, job, scope
from tests.scripted.holders import ScriptedHolders

OWNERS = (ACME, GLOBEX, scope("initech"), scope("hooli"))
HOLDER = "machine:10:1"
ENDED = JobError(code="away", detail="A backend was away.")
START = NOW + 600 * SECOND
MICROSECOND = timedelta(microseconds=1)


class Planned(Struct, frozen=True):
    """A job to add: its tenant, age, lease and delay."""

    owner: int
    age: int
    leased: int | None
    lost: bool
    delay: int
    size: int


planned_jobs = st.lists(
    st.builds(
        Planned,
        owner=st.integers(0, len(OWNERS) - 1),
        age=st.integers(0, 20),
        leased=st.none() | st.integers(0, 500),
        lost=st.booleans(),
        delay=st.sampled_from([0, 0, 0, 1, 2, 3]),
        size=st.sampled_from([0, 29, 100 << 10, 300 << 10, 5 << 20]),
    ),
    min_size=1,
    max_size=9,
)


@given(planned=planned_jobs)
@settings(deadline=None)
def test_a_position_in_memory_is_the_number_of_jobs_served_before(planned: list[Planned]) -> None:
    jobs = InMemoryJobRepository(Memory(), ScriptedHolders())

    told, served = asyncio.run(_drained(jobs, planned))

    assert told == {job_id: served.index(job_id) for job_id in told}


@given(planned=planned_jobs)
@settings(max_examples=20, deadline=None)
def test_a_position_in_sqlite_is_the_number_of_jobs_served_before(planned: list[Planned]) -> None:
    with TemporaryDirectory() as folder:
        told, served = asyncio.run(_drained_in_file(Path(folder), planned))

    assert told == {job_id: served.index(job_id) for job_id in told}


async def _drained_in_file(
    folder: Path, planned: list[Planned]
) -> tuple[dict[str, int], list[str]]:
    control = ControlFile(folder / "control.db")
    try:
        return await _drained(SqliteJobRepository(control, ScriptedHolders()), planned)
    finally:
        await control.close()


async def _drained(jobs: JobRepository, planned: list[Planned]) -> tuple[dict[str, int], list[str]]:
    """Return the positions reported at first, and the jobs in the order served."""
    for number, each in enumerate(planned):
        await jobs.add(OWNERS[each.owner], _job(number, each))
    told = {}
    for number, each in enumerate(planned):
        place = await jobs.place(OWNERS[each.owner], JobId(f"job_{number}"), START)
        if place is not None:
            told[f"job_{number}"] = place.position
    times = sorted({START, *(_due(number, each) for number, each in enumerate(planned))})
    return told, [job.job_id for job in await _worked_off(jobs, times)]


async def _worked_off(jobs: JobRepository, times: list[datetime]) -> list[Job]:
    """At each of these times, serve jobs one after the other until none is due."""
    served: list[Job] = []
    for time in times:
        while (taken := await jobs.take(HOLDER, time + len(served) * MICROSECOND)) is not None:
            served.append(taken)
            owner = next(each for each in OWNERS if each.tenant_uid == taken.tenant_uid)
            await jobs.save(owner, taken.succeeded(IngestionCounts(), time))
    return served


def _due(number: int, each: Planned) -> datetime:
    """Return the time until which a requeued job is delayed; no two become due at once."""
    return START + each.delay * (SECOND + number * SECOND / 100)


def _job(number: int, each: Planned) -> Job:
    """Return a waiting job: never tried, requeued after an attempt, or with a lost lease."""
    created = NOW - each.age * SECOND
    waiting = job(OWNERS[each.owner], f"job_{number}", created_at=created, size=each.size)
    if each.leased is None:
        return waiting
    leased = waiting.leased("gone:1:1", NOW + each.leased * SECOND)
    if each.lost:
        return leased
    return leased.put_back(ENDED, _due(number, each) - LEASE, 0.5, at_least=LEASE)
