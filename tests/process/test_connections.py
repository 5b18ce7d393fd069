"""What the connections of a real server cost its clients."""

from __future__ import annotations

import socket
import statistics
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.process.running import Server, serving

pytestmark = pytest.mark.alone

REQUESTS = 30
ROUNDS = 3
DELAYED_ACKNOWLEDGEMENT = 0.040


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("connections") / "data", workers=0) as running:
        yield running


def test_a_kept_alive_connection_is_no_slower_than_a_new_one(server: Server) -> None:
    """Nagle's algorithm would hold each body back until the head is acknowledged, 40 ms later."""
    rounds = [(_median(server, kept=True), _median(server, kept=False)) for _ in range(ROUNDS)]

    kept_alive, new = map(min, zip(*rounds, strict=True))
    assert kept_alive < new + DELAYED_ACKNOWLEDGEMENT / 2


def test_head_is_answered_and_keeps_its_connection(server: Server) -> None:
    head, get = (f"{method} /livez HTTP/1.1\r\nHost: a\r\n\r\n" for method in ("HEAD", "GET"))
    url = server.http.base_url
    with socket.create_connection((url.host, url.port or 0), timeout=10) as connection:
        connection.sendall((head + get).encode())
        reply = b""
        while not reply.endswith(b"}"):
            reply += connection.recv(4_096)

    assert reply.count(b"HTTP/1.1 200 OK") == 2
    assert reply.count(b"alive") == 1
    assert "unhandled_error" not in "".join(server.log)


def _median(server: Server, *, kept: bool) -> float:
    """The seconds of a request among many without a pause: after one, TCP acknowledges at once."""
    return statistics.median(
        _seconds(server.http) if kept else _seconds_anew(server) for _ in range(REQUESTS)
    )


def _seconds(client: httpx.Client) -> float:
    started = time.perf_counter()
    client.get("/livez").raise_for_status()
    return time.perf_counter() - started


def _seconds_anew(server: Server) -> float:
    with httpx.Client(base_url=server.http.base_url, trust_env=False) as client:
        return _seconds(client)
