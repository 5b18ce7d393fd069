"""Counters of this process, in Prometheus' text format."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from threading import Lock

from msgspec import Struct

from ragtenancy.ports.metrics import Metrics

Labels = tuple[tuple[str, str], ...]

SECONDS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
BYTES = tuple(float(4**power) for power in range(5, 15))


class Histogram(Struct):
    """Observations by bucket, the last one without a bound."""

    bounds: tuple[float, ...]
    buckets: list[int]
    total: float = 0.0

    def observe(self, value: float) -> None:
        """Count one observation."""
        self.buckets[bisect_left(self.bounds, value)] += 1
        self.total += value


class InMemoryMetrics(Metrics):
    """Counters and histograms by name and labels; any thread may count."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._counters: dict[str, dict[Labels, float]] = {}
        self._histograms: dict[str, dict[Labels, Histogram]] = {}

    def count(self, name: str, value: float = 1, **labels: str) -> None:
        key = tuple(sorted(labels.items()))
        with self._lock:
            series = self._counters.setdefault(name, {})
            series[key] = series.get(key, 0.0) + value

    def observe(self, name: str, value: float, **labels: str) -> None:
        key = tuple(sorted(labels.items()))
        with self._lock:
            series = self._histograms.setdefault(name, {})
            if key not in series:
                bounds = BYTES if name.endswith("_bytes") else SECONDS
                series[key] = Histogram(bounds, [0] * (len(bounds) + 1))
            series[key].observe(value)

    def render(self) -> str:
        with self._lock:
            lines = [*self._counter_lines(), *self._histogram_lines()]
        return "".join(f"{line}\n" for line in lines)

    def _counter_lines(self) -> Iterator[str]:
        for name, series in sorted(self._counters.items()):
            yield f"# TYPE {name} counter"
            for labels, value in sorted(series.items()):
                yield f"{name}{_braces(labels)} {_number(value)}"

    def _histogram_lines(self) -> Iterator[str]:
        for name, series in sorted(self._histograms.items()):
            yield f"# TYPE {name} histogram"
            for labels, histogram in sorted(series.items()):
                yield from _series_lines(name, labels, histogram)


def _series_lines(name: str, labels: Labels, histogram: Histogram) -> Iterator[str]:
    seen = 0
    for bound, count in zip((*histogram.bounds, None), histogram.buckets, strict=True):
        seen += count
        until = "+Inf" if bound is None else _number(bound)
        yield f"{name}_bucket{_braces((*labels, ('le', until)))} {seen}"
    yield f"{name}_sum{_braces(labels)} {_number(histogram.total)}"
    yield f"{name}_count{_braces(labels)} {seen}"


def _braces(labels: Labels) -> str:
    inside = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels)
    return f"{{{inside}}}" if inside else ""


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


def _number(value: float) -> str:
    return f"{value:g}" if float(value).is_integer() and abs(value) < 1e6 else repr(float(value))
