"""Clients of an HTTP server: kept-alive connections, and streams of events."""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path

from msgspec import Struct

TICKS = os.sysconf("SC_CLK_TCK")
_TOKEN_EVENT = re.compile(rb'event: token\ndata: {"text": ?"([^"]*)"}\n\n')
_PIECE = re.compile(rb"machine|\[1\]")  # the words of `http_servers.ScriptedModel`


class Load(Struct, frozen=True, kw_only=True):
    """The outcome of a run: seconds of each request, of the whole, and of the server's processor."""

    latencies: Sequence[float]
    seconds: float
    cpu_seconds: float

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds

    @property
    def cpu_per_request(self) -> float:
        return self.cpu_seconds / len(self.latencies)


class Streams(Struct, frozen=True, kw_only=True):
    """The outcome of streams: tokens in all, seconds to each first token."""

    tokens: int
    seconds: float
    first_tokens: Sequence[float]
    cpu_seconds: float


def get(path: str, api_key: str = "") -> bytes:
    """Return a GET request."""
    return f"GET {path} HTTP/1.1\r\nHost: a\r\nX-API-Key: {api_key}\r\n\r\n".encode()


def post(path: str, body: bytes, api_key: str) -> bytes:
    """Return a POST request with a JSON body."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: a\r\nX-API-Key: {api_key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def cpu_seconds(pid: int) -> float:
    """Return the processor time of a process, all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


async def requests(
    port: int, pid: int, made: Callable[[int], bytes], *, clients: int, seconds: float
) -> Load:
    """Send requests one after another on each of some kept-alive connections."""
    numbers, until = count(), time.perf_counter() + seconds
    loop = asyncio.get_running_loop()
    before, started = cpu_seconds(pid), time.perf_counter()
    made_clients = [
        (await loop.create_connection(lambda: _Client(made, numbers, until), "127.0.0.1", port))[1]
        for _ in range(clients)
    ]
    await asyncio.gather(*(client.finished for client in made_clients))
    taken = time.perf_counter() - started
    return Load(
        latencies=[each for client in made_clients for each in client.latencies],
        seconds=taken,
        cpu_seconds=cpu_seconds(pid) - before,
    )


async def anew(port: int, made: Callable[[int], bytes], times: int) -> Sequence[float]:
    """Return the seconds of requests that each open a connection of their own."""
    latencies = []
    for number in range(times):
        started = time.perf_counter()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(made(number))
        await _reply(reader)
        latencies.append(time.perf_counter() - started)
        writer.close()
    return latencies


async def streams(
    port: int, pid: int, made: Callable[[int], bytes], delays: Sequence[float]
) -> Streams:
    """Open a stream after each delay in seconds; read all to their ends."""
    before, started = cpu_seconds(pid), time.perf_counter()
    ended = await asyncio.gather(
        *(_stream(port, made(number), delay) for number, delay in enumerate(delays))
    )
    return Streams(
        tokens=sum(tokens for tokens, _ in ended),
        seconds=time.perf_counter() - started,
        first_tokens=[first for _, first in ended],
        cpu_seconds=cpu_seconds(pid) - before,
    )


async def _stream(port: int, request: bytes, delay: float) -> tuple[int, float]:
    await asyncio.sleep(delay)
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
    started, first, tokens, tail = time.perf_counter(), 0.0, 0, b""
    writer.write(request)
    while piece := await reader.read(2**18):
        text = tail + piece
        if not first and _TOKEN_EVENT.search(text):
            first = time.perf_counter() - started
        tokens += sum(len(_PIECE.findall(found)) for found in _TOKEN_EVENT.findall(text))
        tail = text[text.rfind(b"event: ") :] if not text.endswith(b"\n\n") else b""
        if text.endswith(b"0\r\n\r\n"):
            break
    writer.close()
    if not first:
        raise RuntimeError(f"a stream had no token: {text[:300]!r}")
    return tokens, first


class _Client(asyncio.Protocol):
    """One connection that asks again as soon as it is answered."""

    def __init__(self, made: Callable[[int], bytes], numbers: count[int], until: float) -> None:
        self._made = made
        self._numbers = numbers
        self._until = until
        self._pending = b""
        self._sent = 0.0
        self.latencies: list[float] = []
        self.finished = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._pending += data
        head, found, body = self._pending.partition(b"\r\n\r\n")
        if not found or len(body) < _length(head):
            return
        now = time.perf_counter()
        self.latencies.append(now - self._sent)
        self._pending = b""
        if not head.startswith(b"HTTP/1.1 20"):
            self._end(RuntimeError(f"{head[:40]!r} {body[:300]!r}"))
        elif now >= self._until:
            self._end(None)
        else:
            self._ask()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.finished.done():
            self.finished.set_exception(exc or RuntimeError("the server closed a connection"))

    def _ask(self) -> None:
        self._sent = time.perf_counter()
        self._transport.write(self._made(next(self._numbers)))

    def _end(self, error: Exception | None) -> None:
        if not self.finished.done():
            self.finished.set_result(None) if error is None else self.finished.set_exception(error)
        self._transport.close()


async def _reply(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 20"):
        raise RuntimeError(f"{head[:40]!r}")
    return await reader.readexactly(_length(head))


def _length(head: bytes) -> int:
    lower = head.lower()
    at = lower.index(b"content-length:") + 15
    return int(lower[at:].split(b"\r\n", 1)[0])
