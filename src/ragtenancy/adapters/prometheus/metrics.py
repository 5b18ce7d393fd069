"""Counters, gauges and histograms of this process, in Prometheus' text format."""

from __future__ import annotations

from threading import Lock

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
)
from prometheus_client.exposition import generate_latest

from ragtenancy.ports.metrics import Metrics

SECONDS_BUCKETS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
BYTES_BUCKETS = tuple(float(4**power) for power in range(5, 15))

disable_created_metrics()  # type: ignore[no-untyped-call] # it has no annotations


class PrometheusMetrics(Metrics):
    """A registry of its own, whose collectors are made when they are first used.

    A name keeps the labels of its first use; any thread may count.
    """

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._counters: dict[str, Counter] = {}
        self._gauges: dict[str, Gauge] = {}
        self._histograms: dict[str, Histogram] = {}
        self._lock = Lock()

    def count(self, name: str, value: float = 1, **labels: str) -> None:
        with self._lock:
            if name not in self._counters:
                self._counters[name] = Counter(
                    name, _help(name), sorted(labels), registry=self._registry
                )
        counter = self._counters[name]
        (counter.labels(**labels) if labels else counter).inc(value)

    def gauge(self, name: str, value: float, **labels: str) -> None:
        with self._lock:
            if name not in self._gauges:
                self._gauges[name] = Gauge(
                    name, _help(name), sorted(labels), registry=self._registry
                )
        gauge = self._gauges[name]
        (gauge.labels(**labels) if labels else gauge).set(value)

    def observe(self, name: str, value: float, **labels: str) -> None:
        with self._lock:
            if name not in self._histograms:
                bounds = BYTES_BUCKETS if name.endswith("_bytes") else SECONDS_BUCKETS
                self._histograms[name] = Histogram(
                    name, _help(name), sorted(labels), registry=self._registry, buckets=bounds
                )
        histogram = self._histograms[name]
        (histogram.labels(**labels) if labels else histogram).observe(value)

    def render(self) -> str:
        return generate_latest(self._registry).decode()


def _help(name: str) -> str:
    return name.replace("_", " ").capitalize()
