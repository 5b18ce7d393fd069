"""A picture of lines over two logarithmic axes, as SVG."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

from msgspec import Struct

WIDTH, HEIGHT = 900, 560
LEFT, RIGHT, TOP, BOTTOM = 84, 220, 30, 60
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9", "#8c6d1f", "#666666")
STYLE = (
    "text{font:13px sans-serif;fill:#333}.grid{stroke:#ddd}"
    "polyline{fill:none;stroke-width:2}.ours{stroke-width:4}"
    "@media (prefers-color-scheme:dark){svg{background:#16181d}text{fill:#ddd}.grid{stroke:#444}}"
)


class Line(Struct, frozen=True, kw_only=True):
    """Milliseconds by chunks; ours is drawn thicker."""

    name: str
    points: Mapping[int, float]
    ours: bool = False


class Scale(Struct, frozen=True):
    """Maps low..high, both powers of ten's logarithms, to pixels."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Return the pixel of a value."""
        share = (math.log10(value) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def powers(self) -> list[float]:
        """Return the powers of ten on the axis."""
        return [10.0**power for power in range(math.ceil(self.low), math.floor(self.high) + 1)]


def drawn(lines: Sequence[Line]) -> str:
    """Return the SVG of latency over chunks; every line has a point."""
    sizes = [size for line in lines for size in line.points]
    times = [time for line in lines for time in line.points.values()]
    across = Scale(
        math.log10(min(sizes)), math.log10(max(*sizes, 10 * min(sizes))), LEFT, WIDTH - RIGHT
    )
    up = Scale(
        math.floor(math.log10(min(times))),
        math.ceil(math.log10(max(times))),
        HEIGHT - BOTTOM,
        TOP,
    )
    body = [*_grid(across, up), *_lines(lines, across, up)]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
            "<title>Milliseconds of a hybrid search (p50) over chunks of one tenant</title>",
            f"<style>{STYLE}</style>",
            *body,
            "</svg>\n",
        ]
    )


def _grid(across: Scale, up: Scale) -> list[str]:
    marks = []
    for value in across.powers():
        x = across.at(value)
        marks.append(f'<path class="grid" d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}"/>')
        marks.append(_text(x, HEIGHT - BOTTOM + 20, f"{value:,.0f}", "middle"))
    for value in up.powers():
        y = up.at(value)
        marks.append(f'<path class="grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
        marks.append(_text(LEFT - 8, y + 4, f"{value:,g} ms", "end"))
    middle = (LEFT + WIDTH - RIGHT) / 2
    marks.append(_text(middle, HEIGHT - 12, "chunks of one tenant (384 dimensions)", "middle"))
    return marks


def _lines(lines: Sequence[Line], across: Scale, up: Scale) -> list[str]:
    """Return each line with its name beside its end, names kept apart."""
    marks = []
    ends = sorted(range(len(lines)), key=lambda n: up.at(lines[n].points[max(lines[n].points)]))
    lowest = -math.inf
    for number in ends:
        line, colour = lines[number], COLOURS[number % len(COLOURS)]
        pixels = [(across.at(size), up.at(time)) for size, time in sorted(line.points.items())]
        joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in pixels)
        kind = ' class="ours"' if line.ours else ""
        marks.append(f'<polyline{kind} stroke="{colour}" points="{joined}"/>')
        marks += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in pixels]
        x, y = pixels[-1]
        lowest = max(y + 4, lowest + 15)
        marks.append(_text(WIDTH - RIGHT + 14, lowest, line.name, "start", colour))
        marks.append(
            f'<path d="M{x + 5:.1f} {y:.1f}L{WIDTH - RIGHT + 10} {lowest - 4:.1f}" '
            f'stroke="{colour}" stroke-dasharray="2 3" fill="none"/>'
        )
    return marks


def _text(x: float, y: float, text: str, anchor: str, colour: str = "") -> str:
    style = f' style="fill:{colour}"' if colour else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{style}>{escape(text)}</text>'
