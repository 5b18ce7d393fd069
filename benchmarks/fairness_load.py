"""One client's load on two servers, in a process of its own: `fairness_load.py` with JSON on stdin.

What is read from stdin is a `Load`; what is printed is an `Outcome`.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import count

import msgspec
import uvloop
from msgspec import Struct

BOUNDARY = "fairness"
FIRST_TOKEN = b"event: token"
QUESTIONS = ("How much does the {} weigh?", "Who repairs the {}?", "Where is the {} kept?")
MIN_STATUS, MAX_STATUS = 200, 299


class Load(Struct, frozen=True, kw_only=True):
    """What to send, to which ports, on how many connections, for how long.

    `pause` is the mean seconds between a connection's requests; 0 sends them back to back.
    """

    kind: str
    ports: Sequence[int]
    keys: Sequence[str]
    words: Sequence[str]
    connections: int
    seconds: float
    pause: float = 0.0
    upload_bytes: int = 20_000
    name: str = ""


class Outcome(Struct, kw_only=True):
    """The seconds of each completed request, and how many replies had which status.

    A stream's seconds are those until its first token.
    """

    latencies: list[float]
    statuses: dict[str, int]
    seconds: float


class Client:
    """One kept-alive connection that sends one request after another."""

    def __init__(self, load: Load, port: int, numbers: count[int], seed: int) -> None:
        self._load = load
        self._port = port
        self._numbers = numbers
        self._random = random.Random(seed)
        self.latencies: list[float] = []
        self.statuses: Counter[str] = Counter()

    async def run(self, until: float) -> None:
        reader: asyncio.StreamReader | None = None
        while time.perf_counter() < until:
            if self._load.pause:
                await asyncio.sleep(self._random.uniform(0.5, 1.5) * self._load.pause)
            if reader is None:
                reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
            try:
                status, seconds = await self._ask(reader)
            except (ConnectionError, asyncio.IncompleteReadError):
                self.statuses["closed"] += 1
                reader = None
                continue
            self.statuses[str(status)] += 1
            if MIN_STATUS <= status <= MAX_STATUS:
                self.latencies.append(seconds)
        if reader is not None:
            self._writer.close()

    async def _ask(self, reader: asyncio.StreamReader) -> tuple[int, float]:
        started = time.perf_counter()
        self._writer.write(request(self._load, next(self._numbers), self._random))
        head = await reader.readuntil(b"\r\n\r\n")
        status = int(head[9:12])
        fields = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(b":") for line in head.split(b"\r\n")[1:])
        }
        first = 0.0
        if b"content-length" in fields:
            await reader.readexactly(int(fields[b"content-length"]))
        elif fields.get(b"transfer-encoding") == b"chunked":
            first = await _chunks(reader)
        return status, (first or time.perf_counter()) - started


async def _chunks(reader: asyncio.StreamReader) -> float:
    """Read a chunked body to its end; return when its first token came, 0 if none did."""
    first = 0.0
    while size := int((await reader.readline()).strip() or b"0", 16):
        piece = await reader.readexactly(size + 2)
        if not first and FIRST_TOKEN in piece:
            first = time.perf_counter()
    await reader.readline()
    return first


def request(load: Load, number: int, chance: random.Random) -> bytes:
    """Return the next request of a load; no two ask the same."""
    key = load.keys[number % len(load.keys)]
    words = f"{chance.choice(load.words)} {load.name}{number}"
    question = chance.choice(QUESTIONS).format(words)
    if load.kind == "upload":
        return _upload(load, key, f"{load.name}-{number}-{chance.random()}", chance)
    if load.kind == "chat":
        return _json("/api/v1/chat", key, {"message": question})
    if load.kind == "stream":
        return _json("/api/v1/chat", key, {"message": question, "stream": True})
    return _json("/api/v1/search", key, {"query": question})


def _json(path: str, key: str, body: Mapping[str, object]) -> bytes:
    encoded = msgspec.json.encode(body)
    head = f"POST {path} HTTP/1.1\r\nHost: a\r\nX-API-Key: {key}\r\n"
    kind = f"Content-Type: application/json\r\nContent-Length: {len(encoded)}\r\n\r\n"
    return (head + kind).encode() + encoded


def _upload(load: Load, key: str, name: str, chance: random.Random) -> bytes:
    words = " ".join(chance.choices(load.words, k=40))
    text = f"# {name}\n\n{words}\n\n" * (load.upload_bytes // (len(words) + len(name) + 6) + 1)
    part = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}.md"\r\n\r\n'
        f"{text}\r\n--{BOUNDARY}--\r\n"
    ).encode()
    head = (
        f"POST /api/v1/ingest/document HTTP/1.1\r\nHost: a\r\nX-API-Key: {key}\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {len(part)}\r\n\r\n"
    )
    return head.encode() + part


async def run(load: Load) -> Outcome:
    """Send a load; return what came of it."""
    numbers, started = count(), time.perf_counter()
    clients = [
        Client(load, load.ports[at % len(load.ports)], numbers, at)
        for at in range(load.connections)
    ]
    await asyncio.gather(*(client.run(started + load.seconds) for client in clients))
    statuses: Counter[str] = Counter()
    for client in clients:
        statuses += client.statuses
    return Outcome(
        latencies=[each for client in clients for each in client.latencies],
        statuses=dict(statuses),
        seconds=time.perf_counter() - started,
    )


if __name__ == "__main__":
    outcome = uvloop.run(run(msgspec.json.decode(sys.stdin.buffer.read(), type=Load)))
    sys.stdout.buffer.write(msgspec.json.encode(outcome))
