"""Metrics: counters, gauges and histograms."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol


class Metrics(Protocol):
    """Counters, gauges and histograms; labels never hold a tenant's text."""

    @abstractmethod
    def count(self, name: str, value: float = 1, **labels: str) -> None:
        """Add to a counter."""

    @abstractmethod
    def gauge(self, name: str, value: float, **labels: str) -> None:
        """Set a gauge."""

    @abstractmethod
    def observe(self, name: str, value: float, **labels: str) -> None:
        """Add an observation, in seconds or bytes according to its name."""

    @abstractmethod
    def render(self) -> str:
        """Return all metrics in the Prometheus text format."""
