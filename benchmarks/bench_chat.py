"""The time of a chat turn, beside the same route written plainly: `make bench-chat`.

A question about a machine in a new session, then a follow-up that names nothing, each preceded by
a search for another question. Every question was answered before, by another process, so that the
vectors of its passages' sentences lie in the tenant's file; the vector of the question itself is
forgotten. The routes go in turn, in rotating order, in one process. What comes out is written into
docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

import machine
import numpy as np
from chat_routes import (
    REPLY,
    REWRITE,
    Filled,
    LangChain,
    Ours,
    counted_writes,
    filled,
    ours,
    publish,
)
from chat_spans import Clock, Spans
from handbook_corpus import Asked, Handbook, Section
from report import OURS, milliseconds
from table import markdown, put_between

from ragtenancy.adapters.minilm.model_files import embedded_model
from ragtenancy.adapters.minilm.session import MiniLmEmbedder
from ragtenancy.adapters.openai.chat_models import OpenAIChatModel
from ragtenancy.adapters.openai.client import open_client
from ragtenancy.domain.errors import ConfigurationError
from ragtenancy.ports.chat_models import ChatModel
from tests.openai_server import Body, Reply, completion_reply, openai_server, stream_reply

DOCS = Path(__file__).parent.parent / "docs"
WARM_UPS = 8
SYNCS = 40
LOOPS = 100_000
MODELLED, PLAIN = f"{OURS}, with a model", "LangChain memory, FAISS + BM25"
Route: TypeAlias = Ours | LangChain
NEW = "turn, passages new to the process"
Call = Callable[[], Awaitable[object]]


class Figures:
    """Spans of what was called, by route and by what it was."""

    def __init__(self) -> None:
        self.spans: dict[tuple[str, str], list[Spans]] = {}
        self.first: list[Spans] = []
        self.right = self.asked = 0

    async def time(self, name: str, kind: str, clock: Clock, call: Call) -> object:
        """Call, and keep the spans."""
        with clock.call() as spans:
            given = await call()
        self.spans.setdefault((name, kind), []).append(spans)
        return given

    def p(self, name: str, kind: str, what: str, percent: float = 50) -> float:
        """Return a percentile of `whole`, `own` or `bare`, in milliseconds."""
        values = [getattr(each, what) for each in self.spans[name, kind]]
        return float(np.percentile(values, percent)) * 1000


async def measured(chunks: int, options: argparse.Namespace, embedder: MiniLmEmbedder) -> str:
    """Return the tables of one size."""
    handbook = Handbook(chunks)
    step = max(1, len(handbook.sections) // options.questions)
    chosen = handbook.sections[::step][: options.questions]
    figures, clock = Figures(), Clock()
    corpus = await filled(handbook, embedder)
    print(f"{chunks:,} chunks embedded", flush=True)
    with TemporaryDirectory() as name:
        folder = Path(name)
        async with ours(folder, embedder, clock) as (route, container, scope):
            await publish(container, scope, corpus)
            await _answered_before(route, chosen, figures)
        async with AsyncExitStack() as stack:
            own, _, _ = await stack.enter_async_context(ours(folder, embedder, clock, scope))
            routes: dict[str, Route] = {OURS: own}
            model = await stack.enter_async_context(_scripted_model())
            if model is not None:
                with_model = ours(folder, embedder, clock, scope, model)
                routes[MODELLED] = (await stack.enter_async_context(with_model))[0]
            plain = _plain(corpus, embedder, clock)
            if plain is not None:
                routes[PLAIN] = plain
            await _interleaved(routes, handbook, chosen, figures)
            writes = await _writes(own, handbook)
            sync = _sync(folder)
    return _tables(chunks, figures, routes, writes, sync)


async def _answered_before(route: Ours, chosen: Sequence[Section], figures: Figures) -> None:
    """Answer every question once; the sentences of its passages are encoded then."""
    for number, section in enumerate(chosen):
        asked = _asked(section, number)
        with route.clock.call() as spans:
            await route.turn(asked.question, f"before-{number}")
        figures.first.append(spans)
        await route.turn(asked.follow_up, f"before-{number}")


async def _interleaved(
    routes: Mapping[str, Route], handbook: Handbook, chosen: Sequence[Section], figures: Figures
) -> None:
    warm = handbook.sections[1::7][:WARM_UPS]
    for number, section in enumerate(warm):
        await _one_round(routes, section, f"warm-{number}", number, Figures())
    gc.collect()
    gc.freeze()
    for number, section in enumerate(chosen):
        own = routes[OURS]
        call = _turn(own, _asked(section, number).question, f"new-{number}")
        await figures.time(OURS, NEW, own.clock, call)
    for number, section in enumerate(chosen):
        await _one_round(routes, section, f"s-{number}", number, figures)
    gc.unfreeze()


async def _one_round(
    routes: Mapping[str, Route], section: Section, session: str, number: int, figures: Figures
) -> None:
    """Search, ask and follow up by each route; each gets a search before that nobody times."""
    names = list(routes)
    first = number % len(names)
    asked, searched = _asked(section, number), _asked(section, number + 1)
    for name in names[first:] + names[:first]:
        route, own = routes[name], f"{session}-{len(name)}"
        await route.search(_asked(section, number + 2).question)
        route.forget_questions()
        await figures.time(name, "search", route.clock, _search(route, searched))
        answer = await figures.time(name, "turn", route.clock, _turn(route, asked.question, own))
        await figures.time(name, "follow-up", route.clock, _turn(route, asked.follow_up, own))
        if name == OURS:
            figures.asked += 1
            figures.right += asked.gold in str(answer)


def _asked(section: Section, number: int) -> Asked:
    return section.asked[number % len(section.asked)]


def _search(route: Route, asked: Asked) -> Call:
    return lambda: route.search(asked.question)


def _turn(route: Route, question: str, session: str) -> Call:
    return lambda: route.turn(question, session)


async def _writes(route: Ours, handbook: Handbook) -> tuple[int, int]:
    """Return how many transactions a turn writes durably and undurably."""
    with counted_writes() as writes:
        asked = handbook.sections[0].asked[0]
        await route.turn(asked.question, "counted")
        await route.turn(asked.question, "counted")
    return writes.durable // 2, writes.undurable // 2


def _sync(folder: Path) -> float:
    """Return the median milliseconds in which this disk makes one page durable."""
    taken = []
    with (folder / "sync").open("wb", buffering=0) as file:
        for _ in range(SYNCS):
            file.write(bytes(4096))
            started = time.perf_counter()
            os.fsync(file.fileno())
            taken.append(time.perf_counter() - started)
    return float(np.median(taken)) * 1000


def _tables(
    chunks: int,
    figures: Figures,
    routes: Mapping[str, Route],
    writes: tuple[int, int],
    sync: float,
) -> str:
    head = [
        "",
        "p50 ms",
        "p95 ms",
        "own p50 ms",
        "own p95 ms",
        "no encoding p50 ms",
        "relative to a search",
    ]
    rows = []
    for name in routes:
        base = figures.p(name, "search", "whole")
        for kind in ("search", NEW, "turn", "follow-up"):
            if (name, kind) not in figures.spans:
                continue
            spans = [figures.p(name, kind, "whole", p) for p in (50, 95)]
            spans += [figures.p(name, kind, "own", p) for p in (50, 95)]
            spans += [figures.p(name, kind, "bare")]
            ratio = spans[0] / base
            rows.append([f"{name}: {kind}", *map(milliseconds, spans), f"{ratio:.2f} x"])
    first = float(np.median([each.whole for each in figures.first])) * 1000
    told = (
        f"Of {figures.asked} answers {figures.right} were right. "
        f"A turn wrote {writes[0]} transaction durably and {writes[1]} undurably; "
        f"making a page durable took {milliseconds(sync)} ms, {LOOPS:,} additions in Python "
        f"{milliseconds(_additions())} ms. A first turn over passages that nobody had asked about "
        f"took {milliseconds(first)} ms, most of it for encoding their sentences."
    )
    title = f"### A chat turn, one tenant of {chunks:,} chunks"
    return f"{title}\n\n{markdown(head, rows)}\n\n{told}"


def _additions() -> float:
    """Return the median milliseconds of a fixed work: it tells how busy the machine was."""
    taken = []
    for _ in range(SYNCS):
        started = time.perf_counter()
        total = 0
        for number in range(LOOPS):
            total += number
        taken.append(time.perf_counter() - started)
    return float(np.median(taken)) * 1000


def _plain(corpus: Filled, embedder: MiniLmEmbedder, clock: Clock) -> LangChain | None:
    try:
        return LangChain(corpus, embedder._embed, clock)
    except ImportError as error:
        print(f"  {PLAIN}: skipped, {error.name} is not installed", flush=True)
        return None


@asynccontextmanager
async def _scripted_model() -> AsyncIterator[ChatModel | None]:
    """A model behind OpenAI's protocol on loopback that says one sentence at once."""
    try:
        client = open_client("key", None)
    except ConfigurationError:
        print(f"  {MODELLED}: skipped, openai is not installed", flush=True)
        yield None
        return
    await client.close()
    with openai_server(_said) as server:
        async with open_client("key", server.url) as opened:
            yield OpenAIChatModel(opened, "scripted")


def _said(_path: str, body: Body) -> Reply:
    return stream_reply(REPLY) if body.get("stream") else completion_reply(REWRITE)


def _made_by() -> str:
    given = " ".join(sys.argv[1:])
    command = f'make bench-chat ARGS="{given}"' if given else "make bench-chat"
    names = ["ragtenancy", "numpy", "langgraph", "onnxruntime", "openai", *LangChain.DISTRIBUTIONS]
    return (
        f"Made by `{command}` on {datetime.now(UTC):%Y-%m-%d}: {machine.facts()}.\n"
        f"Versions: {machine.versions(names)}."
    )


async def _sizes(options: argparse.Namespace) -> list[str]:
    embedder = MiniLmEmbedder(embedded_model())
    tables = []
    for chunks in options.chunks:
        tables.append(await measured(chunks, options, embedder))
        print(tables[-1], flush=True)
    return tables


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chunks", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--questions", type=int, default=60)
    parser.add_argument("--dry", action="store_true", help="write nothing")
    options = parser.parse_args()
    text = "\n\n".join([_made_by(), *asyncio.run(_sizes(options))])
    print(_made_by())
    if not options.dry:
        put_between(DOCS / "benchmarks.md", "bench-chat", text)


if __name__ == "__main__":
    main()
