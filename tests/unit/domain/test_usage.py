"""Usage, periods, limits and prices."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from ragtenancy.domain.errors import InvalidError, LimitError, MalformedError
from ragtenancy.domain.prices import Budget, ModelPrices, PriceList, priced
from ragtenancy.domain.usage import (
    RETENTION,
    Counts,
    Held,
    Period,
    Reservation,
    Usage,
    UsageRow,
    UsageTally,
    counts_of,
    day_of,
    held_by,
    merged,
    month_to,
    next_day,
    next_month,
    require_within,
    total,
)
from tests.factories import ACME

DAY = date(2026, 1, 31)
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
GPT = ModelPrices(input=2.0, cached_input=0.5, output=8.0)
PRICES = PriceList(
    currency="EUR",
    models={"gpt": GPT, "e5": ModelPrices(embedding=0.1)},
    request_units=0.25,
    read_units=16.0,
)


def row(model: str = "gpt", day: date = DAY, key_id: str = "", **counts: float) -> UsageRow:
    return UsageRow(day=day, key_id=key_id, model=model, counts=Counts(**counts))  # type: ignore[arg-type]


def test_rows_of_one_day_key_and_model_become_one() -> None:
    rows = [row(questions=1), row(key_id="k", questions=2), row(questions=4, bytes=8)]

    assert merged(rows) == (row(questions=5, bytes=8), row(key_id="k", questions=2))
    assert total(rows) == Counts(questions=7, bytes=8)


def test_tokens_of_a_model_become_counts() -> None:
    usage = Usage(prompt_tokens=5, completion_tokens=4, cached_tokens=3, reasoning_tokens=2)

    counts = counts_of(usage, questions=1)

    assert counts == Counts(
        questions=1, prompt_tokens=5, completion_tokens=4, cached_tokens=3, reasoning_tokens=2
    )
    assert counts.total_tokens == usage.total_tokens == 9


@pytest.mark.parametrize(
    ("now", "day", "month"),
    [
        (NOON, datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)),
        (
            datetime(2026, 12, 1, tzinfo=UTC),
            datetime(2026, 12, 2, tzinfo=UTC),
            datetime(2027, 1, 1, tzinfo=UTC),
        ),
        (
            datetime(2028, 2, 28, 23, 59, 59, tzinfo=UTC),
            datetime(2028, 2, 29, tzinfo=UTC),
            datetime(2028, 3, 1, tzinfo=UTC),
        ),
    ],
)
def test_days_and_months_begin_at_midnight_utc(
    now: datetime, day: datetime, month: datetime
) -> None:
    assert (next_day(now), next_month(now)) == (day, month)


def test_the_day_is_that_of_utc() -> None:
    east = datetime.fromisoformat("2026-02-01T01:00:00+02:00")

    assert day_of(east) == DAY
    assert month_to(DAY) == Period(date(2026, 1, 1), DAY)


@pytest.mark.parametrize(
    "first", [DAY + timedelta(days=1), DAY - RETENTION - timedelta(days=1)], ids=["after", "long"]
)
def test_a_period_has_an_order_and_an_end(first: date) -> None:
    with pytest.raises(MalformedError):
        Period(first, DAY)


def test_a_period_of_the_whole_retention_is_accepted() -> None:
    assert Period(DAY - RETENTION, DAY).last == DAY


def test_an_expired_reservation_holds_nothing() -> None:
    ended = Reservation(reservation_id="a", tokens=1, cost=1.0, expires_at=NOON)
    live = Reservation(
        reservation_id="b", tokens=2, cost=0.5, expires_at=NOON + timedelta(seconds=1)
    )

    assert held_by([ended, live], NOON) == Held(2, 0.5)


def within(used: float, held: float) -> None:
    """Check a limit of ten tokens a day."""
    require_within(
        "tokens_per_day", used=used, held=held, limit=10, now=NOON, resets=next_day(NOON)
    )


def test_a_turn_begins_while_what_is_used_and_held_is_below_the_limit() -> None:
    within(used=4, held=5)


@pytest.mark.parametrize(
    ("used", "held", "retry_after"), [(10, 0, 43_200.0), (11, 5, 43_200.0), (4, 6, 2.0)]
)
def test_a_reached_limit_says_when_to_try_again(
    used: float, held: float, retry_after: float
) -> None:
    with pytest.raises(LimitError) as raised:
        within(used, held)

    assert (raised.value.reason, raised.value.retry_after) == ("tokens_per_day", retry_after)


def test_what_is_cached_has_its_own_price() -> None:
    used = row(prompt_tokens=1_000_000, cached_tokens=400_000, completion_tokens=500_000)

    assert PRICES.cost([used]) == pytest.approx(0.6 * 2.0 + 0.4 * 0.5 + 0.5 * 8.0)


def test_without_a_price_of_its_own_what_is_cached_costs_as_the_rest() -> None:
    prices = PriceList(currency="EUR", models={"*": ModelPrices(input=2.0)})

    assert prices.cost([row("any", prompt_tokens=1_000_000, cached_tokens=400_000)]) == 2.0


def test_embeddings_and_units_have_prices() -> None:
    used = [
        row("e5", embedding_tokens=2_000_000),
        row("", request_units=1_000_000.0, read_units=500_000.0),
    ]

    assert PRICES.cost(used) == pytest.approx(0.2 + 0.25 + 8.0)


def test_a_budget_needs_a_price_of_the_model() -> None:
    anything = PriceList(currency="EUR", models={"*": ModelPrices()})

    assert priced(anything, "unheard-of") is anything
    assert priced(PRICES, "gpt") is PRICES
    with pytest.raises(InvalidError, match="price for the client's model"):
        priced(PRICES, "unheard-of")
    with pytest.raises(InvalidError, match="price list"):
        priced(None, "gpt")


@pytest.mark.parametrize(
    ("cost", "reached"),
    [(7.99, ()), (8.0, (80,)), (9.99, (80,)), (10.0, (80, 100)), (20.0, (80, 100))],
)
def test_a_budget_has_two_thresholds(cost: float, reached: tuple[int, ...]) -> None:
    assert Budget(amount=10.0).reached(cost) == reached


@pytest.mark.parametrize("given", [{"amount": 0}, {"amount": -1}, {"amount": 5, "action": "ask"}])
def test_a_budget_is_within_its_bounds(given: Mapping[str, Any]) -> None:
    with pytest.raises(MalformedError):
        Budget(**given)


def test_what_is_taken_from_the_tally_is_gone() -> None:
    tally = UsageTally()
    tally.add(ACME.tenant_id, row(searches=1), ACME.tenant_uid)
    tally.add(ACME.tenant_id, row(searches=1), ACME.tenant_uid)
    tally.add(ACME.tenant_id, row("", request_units=2.5))

    taken = tally.take()

    assert list(taken[ACME.tenant_id, ACME.tenant_uid]) == [row(searches=2)]
    assert list(taken[ACME.tenant_id, None]) == [row("", request_units=2.5)]
    assert tally.take() == {}
