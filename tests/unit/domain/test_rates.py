"""Token buckets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragtenancy.domain.rates import TokenBuckets


@given(st.integers(1, 50), st.lists(st.floats(0, 60), max_size=200))
def test_no_minute_admits_more_than_its_tokens_and_those_that_came_back(
    per_minute: int, times: list[float]
) -> None:
    buckets: TokenBuckets[str] = TokenBuckets(10)

    admitted = [time for time in sorted(times) if buckets.take("a", per_minute, time)]

    assert len(admitted) <= per_minute + per_minute * max(times, default=0) / 60


def test_a_steady_rate_within_the_limit_is_never_refused() -> None:
    buckets: TokenBuckets[str] = TokenBuckets(10)

    assert all(buckets.take("a", 60, float(second)) for second in range(300))


def test_a_used_up_bucket_says_when_the_next_token_is_there() -> None:
    buckets: TokenBuckets[str] = TokenBuckets(10)
    taken = [buckets.take("a", 2, 0.0) for _ in range(3)]

    level = buckets.level("a", 2, 10.0)

    assert taken == [True, True, False]
    assert level.left == 0
    assert [level.next_in, level.full_in] == pytest.approx([20, 50])


def test_a_token_taken_in_vain_is_given_back() -> None:
    buckets: TokenBuckets[str] = TokenBuckets(10)
    buckets.take("a", 1, 0.0)

    buckets.give_back("a", 1, 0.0)

    assert buckets.take("a", 1, 0.0)


def test_each_key_has_a_bucket_of_its_own() -> None:
    buckets: TokenBuckets[str] = TokenBuckets(10)
    buckets.take("a", 1, 0.0)

    assert buckets.take("b", 1, 0.0)


def test_time_that_runs_backwards_gains_nothing() -> None:
    buckets: TokenBuckets[str] = TokenBuckets(10)
    buckets.take("a", 1, 100.0)

    assert not buckets.take("a", 1, 50.0)


def test_only_the_most_recent_keys_are_remembered() -> None:
    buckets: TokenBuckets[int] = TokenBuckets(10)

    for number in range(100):
        buckets.take(number, 1, 0.0)

    assert len(buckets) == 10
