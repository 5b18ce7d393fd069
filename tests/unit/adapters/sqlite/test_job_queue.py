"""The queue in SQL gives the order of the domain."""

from __future__ import annotations

import asyncio
import tempfile
from datetime import datetime
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from ragtenancy.adapters.memory.client import Memory
from ragtenancy.adapters.memory.jobs import InMemoryJobRepository
from ragtenancy.adapters.sqlite.client import ControlFile
from ragtenancy.adapters.sqlite.jobs import SqliteJobRepository
from ragtenancy.domain.jobs import Job, QueuePlace
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.jobs import JobRepository
from tests.factories import NOW, SECOND, job, scope
from tests.scripted.holders import ScriptedHolders

Times = dict[str, datetime | None]

OWNERS = [scope(name) for name in ("aa", "bb", "cc")]
HOLDERS = ["machine:1:1", "machine:2:1"]
DEAD = HOLDERS[1]

queued = st.builds(
    lambda age, delay: {
        "created_at": NOW + age * SECOND,
        "not_before": None if delay is None else NOW + delay * SECOND,
    },
    st.integers(0, 3),
    st.none() | st.integers(-1, 1),
)
leases = st.none() | st.tuples(st.sampled_from(HOLDERS), st.integers(-60, 0))
entries = st.lists(st.tuples(st.sampled_from(OWNERS), queued, leases), max_size=8)


@settings(max_examples=30, deadline=None)
@given(entries)
def test_sqlite_and_memory_give_the_same_order_and_places(
    entries: list[tuple[TenantScope, Times, tuple[str, int] | None]],
) -> None:
    jobs = [_job(number, *entry) for number, entry in enumerate(entries)]

    assert asyncio.run(_in_sqlite(jobs)) == asyncio.run(_in_memory(jobs))


def _job(number: int, owner: TenantScope, values: Times, lease: tuple[str, int] | None) -> Job:
    made = job(owner, f"job_{number}", **values)
    if lease is None:
        return made
    holder, since = lease
    return made.leased(holder, NOW + since * SECOND)


async def _in_memory(jobs: list[Job]) -> list[object]:
    return await _history(InMemoryJobRepository(Memory(), _holders()), jobs)


async def _in_sqlite(jobs: list[Job]) -> list[object]:
    with tempfile.TemporaryDirectory() as folder:
        control = ControlFile(Path(folder, "control.db"))
        try:
            return await _history(SqliteJobRepository(control, _holders()), jobs)
        finally:
            await control.close()


async def _history(repository: JobRepository, jobs: list[Job]) -> list[object]:
    """Return the places of all jobs, then the jobs in the order in which they are taken."""
    owners = {owner.tenant_uid: owner for owner in OWNERS}
    for one in jobs:
        await repository.add(owners[one.tenant_uid], one)
    places: list[QueuePlace | None] = [
        await repository.place(owners[one.tenant_uid], one.job_id, NOW) for one in jobs
    ]
    taken = [await repository.take("machine:3:1", NOW) for _ in range(len(jobs) + 1)]
    return [places, taken]


def _holders() -> ScriptedHolders:
    holders = ScriptedHolders()
    holders.bury(DEAD)
    return holders
