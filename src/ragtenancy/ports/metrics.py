"""Metrics: counters, gauges and histograms."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol

from ragtenancy.domain.metrics import Counter, Gauge, Histogram


class Metrics(Protocol):
    """Counters, gauges and histograms of this process; labels never hold a tenant's text.

    Counters keep the `client_id` of those that count most often; the others are `other`.
    """

    @abstractmethod
    def count(self, metric: Counter, value: float = 1, **labels: str) -> None:
        """Add to a counter."""

    @abstractmethod
    def gauge(self, metric: Gauge, value: float, **labels: str) -> None:
        """Set a gauge; of one by `client_id`, the highest values remain."""

    @abstractmethod
    def observe(self, metric: Histogram, value: float, **labels: str) -> None:
        """Add an observation to a histogram."""

    @abstractmethod
    def render(self) -> str:
        """Return all metrics in the Prometheus text format, declared ones with HELP and TYPE."""
