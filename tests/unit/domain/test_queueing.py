"""The order of the queue."""

from __future__ import annotations

from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from ragtenancy.domain.ids import TenantUid
from ragtenancy.domain.queueing import Served, Waiting, in_order, place_of
from tests.factories import NOW, SECOND

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

    assert mine == sorted(mine, key=lambda job: job.age)


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
        oldest = min(each.age for each in waiting if each.tenant_uid == job.tenant_uid)
        return (had.running, had.last is not None, had.last or NOW, oldest)

    return sorted(waiting, key=lambda job: (turn(job), job.age))[:1]
