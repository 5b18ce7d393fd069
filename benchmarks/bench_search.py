"""Our search beside its peers: `make bench-search`; with `--plot` over growing sizes.

All get the question's text and vector. Every question is new to every engine, no engine keeps
results, and questions go to the engines in turn, in rotating order, in one process. A figure is
the median of the rounds' own. What comes out is written into docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import machine
from peers import Peers
from report import OURS, Section, left_out, milliseconds
from sections import Bench, Pace
from svg_plot import Line, drawn
from table import markdown, put_between
from zipf_corpus import Corpus

DOCS = Path(__file__).parent.parent / "docs"
PICTURE = DOCS / "benchmarks" / "latency.svg"
SIZES = (1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000)
CHUNKS_OF_MANY = 1_000


async def tables(asked: argparse.Namespace) -> str:
    """Return the tables of the sizes asked for, of many tenants, and of cold starts."""
    peers = Peers(asked.budget, asked.peers)
    corpus = Corpus(max(*asked.chunks, asked.tenants * CHUNKS_OF_MANY, 0))
    bench = Bench(corpus, peers, Pace(rounds=asked.rounds, questions=asked.questions))
    sections: list[Section] = []
    cold: list[list[str]] = []
    for chunks in asked.chunks:
        found, row = await bench.legs_and_whole(chunks)
        sections += found
        cold.append(row)
    if asked.tenants:
        sections.append(await bench.whole(asked.tenants, CHUNKS_OF_MANY))
    texts = [section.text() for section in sections]
    if cold:
        head = ["", "median ms", "slowest ms"]
        texts.append(f"### A cold tenant's first question (ours)\n\n{markdown(head, cold)}")
    return "\n\n".join([_made_by(peers), *texts])


async def growth(asked: argparse.Namespace) -> str:
    """Draw the whole search over growing sizes; return the figures as a table."""
    peers = Peers(asked.budget, asked.peers)
    sizes = [size for size in SIZES if size <= asked.max_chunks]
    corpus = Corpus(max(sizes))
    bench = Bench(corpus, peers, Pace(rounds=asked.rounds, questions=asked.questions))
    points: dict[str, dict[int, float]] = {}
    for size in sizes:
        section = await bench.whole(1, size)
        for name, times in section.times.items():
            points.setdefault(name, {})[size] = times.p50
        if not asked.dry:
            _draw(points)
    head = ["p50 ms at chunks", *(f"{size:,}" for size in sizes)]
    rows = [[name, *(_cell(own, size) for size in sizes)] for name, own in points.items()]
    return f"{_made_by(peers)}\n\n{markdown(head, rows)}"


def _draw(points: Mapping[str, Mapping[int, float]]) -> None:
    lines = [
        Line(name=name.replace("*", ""), points=own, ours=name == OURS)
        for name, own in points.items()
    ]
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(drawn(lines), encoding="utf-8")


def _cell(points: Mapping[int, float], size: int) -> str:
    return milliseconds(points[size]) if size in points else "-"


def _made_by(peers: Peers) -> str:
    """Return what made the figures: the command, the day, the machine, the versions."""
    target, options = ("bench-plot" if "--plot" in sys.argv else "bench-search"), sys.argv[1:]
    given = " ".join(option for option in options if option != "--plot")
    command = f'make {target} ARGS="{given}"' if given else f"make {target}"
    return "\n".join(
        [
            f"Made by `{command}` on {datetime.now(UTC):%Y-%m-%d}: {machine.facts()}.",
            f"Versions: {machine.versions(peers.distributions)}.",
            left_out(peers.left_out),
        ]
    )


def arguments() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chunks", type=int, nargs="*", default=[1_000, 10_000])
    parser.add_argument("--tenants", type=int, default=100, help="of 1,000 chunks, asked in turn")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--questions", type=int, default=40, help="in each round")
    parser.add_argument("--budget", type=float, default=120, help="seconds for each peer")
    parser.add_argument("--peers", nargs="*", metavar="NAME", help="these alone, e.g. txtai")
    parser.add_argument("--plot", action="store_true", help="draw growing sizes instead")
    parser.add_argument("--max-chunks", type=int, default=SIZES[-1])
    parser.add_argument("--dry", action="store_true", help="write nothing")
    return parser.parse_args()


def main() -> None:
    """Measure, print and write."""
    asked = arguments()
    marker = "bench-search-plot" if asked.plot else "bench-search"
    text = asyncio.run((growth if asked.plot else tables)(asked))
    print(text)
    if not asked.dry:
        put_between(DOCS / "benchmarks.md", marker, text)


if __name__ == "__main__":
    main()
