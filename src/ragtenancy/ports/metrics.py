"""Counting what happens."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol


class Metrics(Protocol):
    """Counters and histograms; labels never hold what a tenant wrote."""

    @abstractmethod
    def count(self, name: str, value: float = 1, **labels: str) -> None:
        """Add to a counter."""

    @abstractmethod
    def observe(self, name: str, value: float, **labels: str) -> None:
        """Add an observation, in seconds or bytes as the name says."""

    @abstractmethod
    def render(self) -> str:
        """Return everything in Prometheus' text format."""
