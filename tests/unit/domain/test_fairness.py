"""Fair turns of tenants at a bounded number of slots."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ragtenancy.domain.errors import LimitError, MalformedError, OverloadedError
from ragtenancy.domain.fairness import (
    LEAST_SECONDS,
    MOST_SECONDS,
    Capacity,
    FairTurns,
    Turn,
    weights_of,
)
from ragtenancy.domain.ids import TenantUid

A, B, C = (TenantUid(name) for name in "abc")
ONE = Capacity(slots=1, waiting=100, waiting_of_one=50)
TWO = Capacity(slots=2, waiting=8, waiting_of_one=4)
TENANTS = st.sampled_from([A, B, C])


class AnyOrderOfEvents(RuleBasedStateMachine):
    """Requests arrive, end, resume and give up in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.turns = FairTurns(TWO)
        self.known: list[Turn] = []
        self.passed: dict[TenantUid, dict[TenantUid, float]] = {}

    @property
    def granted(self) -> list[Turn]:
        return [turn for turn in self.known if turn.granted]

    @property
    def waiting(self) -> list[Turn]:
        return [turn for turn in self.known if not turn.granted]

    @rule(tenant=TENANTS, resuming=st.booleans())
    def ask(self, tenant: TenantUid, *, resuming: bool) -> None:
        mine = [turn for turn in self.waiting if turn.tenant_uid == tenant]
        try:
            turn = self.turns.ask(tenant, resuming=resuming)
        except (LimitError, OverloadedError):
            assert len(mine) >= TWO.waiting_of_one or len(self.waiting) >= TWO.waiting
        else:
            self.known.append(turn)
        self._note_who_waits_without_a_slot()

    @precondition(lambda self: self.granted)
    @rule(which=st.integers(0, 1), seconds=st.floats(0, 5))
    def end(self, which: int, seconds: float) -> None:
        ended = self.granted[min(which, len(self.granted) - 1)]
        self.known.remove(ended)

        self.turns.end(ended, seconds)

        for counter in self.passed.values():
            charged = min(max(seconds, LEAST_SECONDS), MOST_SECONDS)
            counter[ended.tenant_uid] = counter.get(ended.tenant_uid, 0.0) + charged
        self._note_who_waits_without_a_slot()

    @precondition(lambda self: self.waiting)
    @rule(which=st.integers(0, 7))
    def leave(self, which: int) -> None:
        left = self.waiting[min(which, len(self.waiting) - 1)]

        self.turns.leave(left)

        self.known.remove(left)
        self._note_who_waits_without_a_slot()

    def _note_who_waits_without_a_slot(self) -> None:
        """Keep the service that others received meanwhile, of those that began before too."""
        hungry = {turn.tenant_uid for turn in self.waiting}
        hungry -= {turn.tenant_uid for turn in self.granted}
        self.passed = {tenant: self.passed.get(tenant, {}) for tenant in hungry}

    @invariant()
    def no_more_slots_are_held_than_there_are(self) -> None:
        assert self.turns.held == len(self.granted) <= TWO.slots

    @invariant()
    def nobody_waits_while_a_slot_is_free(self) -> None:
        assert self.turns.waiting == len(self.waiting)
        assert not self.waiting or self.turns.held == TWO.slots

    @invariant()
    def no_other_tenant_receives_much_service_before_one_that_waits_without_a_slot(self) -> None:
        most = max((n for each in self.passed.values() for n in each.values()), default=0.0)
        assert most <= (3 + TWO.slots) * MOST_SECONDS


TestAnyOrderOfEvents = AnyOrderOfEvents.TestCase
TestAnyOrderOfEvents.settings = settings(max_examples=40, stateful_step_count=60)


def _served(weights: dict[TenantUid, float], rounds: int) -> Counter[TenantUid]:
    """Return how often each tenant is served by one slot while all of them always wait."""
    turns = FairTurns(ONE)
    running = turns.ask(TenantUid("before"))
    for tenant, weight in weights.items():
        for _ in range(2):
            turns.ask(tenant, weight=weight)
    served: Counter[TenantUid] = Counter()
    for _ in range(rounds):
        granted = turns.end(running, 0.1)
        assert granted is not None
        served[granted.tenant_uid] += 1
        turns.ask(granted.tenant_uid, weight=weights[granted.tenant_uid])
        running = granted
    return served


@given(st.integers(1, 8), st.integers(1, 8))
def test_tenants_that_always_wait_are_served_by_their_weights(one: int, other: int) -> None:
    rounds = 20 * (one + other)

    served = _served({A: float(one), B: float(other)}, rounds)

    assert served[A] == pytest.approx(20 * one, abs=2)


def test_a_tenant_alone_may_use_every_slot() -> None:
    turns = FairTurns(TWO)

    taken = [turns.ask(A), turns.ask(A)]

    assert all(turn.granted for turn in taken)


def test_a_tenant_without_a_slot_goes_before_one_with_many_waiting() -> None:
    turns = FairTurns(TWO)
    running, *_ = [turns.ask(A) for _ in range(6)]
    newcomer = turns.ask(B)

    assert turns.end(running, 0.01) is newcomer


def test_a_tenant_with_long_requests_waits_longer_than_one_with_short_ones() -> None:
    turns = FairTurns(ONE)
    running = turns.ask(A)
    long = turns.ask(A)
    short = [turns.ask(B) for _ in range(3)]

    order = [running]
    for seconds in (0.2, 0.1, 0.05, 0.1):
        following = turns.end(order[-1], seconds)
        assert following is not None
        order.append(following)

    assert order == [running, short[0], short[1], short[2], long]


def test_a_tenant_saves_no_turns_up_while_it_is_idle() -> None:
    turns = FairTurns(ONE)
    for _ in range(50):
        turns.end(turns.ask(A), 1.0)
    running = turns.ask(A)
    waiting = [turns.ask(A) for _ in range(3)]
    late = [turns.ask(B) for _ in range(3)]

    order = []
    for _ in range(4):
        following = turns.end(running, 1.0)
        assert following is not None
        order.append(following)
        running = following

    assert order == [late[0], waiting[0], late[1], waiting[1]]


def test_a_tenant_that_keeps_coming_back_does_not_starve_one_that_waits() -> None:
    turns = FairTurns(ONE)
    turns.end(turns.ask(B), 0.25)
    running = turns.ask(C)
    waiting = turns.ask(B)

    for _ in range(4):
        returning = turns.ask(C)
        following = turns.end(running, 0.1)
        assert following is not None
        if following is waiting:
            break
        running = returning

    assert waiting.granted


def test_a_tenant_without_a_slot_goes_before_one_that_has_received_less() -> None:
    turns = FairTurns(TWO)
    turns.end(turns.ask(B), 0.2)
    turns.ask(A)
    running = turns.ask(A)
    turns.ask(A)
    waiting = turns.ask(B)

    assert turns.end(running, 0.001) is waiting


def test_a_long_request_costs_its_tenant_a_bounded_number_of_turns() -> None:
    turns = FairTurns(ONE)
    long = turns.ask(B)
    others = [turns.ask(A) for _ in range(40)]
    waiting = turns.ask(B)

    running = turns.end(long, 600.0)
    for _ in others:
        assert running is not None
        running = turns.end(running, 0.01)
        if running is waiting:
            break

    assert sum(turn.granted for turn in others) == pytest.approx(MOST_SECONDS / 0.01, abs=2)


def test_a_tenant_saves_no_turns_up_while_it_holds_a_slot() -> None:
    turns = FairTurns(Capacity(slots=3, waiting=100, waiting_of_one=50))
    running = turns.ask(A)
    turns.ask(C)
    for _ in range(30):
        turns.end(turns.ask(B), 0.2)
    turns.ask(C)
    for tenant in (*[A] * 8, *[B] * 8):
        turns.ask(tenant)

    order = []
    for _ in range(6):
        following = turns.end(running, 0.2)
        assert following is not None
        order.append(following.tenant_uid)
        running = following

    assert Counter(order) == {A: 4, B: 2}


def test_a_request_under_way_goes_before_its_tenants_new_ones() -> None:
    turns = FairTurns(ONE)
    running = turns.ask(A)
    turns.ask(A)
    resumed = turns.ask(A, resuming=True)

    assert turns.end(running, 0.1) is resumed


def test_a_tenant_that_fills_its_queue_is_told_that_its_share_is_used_up() -> None:
    turns = FairTurns(TWO)
    for _ in range(2 + TWO.waiting_of_one):
        turns.ask(A)

    with pytest.raises(LimitError) as refused:
        turns.ask(A)

    assert refused.value.reason == "share_used_up"
    assert refused.value.retry_after is not None


def test_a_newcomer_to_a_full_server_is_told_that_it_is_not_its_fault() -> None:
    turns = FairTurns(TWO)
    for tenant in (A, A, *[A] * 4, *[B] * 4):
        turns.ask(tenant)

    with pytest.raises(OverloadedError):
        turns.ask(C)


def test_a_tenant_that_gave_up_is_forgotten() -> None:
    turns = FairTurns(ONE)
    running = turns.ask(A)
    waiting = turns.ask(B)

    turns.leave(waiting)

    assert turns.end(running, 1.0) is None
    assert turns.ask(B).granted


def test_weights_are_read_from_text() -> None:
    assert weights_of("acme=3, globex=0.5") == {"acme": 3.0, "globex": 0.5}


@pytest.mark.parametrize(
    "text", ["acme", "acme=", "acme=0", "acme=-1", "acme=nan", "acme=101", "A b=1", "a=1,a=2"]
)
def test_weights_that_mean_nothing_are_refused(text: str) -> None:
    with pytest.raises(MalformedError):
        weights_of(text)
