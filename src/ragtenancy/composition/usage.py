"""Composition of usage: metering, limits, prices and reports."""

from __future__ import annotations

from contextlib import AsyncExitStack

from ragtenancy.app.usage.tally import FEW_UNITS, SearchTally
from ragtenancy.domain.prices import PriceList
from ragtenancy.domain.usage import UsageTally
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.tenants import TenantRepository
from ragtenancy.ports.usage import UsageRepository
from ragtenancy.settings import Settings


def compose_price_list(settings: Settings) -> PriceList | None:
    """Return the operator's prices, if any. Raises `ConfigurationError` for a wrong file."""
    if settings.prices is None:
        return None
    from ragtenancy.adapters.files.prices import read_prices

    return read_prices(settings.prices)


def compose_search_tally(
    usage_tally: UsageTally,
    usage_repository: UsageRepository,
    tenant_repository: TenantRepository,
    clock: Clock,
    closers: AsyncExitStack,
) -> SearchTally:
    """Compose the tally of searches, which is stored before the stores close."""
    tally = SearchTally(usage_tally, usage_repository, tenant_repository, clock)
    closers.push_async_callback(tally.store, least_units=FEW_UNITS)
    return tally
