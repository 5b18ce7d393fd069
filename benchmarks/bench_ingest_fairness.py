"""How long a note waits beside a large file: `make bench-ingest-fairness` (ARGS=).

A note of 29 bytes is uploaded again and again while workers ingest a large text of another client,
and of its own; its time from upload to published is compared with the median of notes alone, in the
same run. With `--beside CHECKOUT`, an earlier version drains the same loads, in turns with this
one, with an embedder that takes a millisecond a text: what slices cost.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import inspect
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from dependency_injector import providers

from ragtenancy import RagTenancy
from ragtenancy.container import Container
from ragtenancy.domain.ids import Fingerprint
from ragtenancy.domain.jobs import FINAL, Job, JobStatus
from ragtenancy.ports.embeddings import Embedder, Embedders, EmbeddingModel, Vectors
from ragtenancy.settings import Settings

NOTE_BYTES = 29
SOLO_NOTES = 9
TARGET = 3.0
POLL = 0.01  # seconds
NOTES_IN_LOAD = 20


class MillisecondEmbedder(Embedder):
    """Hashed vectors, a millisecond of a processor for each text, without the interpreter."""

    @property
    def model(self) -> EmbeddingModel:
        return EmbeddingModel(
            name="millisecond",
            dimension=64,
            max_tokens=256,
            fingerprint=Fingerprint("0" * 16),
        )

    async def embed(self, texts: Sequence[str]) -> Vectors:
        return await asyncio.to_thread(self._embedded, texts)

    def _embedded(self, texts: Sequence[str]) -> Vectors:
        rows = []
        for text in texts:
            ends = time.thread_time() + 0.001
            data = text.encode()
            while time.thread_time() < ends:
                hashlib.sha256(data * 64).digest()  # releases the interpreter
            row = np.frombuffer(hashlib.shake_256(data).digest(64), np.uint8).astype(np.float32)
            rows.append(row / np.linalg.norm(row))
        return np.stack(rows).astype(np.float32)


def container(data_dir: Path, *, cheap: bool) -> Container:
    made = Container(settings=Settings(storage="sqlite", data_dir=data_dir, max_pending_jobs=500))
    if cheap:
        embedder = MillisecondEmbedder()
        made.embedder.override(providers.Object(embedder))
        made.embedders.override(providers.Object(Embedders({"millisecond": embedder})))
    return made


# -- worker processes


async def work(data_dir: Path, count: int, *, cheap: bool, until_idle: bool) -> None:
    made = container(data_dir, cheap=cheap)
    async with RagTenancy.open(container=made, worker=False):
        worker = made.worker()
        if "concurrency" in inspect.signature(worker.run).parameters:
            await worker.run(concurrency=count, until_idle=until_idle)
        else:
            await asyncio.gather(*(worker.run(until_idle=until_idle) for _ in range(count)))
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    processor = sum(each.ru_utime + each.ru_stime for each in usage)
    print(json.dumps({"processor": processor, "mebibytes": peak_of(os.getpid())}))


@contextmanager
def workers(
    data_dir: Path, processes: int, count: int, *, cheap: bool = False
) -> Iterator[list[subprocess.Popen[str]]]:
    here = Path(__file__).parents[1]
    started = [start(here, data_dir, count, cheap=cheap) for _ in range(processes)]
    try:
        yield started
    finally:
        for each in started:
            each.kill()
            each.wait()


def start(
    checkout: Path, data_dir: Path, count: int, *more: str, cheap: bool
) -> subprocess.Popen[str]:
    command = [sys.executable, __file__, "--work", str(data_dir), "--count", str(count), *more]
    variables = of_checkout(checkout)
    return subprocess.Popen(
        [*command, *(["--cheap"] if cheap else [])],
        env=variables,
        stdout=subprocess.PIPE,
        text=True,
    )


def of_checkout(checkout: Path) -> dict[str, str]:
    """Return the environment of a checkout's processes; compiled modules are kept for each alike."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    cache = Path(tempfile.gettempdir()) / f"bench-ingest-fairness-{os.getuid()}"
    return {**kept, "PYTHONPATH": str(checkout / "src"), "PYTHONPYCACHEPREFIX": str(cache)}


def peak_of(pid: int) -> int:
    """Return the peak of a process's memory in MiB."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(next(x.split()[1] for x in status.splitlines() if x.startswith("VmHWM"))) // 1024


# -- loads


def text(size: int, seed: int) -> bytes:
    """Return Markdown of about so many bytes: a section for each page, four paragraphs each."""
    chance = random.Random(seed)
    words = ["".join(chance.choices("etaoinshrdlu", k=chance.randint(2, 10))) for _ in range(9_000)]

    def sentence() -> str:
        return " ".join(chance.choices(words, k=12)).capitalize() + "."

    parts: list[str] = []
    while size > 0:
        paragraphs = (" ".join(sentence() for _ in range(6)) for _ in range(4))
        parts.append(f"# Page {len(parts) + 1}\n\n" + "\n\n".join(paragraphs) + "\n\n")
        size -= len(parts[-1])
    return "".join(parts).encode()


def note(number: int) -> bytes:
    return f"Code {number:06d} opens the door".encode().ljust(NOTE_BYTES, b".")


class Desk:
    """A client's side: uploads, and looks until the job has ended."""

    def __init__(self, rag: RagTenancy) -> None:
        self._rag = rag
        self._notes = 0

    async def seconds_of_note(self, client: str) -> float:
        self._notes += 1
        started = time.perf_counter()
        tenant = self._rag.tenant(client)
        job = await tenant.ingest(note(self._notes), filename=f"{self._notes}.txt", wait=False)
        await self.ended(client, job)
        return time.perf_counter() - started

    async def ended(self, client: str, job: Job) -> Job:
        while True:
            now = (await self._rag.tenant(client).job(job.job_id)).job
            if now.status in FINAL:
                if now.status is JobStatus.FAILED:
                    raise RuntimeError(now.error)
                return now
            await asyncio.sleep(POLL)


@asynccontextmanager
async def desk(data_dir: Path, *clients: str, cheap: bool = False) -> AsyncIterator[RagTenancy]:
    made = container(data_dir, cheap=cheap)
    async with RagTenancy.open(container=made, worker=False) as rag:
        for client in clients:
            await rag.create_tenant(client)
        yield rag


# -- notes beside a large file


async def waits(processes: int, options: argparse.Namespace, *, own: bool) -> dict[str, Any]:
    """Return the seconds of notes alone, and beside a large file by its step."""
    client, other = ("a", "a") if own else ("b", "a")
    with tempfile.TemporaryDirectory() as folder:
        async with desk(Path(folder), *{client, other}) as rag:
            with workers(Path(folder), processes, options.count) as started:
                at = Desk(rag)
                await at.seconds_of_note(client)  # loads the model
                solo = [await at.seconds_of_note(client) for _ in range(SOLO_NOTES)]
                sizes = (int(options.megabytes * 1e6), int(options.whole_megabytes * 1e6))
                beside: dict[str, list[float]] = {}
                for number, size in enumerate(sizes):
                    await beside_large(at, rag, client, other, text(size, number), beside, options)
                peak = max(peak_of(each.pid) for each in started)
    alone = statistics.median(solo)
    every = [seconds for found in beside.values() for seconds in found]
    steps = {step: round(statistics.median(found) / alone, 2) for step, found in beside.items()}
    return {
        "processes": processes,
        "large file of": "the same client" if own else "another client",
        "alone, s": round(alone, 2),
        "notes": len(every),
        "median": round(statistics.median(every) / alone, 2),
        "p95": round(float(np.percentile(every, 95)) / alone, 2),
        "worst": round(max(every) / alone, 2),
        "worst alone": round(max(solo) / alone, 2),
        f"within {TARGET:.0f} times": round(
            sum(e <= TARGET * alone for e in every) / len(every), 3
        ),
        "median by step": steps,
        "peak MiB": peak,
    }


async def beside_large(
    at: Desk,
    rag: RagTenancy,
    client: str,
    other: str,
    large: bytes,
    beside: dict[str, list[float]],
    options: argparse.Namespace,
) -> None:
    """Time notes until the large file is published, or cancel it after the window."""
    job = await rag.tenant(other).ingest(large, filename="large.md", wait=False)
    ends = time.monotonic() + options.window
    while True:
        seen = (await rag.tenant(other).job(job.job_id)).job
        if seen.status in FINAL:
            return
        if time.monotonic() > ends:
            await rag.tenant(other).cancel_job(job.job_id)
            return
        seconds = await at.seconds_of_note(client)
        beside.setdefault(seen.step or "queued", []).append(seconds)


# -- throughput beside an earlier version


def drained(checkout: Path, load: str, options: argparse.Namespace) -> dict[str, float]:
    """Return what a version takes to drain a load: seconds, of processors too, and memory."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, __file__, "--fill", folder, "--load", load]
        variables = of_checkout(checkout)
        subprocess.run(
            [*command, "--throughput-megabytes", str(options.throughput_megabytes)],
            env=variables,
            check=True,
        )
        started = time.perf_counter()
        worker = start(checkout, Path(folder), options.count, "--until-idle", cheap=True)
        printed, _ = worker.communicate()
        return {"seconds": time.perf_counter() - started, **json.loads(printed)}


async def fill(data_dir: Path, load: str, options: argparse.Namespace) -> None:
    size = int(options.throughput_megabytes * 1e6)
    async with desk(data_dir, "a", "b", "c", cheap=True) as rag:
        if load == "one large file":
            await rag.tenant("a").ingest(text(size, 1), filename="large.md", wait=False)
            return
        for number, client in enumerate(("a", "b", "c")):
            tenant = rag.tenant(client)
            medium = text(size // 4, number)
            await tenant.ingest(medium, filename="medium.md", wait=False)
            for each in range(NOTES_IN_LOAD):
                await tenant.ingest(note(each), filename=f"{each}.txt", wait=False)


def throughput(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Yield what each load takes relative to the earlier version, from rounds in turns."""
    checkouts = {"this": Path(__file__).parents[1], "earlier": Path(options.beside).resolve()}
    for load in ("one large file", "a mixed load"):
        taken: dict[str, list[dict[str, float]]] = {name: [] for name in checkouts}
        for number in range(options.rounds + 1):
            for name in list(checkouts) if number % 2 else list(reversed(checkouts)):
                taken[name].append(drained(checkouts[name], load, options))
        row: dict[str, Any] = {"load": load}
        for what in ("seconds", "processor", "mebibytes"):
            # the first round compiled the modules
            this, earlier = ([each[what] for each in taken[name][1:]] for name in taken)
            row[what] = {
                "this": [round(each, 2) for each in this],
                "earlier": [round(each, 2) for each in earlier],
                "ratio of medians": round(statistics.median(this) / statistics.median(earlier), 3),
            }
        yield row


async def main() -> None:
    options = arguments()
    if options.work:
        await work(
            Path(options.work), options.count, cheap=options.cheap, until_idle=options.until_idle
        )
    elif options.fill:
        await fill(Path(options.fill), options.load, options)
    else:
        if not options.only_throughput:
            for processes in options.processes:
                for own in (False, True):
                    print(json.dumps(await waits(processes, options, own=own)), flush=True)
        if options.beside:
            for row in throughput(options):
                print(json.dumps(row), flush=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=float, default=20, help="of the large file")
    parser.add_argument("--whole-megabytes", type=float, default=1, help="of one read to its end")
    parser.add_argument("--window", type=float, default=300, help="seconds beside the large file")
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--count", type=int, default=2, help="jobs at work in each process")
    parser.add_argument("--beside", help="a checkout of an earlier version")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--throughput-megabytes", type=float, default=2)
    parser.add_argument("--only-throughput", action="store_true")
    parser.add_argument("--work", help=argparse.SUPPRESS)
    parser.add_argument("--fill", help=argparse.SUPPRESS)
    parser.add_argument("--load", help=argparse.SUPPRESS)
    parser.add_argument("--cheap", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--until-idle", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(main())
