"""The operator's prices, and what usage costs by them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

from msgspec import Meta, Struct

from ragtenancy.domain.bounds import require_bounds
from ragtenancy.domain.errors import InvalidError
from ragtenancy.domain.usage import UsageRow

Price = Annotated[float, Meta(ge=0, le=1e9)]
Currency = Annotated[str, Meta(pattern=r"\A[A-Z]{3}\Z")]
Amount = Annotated[float, Meta(gt=0, le=1e12)]
ANY_MODEL = "*"
MILLION = 1_000_000
THRESHOLDS = (80, 100)


class ModelPrices(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Prices of a model's tokens, each for a million; `cached_input` defaults to `input`."""

    input: Price = 0.0
    cached_input: Price | None = None
    output: Price = 0.0
    embedding: Price = 0.0


class PriceList(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Prices in one currency; the model `*` stands for those that are not listed.

    `request_units` and `read_units` are prices of a million units.
    """

    currency: Currency
    models: Mapping[str, ModelPrices]
    request_units: Price = 0.0
    read_units: Price = 0.0

    def has(self, model: str) -> bool:
        """Return whether a model has a price."""
        return model in self.models or ANY_MODEL in self.models

    def of(self, model: str) -> ModelPrices:
        """Return a model's prices; nothing is charged for one without."""
        return self.models.get(model) or self.models.get(ANY_MODEL) or ModelPrices()

    def cost(self, rows: Iterable[UsageRow]) -> float:
        """Return what usage costs."""
        return sum(map(self._cost, rows))

    def most(self, model: str, *, prompt: int, completion: int) -> float:
        """Return what an answer of so many tokens costs at most."""
        prices = self.of(model)
        return (prompt * prices.input + completion * prices.output) / MILLION

    def _cost(self, row: UsageRow) -> float:
        counts, prices = row.counts, self.of(row.model)
        cached = prices.input if prices.cached_input is None else prices.cached_input
        charged = (
            (counts.prompt_tokens - counts.cached_tokens) * prices.input
            + counts.cached_tokens * cached
            + counts.completion_tokens * prices.output
            + counts.embedding_tokens * prices.embedding
            + counts.request_units * self.request_units
            + counts.read_units * self.read_units
        )
        return charged / MILLION


class Budget(Struct, frozen=True, kw_only=True):
    """What a client may cost in a month, in the price list's currency.

    When it is used up, `stop` refuses questions and `warn` only sends the event.
    """

    amount: Amount
    action: Literal["stop", "warn"] = "stop"

    def __post_init__(self) -> None:
        """Check the bounds."""
        require_bounds(self, "limits.monthly_budget")

    def reached(self, cost: float) -> tuple[int, ...]:
        """Return the thresholds, in per cent, that a cost has reached."""
        return tuple(each for each in THRESHOLDS if 100 * cost >= each * self.amount)


def priced(prices: PriceList | None, model: str) -> PriceList:
    """Return the prices; raise `InvalidError` unless they have the model's, as a budget needs."""
    if prices is None:
        raise InvalidError(
            "limits.monthly_budget needs the operator's price list.", code="no_price_list"
        )
    if not prices.has(model):
        raise InvalidError(
            "limits.monthly_budget needs a price for the client's model.", code="no_price"
        )
    return prices
