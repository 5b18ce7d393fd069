"""How fast bulk requests to Cosmos DB follow each other."""

from __future__ import annotations

import math

import pytest

from ragtenancy.adapters.cosmos.traffic import SLOWEST, Pace


class Clock:
    """A clock by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def done(pace: Pace, charge: float) -> None:
    """Send a bulk request of a charge."""
    pace.settle(pace.reserve(), charge)
    pace.spend(charge)


def test_bulk_work_takes_half_of_the_known_throughput(clock: Clock) -> None:
    pace = Pace(400, clock)

    done(pace, 100.0)

    assert pace.wait() == pytest.approx(0.5)


def test_without_a_known_throughput_nothing_waits_before_the_first_refusal(clock: Clock) -> None:
    pace = Pace(None, clock)

    done(pace, 1_000.0)

    assert pace.wait() <= 0


def test_the_first_refusal_sets_the_rate_to_half_of_what_was_spent(clock: Clock) -> None:
    pace = Pace(None, clock)
    done(pace, 300.0)

    pace.throttle(0.0)

    assert pace.rate == pytest.approx(150.0)


def test_refusals_within_a_second_halve_the_rate_once(clock: Clock) -> None:
    pace = Pace(400, clock)

    pace.throttle(0.1)
    clock.now += 0.5
    pace.throttle(0.1)
    once = pace.rate
    clock.now += 0.6
    pace.throttle(0.1)

    assert (once, pace.rate) == (100.0, 50.0)


def test_the_rate_has_a_floor_and_grows_back_to_its_ceiling(clock: Clock) -> None:
    pace = Pace(400, clock)
    for _ in range(10):
        pace.throttle(0.0)
        clock.now += 1
    slowest = pace.rate
    for _ in range(200):
        pace.spend(1.0)
        clock.now += 1

    assert slowest == SLOWEST
    assert pace.rate == 200.0


def test_after_a_refusal_bulk_work_starts_after_the_wait_of_the_refused(clock: Clock) -> None:
    pace = Pace(None, clock)

    pace.throttle(0.3)

    assert pace.wait() > 0.3
    assert not math.isinf(pace.rate)
