"""Rows of figures as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from interleaving import Times
from msgspec import Struct
from table import markdown

OURS = "**ragtenancy**"


class Section(Struct, kw_only=True):
    """One table: its title, the times by name, and how many of the exact ten each found."""

    title: str
    times: Mapping[str, Times]
    found: Mapping[str, float] = {}

    def text(self) -> str:
        """Return the heading and the table, the fastest first; ratios are against ours."""
        head = ["", "p50 ms", "p99 ms", "p50 relative to ours"]
        if self.found:
            head.append("share of the exact 10")
        rows = [self._row(name) for name in sorted(self.times, key=lambda n: self.times[n].p50)]
        return f"### {self.title}\n\n{markdown(head, rows)}"

    def _row(self, name: str) -> list[str]:
        times = self.times[name]
        ratio = times.p50 / self.times[OURS].p50
        row = [name, milliseconds(times.p50), milliseconds(times.p99), f"{ratio:.2f} x"]
        if self.found:
            row.append(f"{self.found[name]:.2f}" if name in self.found else "-")
        return row


def milliseconds(value: float) -> str:
    """Return a duration to three significant figures."""
    return f"{value:.3f}" if value < 1 else f"{value:.3g}" if value < 1000 else f"{value:.0f}"


def left_out(reasons: Mapping[str, str]) -> str:
    """Return a line that names the missing peers and the reasons."""
    listed: Iterable[str] = (f"{name}: {reason}" for name, reason in reasons.items())
    return f"Not measured: {'; '.join(listed)}." if reasons else "Every peer was measured."
