"""Reports of usage, with prices."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from msgspec import Struct, structs

from ragtenancy.app.tenant_records import TenantRecords
from ragtenancy.app.usage.tally import SearchTally
from ragtenancy.domain.ids import TenantId
from ragtenancy.domain.prices import PriceList
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.domain.usage import (
    Counts,
    Period,
    UsageBy,
    UsageRow,
    day_of,
    month_to,
    total,
)
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.usage import UsageRepository


class UsageLine(Struct, frozen=True, kw_only=True):
    """The usage of one day, key or model; `name` is empty for none. Without prices, no price."""

    name: str
    counts: Counts
    price: float | None


class UsageReport(Struct, frozen=True, kw_only=True):
    """A tenant's usage in a period; `currency` is that of the prices, None without a list."""

    client_id: TenantId
    period: Period
    by: UsageBy
    currency: str | None
    lines: Sequence[UsageLine]
    total: UsageLine


class OwnUsage(Struct, frozen=True, kw_only=True):
    """A tenant's usage of today and of this month (UTC)."""

    tokens_today: int
    month: Counts


class UsageReports:
    """Reports what tenants used, as stored; this process's tally is stored first."""

    def __init__(
        self,
        tenant_records: TenantRecords,
        usage_repository: UsageRepository,
        search_tally: SearchTally,
        price_list: PriceList | None,
        clock: Clock,
    ) -> None:
        self._tenant_records = tenant_records
        self._usage = usage_repository
        self._tally = search_tally
        self._prices = price_list
        self._clock = clock

    async def of(
        self,
        tenant_id: TenantId,
        *,
        first: date | None = None,
        last: date | None = None,
        by: UsageBy = UsageBy.DAY,
    ) -> UsageReport:
        """Return the usage from `first`, by default that of the month of `last`, to `last`.

        `last` is today by default. Raises `NotFoundError`, `MalformedError`.
        """
        last = last or day_of(self._clock.now())
        period = Period(first or month_to(last).first, last)
        tenant = await self._tenant_records.find(tenant_id)
        await self._tally.store()
        rows = await self._usage.rows(tenant.scope, period)
        names = sorted({by.of(row) for row in rows})
        return UsageReport(
            client_id=tenant_id,
            period=period,
            by=by,
            currency=None if self._prices is None else self._prices.currency,
            lines=[self._line(name, [r for r in rows if by.of(r) == name]) for name in names],
            total=self._line("", rows),
        )

    async def own(self, scope: TenantScope) -> OwnUsage:
        """Return a tenant's usage of today and of this month."""
        today = day_of(self._clock.now())
        rows = await self._usage.rows(scope, month_to(today))
        of_today = total(row for row in rows if row.day == today)
        return OwnUsage(tokens_today=of_today.total_tokens, month=total(rows))

    def _line(self, name: str, rows: Sequence[UsageRow]) -> UsageLine:
        price = None if self._prices is None else round(self._prices.cost(rows), 6)
        return UsageLine(name=name, counts=_rounded(total(rows)), price=price)


def _rounded(counts: Counts) -> Counts:
    return structs.replace(
        counts,
        request_units=round(counts.request_units, 2),
        read_units=round(counts.read_units, 2),
    )
