"""The order of the queue."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from ragtenancy.domain.ids import TenantUid
from ragtenancy.domain.jobs import Job
from ragtenancy.domain.queueing import Served, Waiting, in_order, place_of, room_beside, size_class
from tests.factories import NOW, SECOND, job

SIZES = [29, 20 << 10, 300 << 10, 2 << 20, 20 << 20]
OWNERS = [TenantUid("a"), TenantUid("b"), TenantUid("c")]

waiting_jobs = st.lists(
    st.builds(
        lambda sequence, age, owner: Waiting(NOW + age * SECOND, sequence, owner),
        st.integers(0, 1_000),
        st.integers(0, 5),
        st.sampled_from(OWNERS),
    ),
    max_size=12,
    unique_by=lambda job: job.sequence,
)
History = dict[TenantUid, Served]
histories = st.dictionaries(
    st.sampled_from(OWNERS),
    st.builds(
        Served, st.integers(0, 3), st.none() | st.integers(-9, 0).map(lambda n: NOW + n * SECOND)
    ),
)


@given(waiting_jobs, histories)
def test_a_tenants_own_jobs_go_by_age(waiting: list[Waiting], served: History) -> None:
    mine = [job for job in in_order(waiting, served) if job.tenant_uid == "a"]

    assert mine == sorted(mine, key=lambda job: job.rank)


@given(waiting_jobs, histories)
def test_no_tenant_is_served_twice_while_another_waits(
    waiting: list[Waiting], served: History
) -> None:
    order = [job.tenant_uid for job in in_order(waiting, served)]

    assert not _passed_over(order)


@given(waiting_jobs, histories)
def test_who_was_served_least_recently_is_first(waiting: list[Waiting], served: History) -> None:
    first = in_order(waiting, served)[:1]

    assert first == _least_recently_served(waiting, served)


@given(waiting_jobs, histories)
def test_a_place_is_the_number_of_jobs_before_it(waiting: list[Waiting], served: History) -> None:
    order = in_order(waiting, served)

    places = [place_of(job, waiting, served, NOW).position for job in order]

    assert places == list(range(len(waiting)))


def test_delayed_jobs_come_after_those_that_are_due() -> None:
    soon = Waiting(NOW, 1, OWNERS[0], NOW + SECOND)
    later = Waiting(NOW, 2, OWNERS[1], NOW + 2 * SECOND)
    due = Waiting(NOW + 9 * SECOND, 3, OWNERS[2])

    places = [place_of(job, [later, soon, due], {}, NOW).position for job in (due, soon, later)]

    assert places == [0, 1, 2]


@given(
    st.lists(st.tuples(st.sampled_from(OWNERS), st.sampled_from(SIZES)), max_size=60),
    st.integers(1, 4),
)
def test_a_process_starts_a_bounded_number_of_jobs_of_each_size(
    wanted: list[tuple[TenantUid, int]], slots: int
) -> None:
    started = _started(wanted, slots)

    by_class = Counter(size_class(each.size) for each in started)
    by_share = Counter((each.tenant_uid, size_class(each.size)) for each in started)
    assert max(by_class.values(), default=0) <= slots + 1
    assert max(by_share.values(), default=0) <= slots


@given(st.lists(st.sampled_from(SIZES), max_size=60), st.integers(1, 4), st.sampled_from(SIZES))
def test_one_tenant_alone_never_takes_the_last_place_of_a_size(
    wanted: list[int], slots: int, size: int
) -> None:
    started = _started([(OWNERS[0], each) for each in wanted], slots)

    assert room_beside(started, slots).admits(OWNERS[1], size)


@given(st.lists(st.tuples(st.sampled_from(OWNERS), st.sampled_from(SIZES[1:])), max_size=60))
def test_larger_jobs_never_take_a_small_ones_place(wanted: list[tuple[TenantUid, int]]) -> None:
    assert room_beside(_started(wanted, 2), 2).admits(OWNERS[0], SIZES[0])


@pytest.mark.parametrize(
    ("size", "expected"),
    [(0, 0), (2 << 10, 0), ((2 << 10) + 1, 1), (512 << 10, 2), (8 << 20, 3), (9 << 20, 4)],
)
def test_size_classes_include_their_bounds(size: int, expected: int) -> None:
    assert size_class(size) == expected


def _started(wanted: list[tuple[TenantUid, int]], slots: int) -> list[Job]:
    """Return the jobs that a process starts of those that it is offered one by one."""
    started: list[Job] = []
    for number, (owner, size) in enumerate(wanted):
        if room_beside(started, slots).admits(owner, size):
            started.append(
                structs.replace(job(job_id=f"job_{number}", size=size), tenant_uid=owner)
            )
    return started


def _passed_over(order: list[TenantUid]) -> list[TenantUid]:
    """Return the tenants that waited while another was served twice."""
    return [
        uid
        for n, uid in enumerate(order)
        for other in OWNERS
        if other != uid and order[_last_before(order, n) : n].count(other) > 1
    ]


def _last_before(order: list[TenantUid], n: int) -> int:
    """Return after which place a tenant that is served at `n` began to wait."""
    return max((i + 1 for i in range(n) if order[i] == order[n]), default=0)


def _least_recently_served(waiting: list[Waiting], served: History) -> list[Waiting]:
    def turn(job: Waiting) -> tuple[int, bool, datetime, tuple[datetime, int]]:
        had = served.get(job.tenant_uid, Served())
        oldest = min(each.rank for each in waiting if each.tenant_uid == job.tenant_uid)
        return (had.running, had.last is not None, had.last or NOW, oldest)

    return sorted(waiting, key=lambda job: (turn(job), job.rank))[:1]
