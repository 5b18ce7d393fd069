"""The HTTP service beside the same routes in FastAPI: `make bench-http`.

Both servers run at once, each in one process; the routes are asked in turn, the servers in rotating
order, over kept-alive connections. What comes out is written into docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import machine
import numpy as np
import uvloop
from handbook_corpus import Handbook
from http_load import Load, Streams, anew, get, post, requests, streams
from http_servers import CLIENT, Peer, settings
from report import OURS, milliseconds
from table import markdown, put_between

from ragtenancy import RagTenancy
from ragtenancy.adapters.minilm.model_files import embedded_model
from ragtenancy.adapters.minilm.session import MiniLmEmbedder

DOCS = Path(__file__).parent.parent / "docs"
SERVERS = Path(__file__).parent / "http_servers.py"
PLAIN = "FastAPI"
DISTRIBUTIONS = ("litestar", "fastapi", "starlette", "uvicorn", "httptools", "uvloop")
CLIENTS = (1, 16, 64)
DOCUMENTS, SECTIONS, QUESTIONS = 20, 10, 40
ANEW, ENCODED = 40, 60
FLOOD, PACED, ARRIVALS, SECONDS = 100, 48, 5, 4
Made = Callable[[int], bytes]
Rates = Mapping[tuple[str, int, str], Sequence[Load]]


async def prepare(folder: Path) -> list[str]:
    """Fill a data folder with one client's documents; return questions to ask."""
    sections = Handbook(DOCUMENTS * SECTIONS).sections
    step = max(1, len(sections) // DOCUMENTS)
    async with RagTenancy.open(settings(folder)) as rag:
        created = await rag.create_tenant(CLIENT)
        (folder / "key.txt").write_text(created.api_key)
        for at in range(0, len(sections), step):
            chosen = sections[at : at + step]
            path = folder / f"handbook-{at}.md"
            path.write_text("".join(f"# {s.heading}\n\n{' '.join(s.chunks)}\n\n" for s in chosen))
            await rag.tenant(CLIENT).ingest(path)
    return [f"How much does the {section.heading} weigh?" for section in sections[:QUESTIONS]]


@contextmanager
def serving(name: str, folder: Path) -> Iterator[Peer]:
    """Run a server of `http_servers.py` while the context lasts."""
    command = [sys.executable, str(SERVERS), name, str(folder)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            assert process.stdout is not None
            said = json.loads(process.stdout.readline())
            yield Peer(process.pid, said["port"], said["api_key"])
        finally:
            process.terminate()
            process.wait(timeout=60)


def routes(api_key: str, questions: Sequence[str]) -> Mapping[str, Made]:
    """Return the requests of each route, by number."""
    searches = [
        post("/api/v1/search", json.dumps({"query": each}).encode(), api_key) for each in questions
    ]

    def chat(number: int) -> bytes:
        body = {"message": questions[number % len(questions)], "session_id": f"s-{number}"}
        return post("/api/v1/chat", json.dumps(body).encode(), api_key)

    return {
        "`/livez`": lambda _: get("/livez"),
        "client view": lambda _: get("/api/v1/client", api_key),
        "search": lambda number: searches[number % len(searches)],
        "chat": chat,
    }


def asking(api_key: str, questions: Sequence[str], how: str, mark: str) -> Made:
    """Return requests for streams, each of its own session, `how` of `ScriptedModel`.

    Those answered briefly are each a new question, which must be encoded.
    """

    def made(number: int) -> bytes:
        question = questions[number % len(questions)].removesuffix("?")
        new = f" in version {mark}{number}" if how == "briefly" else ""
        body = {
            "message": f"{question}{new}, {how}?",
            "stream": True,
            "session_id": f"{mark}-{number}",
        }
        return post("/api/v1/chat", json.dumps(body).encode(), api_key)

    return made


class Bench:
    """The servers side by side, and what was measured of each."""

    def __init__(self, peers: Mapping[str, Peer], questions: Sequence[str], seconds: float) -> None:
        self._peers = peers
        self._questions = questions
        self._seconds = seconds
        self.made = {name: routes(peer.api_key, questions) for name, peer in peers.items()}
        self.rates: dict[tuple[str, int, str], list[Load]] = {}
        self.floods: dict[str, list[Streams]] = {name: [] for name in peers}
        self.paced: dict[str, Streams] = {}
        self.kept: dict[tuple[str, str], tuple[float, float]] = {}

    async def warm_up(self) -> None:
        for name, peer in self._peers.items():
            for route in self.made[name].values():
                await requests(peer.port, peer.pid, route, clients=4, seconds=self._seconds)
            asked = asking(peer.api_key, self._questions, "at length", "w")
            await streams(peer.port, peer.pid, asked, [0.0] * len(self._questions))

    async def rate(self, route: str, clients: int, first: int) -> None:
        for name in self._in_turn(first):
            peer = self._peers[name]
            load = await requests(
                peer.port, peer.pid, self.made[name][route], clients=clients, seconds=self._seconds
            )
            self.rates.setdefault((route, clients, name), []).append(load)
            said = f"{load.per_second:,.0f}/s, {load.cpu_per_request * 1e6:,.0f} us"
            print(f"{name}, {route}, {clients}: {said}", file=sys.stderr, flush=True)

    async def connect(self, route: str) -> None:
        """Compare a kept-alive connection with new ones."""
        for name, peer in self._peers.items():
            new = await anew(peer.port, self.made[name][route], ANEW)
            kept = [each for load in self.rates[route, 1, name] for each in load.latencies]
            self.kept[route, name] = statistics.median(kept), statistics.median(new)

    async def flood(self, round_: int) -> None:
        for name in self._in_turn(round_):
            peer = self._peers[name]
            asked = asking(peer.api_key, self._questions, "at length", f"f{round_}")
            self.floods[name].append(await streams(peer.port, peer.pid, asked, [0.0] * FLOOD))

    async def pace(self) -> None:
        """Ask new questions beside streams at a model's pace, all of which last as long."""
        beside = [3 * number / PACED for number in range(PACED)]
        new = [4.0 + number / ARRIVALS for number in range(ARRIVALS * SECONDS)]
        for name, peer in self._peers.items():
            slowly = asking(peer.api_key, self._questions, "slowly", "p")
            briefly = asking(peer.api_key, self._questions, "briefly", "n")
            self.paced[name], _ = await asyncio.gather(
                streams(peer.port, peer.pid, briefly, new),
                streams(peer.port, peer.pid, slowly, beside),
            )

    def _in_turn(self, first: int) -> Sequence[str]:
        names = list(self._peers)
        return names[first % len(names) :] + names[: first % len(names)]


async def encoding(questions: Sequence[str]) -> float:
    """Return the median milliseconds of encoding a question, with nothing else to do."""
    embedder, taken = MiniLmEmbedder(embedded_model()), []
    for number in range(ENCODED):
        started = time.perf_counter()
        await embedder.embed([f"{questions[number % len(questions)]} {number}"])
        taken.append((time.perf_counter() - started) * 1000)
    return statistics.median(taken)


def rates_table(rates: Rates, peers: Sequence[str]) -> str:
    """Return requests per second, latencies and processor time, by route and connections."""
    head = ["route", "connections"]
    for name in peers:
        head += [f"{name}: requests/s", "p50 ms", "p99 ms", "CPU ms"]
    rows = [
        [
            route,
            str(clients),
            *(cell for name in peers for cell in _cells(rates[route, clients, name])),
        ]
        for route, clients in dict.fromkeys((route, clients) for route, clients, _ in rates)
    ]
    return markdown(head, rows)


def _cells(loads: Sequence[Load]) -> list[str]:
    latencies = [each * 1000 for load in loads for each in load.latencies]
    return [
        f"{statistics.median(load.per_second for load in loads):,.0f}",
        milliseconds(float(np.percentile(latencies, 50))),
        milliseconds(float(np.percentile(latencies, 99))),
        milliseconds(statistics.median(load.cpu_per_request for load in loads) * 1000),
    ]


def kept_table(kept: Mapping[tuple[str, str], tuple[float, float]], peers: Sequence[str]) -> str:
    """Return a request's median on a kept-alive connection and on a new one."""
    head = ["one client, p50 ms", *(f"{n}, {how}" for n in peers for how in ("kept alive", "new"))]
    rows = [
        [route, *(milliseconds(each * 1000) for name in peers for each in kept[route, name])]
        for route in dict.fromkeys(route for route, _ in kept)
    ]
    return markdown(head, rows)


def streams_table(bench: Bench, encoded: float) -> str:
    """Return the tokens per second of a flood, and the first tokens beside paced streams."""
    head = [
        "streams",
        f"tokens/s, {FLOOD} at once",
        "CPU µs a token",
        f"first token p50 ms, {PACED} paced",
        "p99 ms",
    ]
    rows = []
    for name, runs in bench.floods.items():
        late = [each * 1000 for each in bench.paced[name].first_tokens]
        rows.append(
            [
                name,
                f"{statistics.median(one.tokens / one.seconds for one in runs):,.0f}",
                f"{statistics.median(one.cpu_seconds / one.tokens for one in runs) * 1e6:.1f}",
                *(milliseconds(float(np.percentile(late, p))) for p in (50, 99)),
            ]
        )
    said = f"Encoding a question alone takes {milliseconds(encoded)} ms, which is part of the first token."
    return f"{markdown(head, rows)}\n\n{said}"


async def main(options: argparse.Namespace) -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        questions = await prepare(folder)
        encoded = await encoding(questions)
        peers = {
            OURS: stack.enter_context(serving("ours", folder)),
            PLAIN: stack.enter_context(serving("fastapi", folder)),
        }
        bench = Bench(peers, questions, options.seconds)
        await bench.warm_up()
        chosen = options.only or list(bench.made[OURS])
        for round_ in range(options.rounds):
            for route in chosen:
                for clients in CLIENTS:
                    await bench.rate(route, clients, round_)
        tables = [rates_table(bench.rates, list(peers))]
        if not options.only:
            for route in chosen:
                await bench.connect(route)
            for round_ in range(options.rounds):
                await bench.flood(round_)
            await bench.pace()
            tables += [kept_table(bench.kept, list(peers)), streams_table(bench, encoded)]
    about = f"{machine.facts()}. {machine.versions(DISTRIBUTIONS)}."
    text = "\n\n".join([*tables, about])
    print(text)
    if not options.dry and not options.only:
        put_between(DOCS / "benchmarks.md", "bench-http", f"\n{text}\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each measurement")
    parser.add_argument("--only", nargs="*", help="these routes alone; writes nothing")
    parser.add_argument("--dry", action="store_true", help="write nothing")
    uvloop.run(main(parser.parse_args()))
