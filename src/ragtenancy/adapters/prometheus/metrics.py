"""Counters, gauges and histograms of this process, in Prometheus' text format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from threading import Lock
from typing import cast

import prometheus_client as prometheus
from prometheus_client.exposition import generate_latest

from ragtenancy.adapters.prometheus.top_clients import TopClients
from ragtenancy.domain.metrics import CLIENT, METRICS, Counter, Gauge, Histogram, Metric
from ragtenancy.ports.metrics import Metrics

CLIENTS = 20
Collector = prometheus.Counter | prometheus.Gauge | prometheus.Histogram
Key = tuple[str, ...]

prometheus.disable_created_metrics()  # type: ignore[no-untyped-call] # it has no annotations


class PrometheusMetrics(Metrics):
    """A registry of its own; `declared` metrics are exposed before they are first used.

    At most `clients` clients have labels of their own; the series of one that loses its label end.
    Any thread may count.
    """

    def __init__(self, declared: Sequence[Metric] = METRICS, *, clients: int = CLIENTS) -> None:
        self._registry = prometheus.CollectorRegistry()
        self._collectors: dict[str, Collector] = {}
        self._labels: dict[str, Sequence[str]] = {}
        self._children: dict[Key, Collector] = {}
        self._clients = TopClients(clients)
        self._most = max(clients, 1)
        self._highest: dict[str, dict[Key, float]] = {}
        self._lock = Lock()
        for metric in declared:
            self._collector(metric)

    def count(self, metric: Counter, value: float = 1, **labels: str) -> None:
        if CLIENT in labels:
            labels = self._counted(labels)
        cast("prometheus.Counter", self._child(metric, labels)).inc(value)

    def gauge(self, metric: Gauge, value: float, **labels: str) -> None:
        cast("prometheus.Gauge", self._child(metric, labels)).set(value)
        if CLIENT in labels:
            self._keep_highest(metric, value, labels)

    def observe(self, metric: Histogram, value: float, **labels: str) -> None:
        cast("prometheus.Histogram", self._child(metric, labels)).observe(value)

    def render(self) -> str:
        return generate_latest(self._registry).decode()

    def _counted(self, labels: Mapping[str, str]) -> dict[str, str]:
        """Count the client once; return the labels with the client's own, or `other`."""
        with self._lock:
            for former in self._clients.counted(labels[CLIENT]):
                self._end(former)
            return {**labels, CLIENT: self._clients.label(labels[CLIENT])}

    def _end(self, client_id: str) -> None:
        """End the series of a client's counters."""
        for name, collector in self._collectors.items():
            if isinstance(collector, prometheus.Counter) and CLIENT in self._labels[name]:
                collector.remove_by_labels({CLIENT: client_id})
        self._children = {k: v for k, v in self._children.items() if client_id not in k[1:]}

    def _keep_highest(self, metric: Gauge, value: float, labels: Mapping[str, str]) -> None:
        """End a client's lowest series of a gauge if there are too many."""
        with self._lock:
            kept = self._highest.setdefault(metric.name, {})
            kept[(metric.name, *labels, *labels.values())] = value
            if len(kept) > self._most:
                lowest = min(kept, key=kept.__getitem__)
                del kept[lowest]
                self._children.pop(lowest, None)
                names = lowest[1 : 1 + len(labels)]
                ended = dict(zip(names, lowest[1 + len(labels) :], strict=True))
                self._collectors[metric.name].remove_by_labels(ended)

    def _child(self, metric: Metric, labels: Mapping[str, str]) -> Collector:
        """Return the collector of a metric for its labels' values; make it if necessary."""
        key = (metric.name, *labels, *labels.values())
        child = self._children.get(key)
        if child is None:
            with self._lock:
                collector = self._collector(metric)
                child = collector.labels(**labels) if labels else collector
                self._children[key] = child
        return child

    def _collector(self, metric: Metric) -> Collector:
        if metric.name not in self._collectors:
            self._labels[metric.name] = metric.labels
            self._collectors[metric.name] = self._made(metric)
        return self._collectors[metric.name]

    def _made(self, metric: Metric) -> Collector:
        if isinstance(metric, Histogram):
            return prometheus.Histogram(
                metric.name,
                metric.help,
                metric.labels,
                buckets=metric.buckets,
                registry=self._registry,
            )
        kind = prometheus.Counter if isinstance(metric, Counter) else prometheus.Gauge
        return kind(metric.name, metric.help, metric.labels, registry=self._registry)
