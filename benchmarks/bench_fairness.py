"""What a flooding client costs its neighbour: `make bench-fairness`.

Two servers on one installation serve a victim, which sends a few requests a second, and a flood,
which keeps ten times its share of requests under way. Each kind of load is measured in rounds of
three phases: the victim alone, the flood alone, both. The table is written into docs/benchmarks.md,
its worst figures into docs/security-report.md.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

import machine  # noqa: E402
from fairness_load import Load, Outcome  # noqa: E402
from handbook_corpus import Handbook  # noqa: E402
from table import markdown, put_between  # noqa: E402

from ragtenancy.container import Container  # noqa: E402
from ragtenancy.domain.api_keys import compose  # noqa: E402
from ragtenancy.domain.ids import ApiKeyId, TenantId  # noqa: E402
from ragtenancy.domain.tenant_config import TenantConfig  # noqa: E402
from ragtenancy.domain.tenants import TenantScope  # noqa: E402
from ragtenancy.http.bad_keys import BadKeys  # noqa: E402
from ragtenancy.http.gate import Gate  # noqa: E402
from ragtenancy.settings import Settings  # noqa: E402
from scripts.security_report import record  # noqa: E402
from tests.openai_server import Body, Reply, openai_server, stream_reply  # noqa: E402
from tests.process.cloud import cloud  # noqa: E402
from tests.process.running import Server, serving, succeeded, upload  # noqa: E402

LOAD = ROOT / "benchmarks" / "fairness_load.py"
DOCS = ROOT / "docs" / "benchmarks.md"
KINDS = ("search", "chat", "upload", "stream", "bad keys")
SECTIONS, DOCUMENTS = 200, 10
FLOOD, BAD = 32, 64  # connections
PAUSE = 0.1
WARM_UP_SECONDS = 2.0
TOKENS, TOKEN_SECONDS = 20, 0.02
MAX_ADMISSION = 50.0  # microseconds
TARGETS = {"p95": 2.0, "p99": 2.0, "flood": 0.7, "whole": 0.9}
LIMITS = {"max_pending_jobs": 10**9, "max_documents": 10**9}


class Figures(Struct, kw_only=True):
    """The outcomes of one kind's phases, of all rounds."""

    kind: str
    solo: list[Outcome]
    flood_alone: list[Outcome]
    victim: list[Outcome]
    flood: list[Outcome]

    def at(self, percent: float) -> tuple[float, float]:
        """Return a percentile of the victim alone and beside the flood, in seconds."""
        alone, beside = _joined(self.solo), _joined(self.victim)
        return float(np.percentile(alone, percent)), float(np.percentile(beside, percent))

    @property
    def flood_kept(self) -> float:
        """The share of its requests alone that the flood completes beside the victim."""
        return _rate(self.flood) / (_rate(self.flood_alone) or 1)

    @property
    def whole_kept(self) -> float:
        """The throughput of both beside each other, relative to the flood's alone."""
        return (_rate(self.flood) + _rate(self.victim)) / (_rate(self.flood_alone) or 1)

    @property
    def ratios(self) -> Mapping[str, float]:
        (a95, b95), (a99, b99) = self.at(95), self.at(99)
        found = {"p95": b95 / a95, "p99": b99 / a99}
        if self.kind != "bad keys":
            found |= {"flood": self.flood_kept, "whole": self.whole_kept}
        return found

    @property
    def holds(self) -> bool:
        return all(
            value <= TARGETS[name] if name.startswith("p") else value >= TARGETS[name]
            for name, value in self.ratios.items()
        )

    def row(self) -> list[str]:
        ratios = self.ratios
        shown = [
            f"{ratios[name]:.2f}" if name in ratios else "-"
            for name in ("p95", "p99", "flood", "whole")
        ]
        refused = sum(
            number
            for outcome in self.victim
            for status, number in outcome.statuses.items()
            if not status.startswith("2")
        )
        p50, p95 = self.at(50), self.at(95)
        times = [f"{1000 * each:.1f}" for each in (p50[0], p50[1], p95[0], p95[1])]
        return [self.kind, *times, *shown, str(refused), "yes" if self.holds else "no"]


HEAD = [
    "load of both",
    *("p50 alone, ms", "p50 beside, ms", "p95 alone, ms", "p95 beside, ms"),
    *("p95", "p99", "flood", "whole", "victim's errors", "in bounds"),
]


def measured(kind: str, loads: Mapping[str, Load], rounds: int) -> Figures:
    """Measure one kind of load."""
    found = Figures(kind=kind, solo=[], flood_alone=[], victim=[], flood=[])
    for load in loads.values():  # what is loaded with the first request is not measured
        together(msgspec.structs.replace(load, seconds=WARM_UP_SECONDS, pause=0.0))
    for _ in range(rounds):
        found.solo += together(loads["victim"])
        found.flood_alone += together(loads["flood"])
        victim, flood = together(loads["victim"], loads["flood"])
        found.victim.append(victim)
        found.flood.append(flood)
    return found


def together(*loads: Load) -> list[Outcome]:
    """Send loads at once, each from a process of its own."""
    processes = []
    for load in loads:
        process = subprocess.Popen(
            [sys.executable, str(LOAD)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert process.stdin is not None
        process.stdin.write(msgspec.json.encode(load))
        process.stdin.close()
        processes.append(process)
    outcomes = []
    for process in processes:
        assert process.stdout is not None
        outcomes.append(msgspec.json.decode(process.stdout.read(), type=Outcome))
        process.wait()
    return outcomes


class Installation(Struct, frozen=True, kw_only=True):
    """Two pairs of servers: that extract answers, and that ask a language model."""

    extracting: Sequence[int]
    generating: Sequence[int]
    victim: str
    flood: str
    words: Sequence[str]

    def loads(self, kind: str, seconds: float) -> Mapping[str, Load]:
        """Return the victim's and the flood's load of a kind."""
        ports = self.generating if kind == "stream" else self.extracting
        victim = Load(
            kind="search" if kind == "bad keys" else kind,
            ports=ports,
            keys=[self.victim],
            words=self.words,
            connections=2,
            seconds=seconds,
            pause=PAUSE,
            name="v",
        )
        bad = kind == "bad keys"
        flood = msgspec.structs.replace(
            victim,
            keys=_bad_keys() if bad else [self.flood],
            connections=BAD if bad else FLOOD,
            pause=0.0,
            name="f",
        )
        return {"victim": victim, "flood": flood}


@contextmanager
def installed(folder: Path, variables: Mapping[str, str]) -> Iterator[Installation]:
    """Run four servers on one installation with two clients' documents."""
    sections = Handbook(SECTIONS).sections
    data_dir = folder / "data"
    with ExitStack() as stack:
        model = stack.enter_context(openai_server(slowly))
        named = {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": model.url, "OPENAI_MODEL": "stub"}
        with serving(data_dir, workers=1, **variables) as first:
            keys = [_client(first, name, sections) for name in ("victim", "flood")]
        run = [
            stack.enter_context(serving(data_dir, workers=0, **variables, **more))
            for more in ({}, {}, named, named)
        ]
        ports = [server.http.base_url.port or 0 for server in run]
        yield Installation(
            extracting=ports[:2],
            generating=ports[2:],
            victim=keys[0],
            flood=keys[1],
            words=[section.heading for section in sections],
        )


def _client(server: Server, name: str, sections: Sequence[object]) -> str:
    key = server.create_client(name, config={"limits": LIMITS})
    step = max(1, len(sections) // DOCUMENTS)
    jobs = [
        upload(server, key, f"{at}.md", _text(sections[at : at + step]))["job_id"]
        for at in range(0, len(sections), step)
    ]
    for job in jobs:
        succeeded(server, key, job)
    return key


def _text(sections: Sequence[object]) -> bytes:
    return "".join(
        f"# {each.heading}\n\n{' '.join(each.chunks)}\n\n"  # type: ignore[attr-defined]
        for each in sections
    ).encode()


def slowly(path: str, body: Body) -> Reply:  # noqa: ARG001 - OpenAI's own
    """Answer like a language model: a token every 20 ms."""
    status, headers, pieces = stream_reply(*["word "] * TOKENS, "[1].")

    def paced() -> Iterator[bytes]:
        for piece in pieces:
            time.sleep(TOKEN_SECONDS)
            yield piece

    return status, headers, paced()


def _bad_keys() -> list[str]:
    """Return well-formed keys that nobody issued."""
    return [compose("local", ApiKeyId(f"{n:011d}"), f"{n:043d}") for n in range(1_000)]


def _joined(outcomes: Sequence[Outcome]) -> list[float]:
    return [each for outcome in outcomes for each in outcome.latencies] or [float("nan")]


def _rate(outcomes: Sequence[Outcome]) -> float:
    return sum(len(each.latencies) for each in outcomes) / sum(each.seconds for each in outcomes)


def _statuses(outcomes: Sequence[Outcome]) -> str:
    found: Counter[str] = Counter()
    for each in outcomes:
        found.update(each.statuses)
    return " ".join(f"{status}:{number}" for status, number in sorted(found.items()))


async def admission_seconds(times: int = 20_000) -> float:
    """Return the processor's seconds that the gate and the check of bad keys take of a request."""
    container = Container(settings=Settings(storage="memory"))
    made = await container.tenants().create(TenantId("lone"), "Lone", config=TenantConfig())
    gate = Gate(container.admission(), container.request_limits(), container.configs())
    bad_keys = BadKeys(container.clock(), per_minute=120, trusted_proxies=0)
    scope = made.tenant.scope

    async def known(_: str) -> TenantScope:
        return scope

    started = time.process_time()
    for _ in range(times):
        request: dict[str, Any] = {"headers": [], "state": {}, "client": ("127.0.0.1", 1)}
        tenant = await bad_keys.checked(request, "tenant", lambda: made.api_key, known)
        await gate.admit(request, tenant, {})
        visit = request["state"]["visit"]
        visit.place.release()
        visit.fields()
        visit.end()
    return (time.process_time() - started) / times


def main() -> int:
    """Measure, print, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kinds", nargs="*", default=list(KINDS))
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=["embedded", "emulators"])
    parser.add_argument("--dry", action="store_true", help="write nothing")
    given = parser.parse_args()
    parts = [f"Made by `make bench-fairness` on {time.strftime('%Y-%m-%d')}: {machine.facts()}"]
    cost = 1e6 * asyncio.run(admission_seconds())
    parts.append(f"Admission takes {cost:.0f} µs of a lone client's request.")
    print(parts[-1], flush=True)
    holds = cost < MAX_ADMISSION
    worst: dict[str, object] = {"admission of a request, µs": round(cost)}
    for where in ("embedded", "emulators"):
        if given.only in (None, where):
            found = _measure(where, given)
            holds &= all(each.holds for each in found)
            worst |= {f"{where}: {name}": figure for name, figure in _worst(found).items()}
            rows = [each.row() for each in found]
            parts.append(f"### {where.capitalize()}\n\n{markdown(HEAD, rows)}")
    if not given.dry:
        put_between(DOCS, "bench-fairness", "\n\n".join(parts))
        record("bench-fairness", passed=holds, figures=worst)
    return 0 if holds else 1


def _worst(found: Sequence[Figures]) -> Mapping[str, str]:
    """Return the worst ratios of all kinds of load, named, each with its kind and bound."""
    names = {
        "p95": "victim's p95, beside to alone",
        "p99": "victim's p99, beside to alone",
        "flood": "kept of the flood's requests",
        "whole": "kept of the whole throughput",
    }
    shown = {}
    for ratio, name in names.items():
        values = [(each.ratios[ratio], each.kind) for each in found if ratio in each.ratios]
        if values:
            value, kind = max(values) if ratio.startswith("p") else min(values)
            sign = "≤" if ratio.startswith("p") else "≥"
            shown[f"{name} ({sign} {TARGETS[ratio]})"] = f"{value:.2f} ({kind})"
    return shown


def _measure(where: str, given: argparse.Namespace) -> list[Figures]:
    measured_kinds = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (folder / "data").parent.mkdir(exist_ok=True)
        variables = {} if where == "embedded" else stack.enter_context(cloud(folder / "data"))
        place = stack.enter_context(installed(folder, variables))
        print(f"{where}: {' | '.join(HEAD)}", flush=True)
        for kind in given.kinds:
            found = measured(kind, place.loads(kind, given.seconds), given.rounds)
            measured_kinds.append(found)
            print(" | ".join(found.row()), f"   flood {_statuses(found.flood)}", flush=True)
    return measured_kinds


if __name__ == "__main__":
    sys.exit(main())
