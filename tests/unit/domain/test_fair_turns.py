"""Whose turn it is: no starvation, bounded unfairness, no idle slot while a job wants a turn."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from ragtenancy.domain.fair_turns import Contender, Shares, next_turn
from ragtenancy.domain.ids import JobId, TenantUid
from tests.factories import NOW, SECOND

A, B, C = (TenantUid(name) for name in "abc")
LONGEST = 1.0  # seconds a slice takes at most
slices = st.floats(0.01, LONGEST)


def contender(tenant: TenantUid, job_id: str = "job", rank: int = 0) -> Contender:
    return Contender(tenant, NOW + rank * SECOND, JobId(job_id))


class Played(Struct, frozen=True):
    """Turns of a single slot: who had each, with the seconds it took."""

    turns: list[tuple[TenantUid, float]]

    def work(self, tenant: TenantUid, since: int = 0) -> float:
        return sum(seconds for uid, seconds in self.turns[since:] if uid == tenant)


def played(
    tenants: list[TenantUid], lengths: list[float], shares: Shares | None = None
) -> tuple[Played, Shares]:
    """Let tenants that always have work take turns of these lengths."""
    shares = shares or Shares()
    turns = []
    for length in lengths:
        chosen = next_turn([contender(uid) for uid in tenants], shares, {})
        assert chosen is not None
        uid, start = chosen.tenant_uid, shares.start(chosen.tenant_uid)
        shares = shares.granted(uid).charged(uid, start, length)
        turns.append((uid, length))
    return Played(turns), shares


@given(st.lists(slices, min_size=1, max_size=200))
def test_two_busy_tenants_never_differ_by_more_than_two_slices(lengths: list[float]) -> None:
    game, _ = played([A, B], lengths)

    for since in range(0, len(lengths), 7):
        for until in range(since + 1, len(lengths) + 1, 5):
            part = Played(game.turns[since:until])
            assert abs(part.work(A) - part.work(B)) <= 2 * LONGEST + 1e-9


@given(st.lists(slices, min_size=30, max_size=60))
def test_a_tenant_waits_for_at_most_two_slices_of_each_other(lengths: list[float]) -> None:
    game, _ = played([A, B, C], lengths)

    waits: dict[TenantUid, float] = dict.fromkeys((A, B, C), 0.0)
    for uid, seconds in game.turns:
        for other in (A, B, C):
            waits[other] = 0.0 if other == uid else waits[other] + seconds
            assert waits[other] <= 4 * LONGEST + 1e-9


@given(st.lists(slices, min_size=1, max_size=50), st.lists(slices, min_size=4, max_size=50))
def test_a_tenant_that_was_away_is_next_but_has_saved_nothing(
    alone: list[float], together: list[float]
) -> None:
    _, shares = played([A], alone)

    game, _ = played([A, B], together, shares)

    assert B in [uid for uid, _ in game.turns[:2]]
    assert game.work(B) - game.work(A) <= 2 * LONGEST + 1e-9


@given(
    st.lists(st.sampled_from([A, B, C]), max_size=5),
    st.dictionaries(st.sampled_from([A, B, C]), st.integers(0, 3)),
)
def test_no_slot_is_idle_while_a_job_wants_a_turn(
    wanting: list[TenantUid], holding: dict[TenantUid, int]
) -> None:
    chosen = next_turn([contender(uid) for uid in wanting], Shares(), holding)

    assert (chosen is None) == (not wanting)


def test_a_tenant_without_a_turn_is_before_one_that_holds_one() -> None:
    behind = Shares().granted(B).charged(B, 0.0, 9.0)

    assert next_turn([contender(A), contender(B)], behind, {A: 1}) == contender(B)


def test_within_a_tenant_the_job_that_ranks_first_is_next() -> None:
    small, large = contender(A, "small", rank=2), contender(A, "large", rank=60)

    assert next_turn([large, small], Shares(), {}) == small


def test_only_tenants_ahead_of_the_virtual_time_are_remembered() -> None:
    _, shares = played([TenantUid(str(n)) for n in range(50)], [0.1] * 50)

    _, later = played([A], [1.0] * 3, shares)

    assert len(later.finish) <= 2


def test_two_turns_at_once_are_charged_from_where_they_began() -> None:
    shares = Shares().granted(A).granted(A)

    once = shares.charged(A, 0.0, 1.0)
    twice = once.charged(A, 0.0, 1.0)

    assert twice.start(A) == pytest.approx(2.0)
