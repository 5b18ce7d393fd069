"""The HTTP service beside the same routes in FastAPI: `make bench-http`.

Both servers run at once, each a process of one worker; the routes are asked in turn, the servers in
rotating order, over kept-alive connections. What comes out is written into docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import machine
import numpy as np
import uvloop
from handbook_corpus import Handbook
from http_load import Load, Streams, anew, get, post, requests, streams
from http_servers import CLIENT, TOKENS, Peer, ScriptedModel, settings
from report import OURS, milliseconds
from table import markdown, put_between

from ragtenancy import RagTenancy

DOCS = Path(__file__).parent.parent / "docs"
SERVERS = Path(__file__).parent / "http_servers.py"
PLAIN = "FastAPI"
CLIENTS = (1, 16, 64)
DOCUMENTS, SECTIONS = 20, 10
QUESTIONS = 40
ANEW = 40
FLOOD, PACED, ARRIVALS, SECONDS = 100, 48, 5, 8
Made = Callable[[int], bytes]


async def prepare(folder: Path) -> list[str]:
    """Fill a data folder with one client's documents; return questions to ask."""
    sections = Handbook(DOCUMENTS * SECTIONS).sections
    async with RagTenancy.open(settings(folder)) as rag:
        created = await rag.create_tenant(CLIENT)
        (folder / "key.txt").write_text(created.api_key)
        tenant = rag.tenant(CLIENT)
        step = max(1, len(sections) // DOCUMENTS)
        for at in range(0, len(sections), step):
            text = "\n\n".join(f"# {s.heading}\n\n" + "\n\n".join(s.chunks) for s in sections[at : at + step])
            path = folder / f"handbook-{at}.md"
            path.write_text(text)
            await tenant.ingest(path)
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


def ask(api_key: str, questions: Sequence[str], *, slowly: bool, mark: str) -> Made:
    """Return streamed questions, each new to the server if `slowly`."""

    def made(number: int) -> bytes:
        question = questions[number % len(questions)]
        if slowly:
            question = f"{question} {mark}{number} slowly?"
        body = {"message": question, "stream": True, "session_id": f"{mark}-{number}"}
        return post("/api/v1/chat", json.dumps(body).encode(), api_key)

    return made


async def measured(peers: Mapping[str, Peer], questions: Sequence[str], options: argparse.Namespace) -> str:
    """Return the tables."""
    made = {name: routes(peer.api_key, questions) for name, peer in peers.items()}
    if options.only:
        made = {name: {r: m for r, m in each.items() if r in options.only} for name, each in made.items()}
    for name, peer in peers.items():
        for route in made[name].values():
            await requests(peer.port, peer.pid, route, clients=4, seconds=0.5)
    found: dict[tuple[str, int, str], list[Load]] = {}
    for round_ in range(options.rounds):
        for route in next(iter(made.values())):
            for clients in CLIENTS:
                names = list(peers)
                for name in names[round_ % 2 :] + names[: round_ % 2]:
                    load = await requests(
                        peers[name].port, peers[name].pid, made[name][route],
                        clients=clients, seconds=options.seconds,
                    )
                    found.setdefault((route, clients, name), []).append(load)
                    print(f"{name}, {route}, {clients}: {load.per_second:,.0f}/s, {load.cpu_per_request*1e6:.0f} us", file=sys.stderr, flush=True)
    kept = {
        (route, name): (
            statistics.median(latency for load in found[route, 1, name] for latency in load.latencies),
            statistics.median(await anew(peers[name].port, made[name][route], ANEW)),
        )
        for route in made[OURS]
        for name in peers
    }
    if options.only:
        return _rates(found, peers)
    flood: dict[str, list[Streams]] = {name: [] for name in peers}
    for round_ in range(options.rounds):
        names = list(peers)
        for name in names[round_ % 2 :] + names[: round_ % 2]:
            peer = peers[name]
            asked = ask(peer.api_key, questions, slowly=False, mark=f"f{round_}")
            flood[name].append(await streams(peer.port, peer.pid, asked, [0.0] * FLOOD))
    paced: dict[str, Streams] = {}
    for name, peer in peers.items():
        asked = ask(peer.api_key, questions, slowly=True, mark="p")
        life = TOKENS / ScriptedModel.PACED
        delays = [life * n / PACED for n in range(PACED)]
        delays += [life + n / ARRIVALS for n in range(ARRIVALS * SECONDS)]
        paced[name] = await streams(peer.port, peer.pid, asked, sorted(delays))
    return "\n\n".join([_rates(found, peers), _kept(kept, peers), _floods(flood), _paced(paced)])


def _rates(found: Mapping[tuple[str, int, str], list[Load]], peers: Mapping[str, Peer]) -> str:
    head = ["route", "connections"]
    for name in peers:
        head += [f"{name}: requests/s", "p50 ms", "p99 ms", "CPU ms"]
    rows = []
    for route, clients in dict.fromkeys((route, clients) for route, clients, _ in found):
        row = [route, str(clients)]
        for name in peers:
            loads = found[route, clients, name]
            latencies = [each * 1000 for load in loads for each in load.latencies]
            row += [
                f"{statistics.median(load.per_second for load in loads):,.0f}",
                milliseconds(float(np.percentile(latencies, 50))),
                milliseconds(float(np.percentile(latencies, 99))),
                milliseconds(statistics.median(load.cpu_per_request for load in loads) * 1000),
            ]
        rows.append(row)
    return markdown(head, rows)


def _kept(kept: Mapping[tuple[str, str], tuple[float, float]], peers: Mapping[str, Peer]) -> str:
    head = ["one client, p50 ms"] + [f"{name}, {how}" for name in peers for how in ("kept alive", "new connection")]
    names = list(dict.fromkeys(route for route, _ in kept))
    rows = [
        [route, *(milliseconds(each * 1000) for name in peers for each in kept[route, name])]
        for route in names
    ]
    return markdown(head, rows)


def _floods(flood: Mapping[str, Sequence[Streams]]) -> str:
    rows = [
        [
            name,
            f"{statistics.median(one.tokens / one.seconds for one in runs):,.0f}",
            f"{statistics.median(one.cpu_seconds / one.tokens for one in runs) * 1e6:.1f}",
        ]
        for name, runs in flood.items()
    ]
    return markdown([f"{FLOOD} streams at once", "tokens/s", "CPU µs a token"], rows)


def _paced(paced: Mapping[str, Streams]) -> str:
    rows = []
    for name, run in paced.items():
        late = [each * 1000 for each in run.first_tokens[PACED:]]
        rows.append([name, *(milliseconds(float(np.percentile(late, p))) for p in (50, 99))])
    return markdown(["first token, ms", "p50", "p99"], rows)


async def main(options: argparse.Namespace) -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        questions = await prepare(folder)
        peers = {
            OURS: stack.enter_context(serving("ours", folder)),
            PLAIN: stack.enter_context(serving("fastapi", folder)),
        }
        print(await measured(peers, questions, options))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--only", nargs="*", help="routes to measure, no streams")
    parser.add_argument("--dry", action="store_true", help="write nothing")
    uvloop.run(main(parser.parse_args()))
