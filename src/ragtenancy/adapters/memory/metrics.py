"""Counters of this process."""

from __future__ import annotations

from collections import defaultdict

from ragtenancy.ports.metrics import Metrics

Labels = tuple[tuple[str, str], ...]
PREFIX = "ragtenancy_"


class InMemoryMetrics(Metrics):
    """Counts, and sums with counts of observations, rendered as Prometheus text."""

    def __init__(self) -> None:
        self._counts: dict[str, dict[Labels, float]] = defaultdict(lambda: defaultdict(float))
        self._sums: dict[str, dict[Labels, list[float]]] = defaultdict(dict)

    def count(self, name: str, value: float = 1, **labels: str) -> None:
        """Add to a counter."""
        self._counts[name][tuple(sorted(labels.items()))] += value

    def observe(self, name: str, value: float, **labels: str) -> None:
        """Add an observation."""
        total = self._sums[name].setdefault(tuple(sorted(labels.items())), [0.0, 0.0])
        total[0] += value
        total[1] += 1

    def render(self) -> str:
        """Return everything in Prometheus' text format."""
        lines: list[str] = []
        for name, series in sorted(self._counts.items()):
            lines.append(f"# TYPE {PREFIX}{name} counter")
            lines += [f"{PREFIX}{name}{_shown(k)} {v:g}" for k, v in sorted(series.items())]
        for name, totals in sorted(self._sums.items()):
            lines.append(f"# TYPE {PREFIX}{name} summary")
            for key, (total, number) in sorted(totals.items()):
                lines.append(f"{PREFIX}{name}_sum{_shown(key)} {total:.6g}")
                lines.append(f"{PREFIX}{name}_count{_shown(key)} {number:g}")
        return "\n".join(lines) + "\n"


def _shown(labels: Labels) -> str:
    if not labels:
        return ""
    inner = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels)
    return "{" + inner + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
