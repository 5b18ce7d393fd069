"""Admitting turns within a tenant's limits, and recording what they used."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

import structlog

from ragtenancy.app.concurrency import uninterrupted
from ragtenancy.app.webhooks.announcing import Announcements
from ragtenancy.domain.errors import InvalidError, RagTenancyError, UnavailableError
from ragtenancy.domain.ids import ApiKeyId
from ragtenancy.domain.metrics import TOKENS
from ragtenancy.domain.prices import Budget, PriceList, priced
from ragtenancy.domain.tenant_config import EffectiveConfig
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.domain.usage import (
    MONTHLY_BUDGET,
    RESERVED_FOR,
    RESERVED_PROMPT,
    TOKENS_PER_DAY,
    Counts,
    Held,
    Period,
    Reservation,
    Usage,
    UsageRow,
    counts_of,
    day_of,
    month_to,
    next_day,
    next_month,
    require_within,
    total,
)
from ragtenancy.ports.chat_models import ChatModel
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.ids import Ids
from ragtenancy.ports.metrics import Metrics
from ragtenancy.ports.usage import UsageRepository

log = structlog.get_logger(__name__)


class Accounts:
    """Admits a tenant's turns within its limits, and lists what each used.

    Where a limit is set, a turn reserves what it may use at most before it begins; so that, over all
    processes, only the turn that reaches a limit exceeds it.
    """

    def __init__(
        self,
        usage_repository: UsageRepository,
        price_list: PriceList | None,
        chat_model: ChatModel,
        announcements: Announcements,
        metrics: Metrics,
        ids: Ids,
        clock: Clock,
    ) -> None:
        self._usage = usage_repository
        self._prices = price_list
        self._chat_model = chat_model
        self._announcements = announcements
        self._metrics = metrics
        self._ids = ids
        self._clock = clock

    @asynccontextmanager
    async def admitted(self, scope: TenantScope, config: EffectiveConfig) -> AsyncIterator[None]:
        """Admit a turn, and release what it reserved. Raises `LimitError`."""
        limits = config.limits
        if limits.tokens_per_day is None and limits.monthly_budget is None:
            yield
            return
        reserved = await self._reserve(scope, config)
        try:
            yield
        finally:
            await uninterrupted(self._released(scope, reserved, limits.monthly_budget))

    def rows(
        self, key_id: ApiKeyId | None, used: Mapping[str, Usage], *, questions: int = 1
    ) -> Sequence[UsageRow]:
        """Return usage by model; a turn's question counts with the last of them."""
        day, key = day_of(self._clock.now()), key_id or ""
        if not used:
            return [UsageRow(day=day, key_id=key, counts=Counts(questions=questions))]
        *others, last = used
        asked = {last: questions, **dict.fromkeys(others, 0)}
        return [
            UsageRow(
                day=day,
                key_id=key,
                model=model,
                counts=counts_of(used[model], questions=asked[model]),
            )
            for model in used
        ]

    async def add(self, scope: TenantScope, rows: Sequence[UsageRow]) -> None:
        """Record usage that comes with no record of its own, and measure it."""
        await self._usage.add(scope, rows)
        self.measure(scope, rows)

    def measure(self, scope: TenantScope, rows: Sequence[UsageRow]) -> None:
        """Count the tokens of recorded usage in the metrics."""
        for row in rows:
            if row.counts.total_tokens:
                labels = {"model": row.model, "client_id": scope.tenant_id}
                self._metrics.count(TOKENS, row.counts.prompt_tokens, direction="input", **labels)
                self._metrics.count(
                    TOKENS, row.counts.completion_tokens, direction="output", **labels
                )

    async def _reserve(self, scope: TenantScope, config: EffectiveConfig) -> str:
        now = self._clock.now()
        today, reservation = day_of(now), self._reservation(config, now)
        is_budgeted = config.limits.monthly_budget is not None
        period = month_to(today) if is_budgeted else Period(today, today)

        def admit(rows: Sequence[UsageRow], held: Held) -> None:
            self._require_within(config, rows, held)

        reserving = self._usage.reserve(scope, reservation, period, admit, now=now)
        try:
            await uninterrupted(reserving)
        except asyncio.CancelledError:
            await uninterrupted(self._usage.release(scope, reservation.reservation_id))
            raise
        return reservation.reservation_id

    def _reservation(self, config: EffectiveConfig, now: datetime) -> Reservation:
        """Return what a turn may use at most: a full prompt, and the longest answer."""
        longest, cost = config.config.llm_settings.max_tokens, 0.0
        if self._prices is not None:
            cost = self._prices.most(
                self._model(config), prompt=RESERVED_PROMPT, completion=longest
            )
        return Reservation(
            reservation_id=self._ids.new("turn"),
            tokens=RESERVED_PROMPT + longest,
            cost=cost,
            expires_at=now + RESERVED_FOR,
        )

    def _require_within(
        self, config: EffectiveConfig, rows: Sequence[UsageRow], held: Held
    ) -> None:
        """Raise `LimitError` unless a turn may begin."""
        limits, now = config.limits, self._clock.now()
        if limits.tokens_per_day is not None:
            today = [row for row in rows if row.day == day_of(now)]
            require_within(
                TOKENS_PER_DAY,
                used=total(today).total_tokens,
                held=held.tokens,
                limit=limits.tokens_per_day,
                now=now,
                resets=next_day(now),
            )
        budget = limits.monthly_budget
        if budget is not None and budget.action == "stop":
            prices = self._prices_of(config)
            require_within(
                MONTHLY_BUDGET,
                used=prices.cost(rows),
                held=held.cost,
                limit=budget.amount,
                now=now,
                resets=next_month(now),
            )

    def _prices_of(self, config: EffectiveConfig) -> PriceList:
        """Return the prices. Raises `UnavailableError` if the operator removed the model's."""
        try:
            return priced(self._prices, self._model(config))
        except InvalidError as error:
            raise UnavailableError(error.detail, code=error.reason) from error

    def _model(self, config: EffectiveConfig) -> str:
        return config.config.llm_settings.model or self._chat_model.name

    async def _released(self, scope: TenantScope, reserved: str, budget: Budget | None) -> None:
        try:
            await self._usage.release(scope, reserved)
            if budget is not None:
                await self._announce(scope, budget)
        except RagTenancyError as error:
            log.warning("accounts_not_settled", code=error.reason)

    async def _announce(self, scope: TenantScope, budget: Budget) -> None:
        """Announce each threshold that the month's cost has reached, once a month."""
        if self._prices is None:
            return
        today = day_of(self._clock.now())
        cost = self._prices.cost(await self._usage.rows(scope, month_to(today)))
        month = f"{today:%Y-%m}"
        reached = {f"{month} {each}": each for each in budget.reached(cost)}
        if not reached:
            return
        known = await self._usage.marks(scope)
        for name, threshold in reached.items():
            if name not in known:
                await self._announcements.of_budget(scope, month, threshold)
                await self._usage.mark(scope, name)
