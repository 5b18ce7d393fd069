"""Counters, gauges and histograms of this process, in Prometheus' text format."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from threading import Lock
from typing import cast

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
)
from prometheus_client.exposition import generate_latest

from ragtenancy.ports.metrics import Metrics

Collector = Counter | Gauge | Histogram
SECONDS_BUCKETS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
BYTES_BUCKETS = tuple(float(4**power) for power in range(5, 15))

disable_created_metrics()  # type: ignore[no-untyped-call] # it has no annotations


class PrometheusMetrics(Metrics):
    """A registry of its own, whose collectors are made when they are first used.

    A name keeps the labels of its first use; any thread may count.
    """

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._collectors: dict[str, Collector] = {}
        self._children: dict[tuple[str, ...], Collector] = {}
        self._lock = Lock()

    def count(self, name: str, value: float = 1, **labels: str) -> None:
        child = self._children.get((name, *labels, *labels.values()))
        if child is None:
            child = self._child(name, labels, Counter)
        cast("Counter", child).inc(value)

    def gauge(self, name: str, value: float, **labels: str) -> None:
        child = self._children.get((name, *labels, *labels.values()))
        if child is None:
            child = self._child(name, labels, Gauge)
        cast("Gauge", child).set(value)

    def observe(self, name: str, value: float, **labels: str) -> None:
        child = self._children.get((name, *labels, *labels.values()))
        if child is None:
            bounds = BYTES_BUCKETS if name.endswith("_bytes") else SECONDS_BUCKETS
            child = self._child(name, labels, partial(Histogram, buckets=bounds))
        cast("Histogram", child).observe(value)

    def _child(
        self, name: str, labels: dict[str, str], make: Callable[..., Collector]
    ) -> Collector:
        """Return the collector of a name for its labels' values; make both if necessary."""
        with self._lock:
            if name not in self._collectors:
                self._collectors[name] = make(
                    name, _help(name), sorted(labels), registry=self._registry
                )
            collector = self._collectors[name]
        child = collector.labels(**labels) if labels else collector
        self._children[name, *labels, *labels.values()] = child
        return child

    def render(self) -> str:
        return generate_latest(self._registry).decode()


def _help(name: str) -> str:
    return name.replace("_", " ").capitalize()
