"""Metrics that also tally the units of each tenant for its usage."""

from __future__ import annotations

from ragtenancy.domain.ids import TenantId, is_tenant_id
from ragtenancy.domain.metrics import (
    CLIENT,
    COSMOS_UNITS,
    PINECONE_UNITS,
    Counter,
    Gauge,
    Histogram,
)
from ragtenancy.domain.usage import Counts, UsageRow, UsageTally, day_of
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.metrics import Metrics


class TallyingMetrics(Metrics):
    """Metrics of another, with request units and read units added to a tally."""

    def __init__(self, metrics: Metrics, tally: UsageTally, clock: Clock) -> None:
        self._metrics = metrics
        self._tally = tally
        self._clock = clock

    def count(self, metric: Counter, value: float = 1, **labels: str) -> None:
        self._metrics.count(metric, value, **labels)
        if metric is COSMOS_UNITS:
            self._add(labels[CLIENT], Counts(request_units=value))
        elif metric is PINECONE_UNITS:
            self._add(labels[CLIENT], Counts(read_units=value))

    def gauge(self, metric: Gauge, value: float, **labels: str) -> None:
        self._metrics.gauge(metric, value, **labels)

    def observe(self, metric: Histogram, value: float, **labels: str) -> None:
        self._metrics.observe(metric, value, **labels)

    def render(self) -> str:
        return self._metrics.render()

    def _add(self, client_id: str, counts: Counts) -> None:
        if is_tenant_id(client_id):
            row = UsageRow(day=day_of(self._clock.now()), counts=counts)
            self._tally.add(TenantId(client_id), row)
