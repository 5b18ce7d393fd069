"""The order of the queue."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ragtenancy.domain.ids import TenantUid
from ragtenancy.domain.queueing import Waiting, in_order, place_of
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
running_jobs = st.dictionaries(st.sampled_from(OWNERS), st.integers(0, 3))


@given(waiting_jobs, running_jobs)
def test_a_tenants_own_jobs_go_by_age(
    waiting: list[Waiting], running: dict[TenantUid, int]
) -> None:
    mine = [job for job in in_order(waiting, running) if job.tenant_uid == "a"]

    assert mine == sorted(mine, key=lambda job: job.age)


@given(waiting_jobs, running_jobs)
def test_the_order_is_that_of_taking_one_after_the_other(
    waiting: list[Waiting], running: dict[TenantUid, int]
) -> None:
    assert list(in_order(waiting, running)) == _one_by_one(waiting, running)


@given(waiting_jobs, running_jobs)
def test_places_count_from_1_without_a_gap(
    waiting: list[Waiting], running: dict[TenantUid, int]
) -> None:
    places = [place_of(job, waiting, running, NOW).position for job in waiting]

    assert sorted(places) == list(range(1, len(waiting) + 1))


def test_delayed_jobs_come_after_those_that_are_due() -> None:
    soon = Waiting(NOW, 1, OWNERS[0], NOW + SECOND)
    later = Waiting(NOW, 2, OWNERS[1], NOW + 2 * SECOND)
    due = Waiting(NOW + 9 * SECOND, 3, OWNERS[2])

    places = [place_of(job, [later, soon, due], {}, NOW).position for job in (due, soon, later)]

    assert places == [1, 2, 3]


def _one_by_one(waiting: list[Waiting], running: dict[TenantUid, int]) -> list[Waiting]:
    left, held, order = list(waiting), dict(running), []
    while left:
        first = min(left, key=lambda job: (held.get(job.tenant_uid, 0), job.age))
        held[first.tenant_uid] = held.get(first.tenant_uid, 0) + 1
        left.remove(first)
        order.append(first)
    return order
