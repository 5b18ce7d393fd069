"""Clients that keep a real server waiting: bounded one by one, harmless by the thousand."""

from __future__ import annotations

import json
import os
import resource
import socket
import statistics
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx
import pytest
from msgspec import Struct

from tests.openai_server import Body, Reply, openai_server, stream_reply
from tests.process.running import Server, eventually, key, serving, succeeded, upload

OF_EACH_KIND = int(os.environ.get("SLOW_CONNECTIONS", "500"))
HEAD = b"GET /livez HTTP/1.1\r\nHost: a\r\n"
UNREAD = b"GET /schema/openapi.json HTTP/1.1\r\nHost: a\r\n\r\n" * 16
SLOW_SECONDS = 12.0


class Ended(Struct, frozen=True):
    """How a connection ended."""

    reply: bytes
    seconds: float

    @property
    def code(self) -> str:
        return str(json.loads(self.reply.partition(b"\r\n\r\n")[2])["code"])


@pytest.fixture(scope="module", autouse=True)
def many_descriptors() -> Iterator[None]:
    """Let the test itself have as many connections as it opens."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ended]:
    """How connections of several kinds ended, which were open beside one another."""
    data_dir = tmp_path_factory.mktemp("slow") / "data"
    with serving(data_dir, workers=0) as server, ThreadPoolExecutor() as pool:
        api_key = server.create_client("acme")
        search = _search(api_key, length=100_000)
        fast_enough = _search(api_key, length=30_014) + b'{"query": "a"}'
        waiting = {
            "silent": pool.submit(_talk, server, b"", b""),
            "slow head": pool.submit(_talk, server, HEAD, b"a"),
            "slow body": pool.submit(_talk, server, search, b" "),
            "unread body": pool.submit(_talk, server, search.replace(b"X-API-Key", b"X-No"), b" "),
            "fast enough": pool.submit(_talk, server, fast_enough, b" " * 2_000),
        }
        return {kind: one.result() for kind, one in waiting.items()}


@pytest.mark.parametrize("kind", ["silent", "slow head", "slow body", "unread body"])
def test_a_connection_that_keeps_the_server_waiting_ends(
    ended: dict[str, Ended], kind: str
) -> None:
    assert 9 < ended[kind].seconds < 25


@pytest.mark.parametrize("kind", ["slow head", "slow body"])
def test_a_slow_request_is_told_so(ended: dict[str, Ended], kind: str) -> None:
    assert ended[kind].reply.startswith(b"HTTP/1.1 408 ")
    assert ended[kind].code == "request_timeout"


def test_a_body_of_two_kilobytes_a_second_is_waited_for(ended: dict[str, Ended]) -> None:
    assert ended["fast enough"].reply.startswith(b"HTTP/1.1 200 ")
    assert ended["fast enough"].seconds > SLOW_SECONDS


@pytest.mark.alone
@pytest.mark.parametrize("ulimit", ["-S -n 1024", "-n 1024"])
def test_2000_slow_connections_keep_nobody_from_an_answer(tmp_path: Path, ulimit: str) -> None:
    """The soft limit is raised; where the hard one is as low, the longest silent give way."""
    with serving(tmp_path / "data", workers=0, ulimit=ulimit) as server:
        api_key = server.create_client("acme")
        with _slow_connections(server, api_key):
            replies = [_ask_anew(server, api_key) for _ in range(15)]

    assert {reply.status_code for reply in replies} == {200}
    assert statistics.median(reply.elapsed.total_seconds() for reply in replies) < 1


def test_slow_connections_do_not_hold_up_a_stop(tmp_path: Path) -> None:
    with ExitStack() as stack:
        server = stack.enter_context(serving(tmp_path / "data", workers=0))
        stack.enter_context(_slow_connections(server, server.create_client("acme")))
        started = time.monotonic()

        server.process.terminate()
        ended = server.process.wait(timeout=60)

    assert ended == 0
    assert time.monotonic() - started < 30


def test_a_stop_stores_the_turns_that_it_cuts_short(tmp_path: Path) -> None:
    with openai_server(_begins) as model, ThreadPoolExecutor() as pool:
        with serving(
            tmp_path / "data",
            OPENAI_BASE_URL=model.url,
            OPENAI_MODEL="m",
            RAGTENANCY_TRY_MODELS="false",
        ) as server:
            api_key = server.create_client("acme")
            accepted = upload(server, api_key, "guide.md", b"# Refunds\n\nRefunds take 30 days.")
            succeeded(server, api_key, accepted["job_id"])
            for session, streamed in (("whole", False), ("streamed", True)):
                pool.submit(_ask_in, server, api_key, session, stream=streamed)
            eventually(lambda: len(model.bodies) == 2, "two turns under way")
            threading.Event().wait(1)
            started = time.monotonic()

            server.process.terminate()
            ended = server.process.wait(timeout=60)

        assert ended == 0
        assert time.monotonic() - started < 30
        with serving(tmp_path / "data") as server:
            turns = [
                server.http.get(f"/api/v1/chat/sessions/{session}", headers=key(api_key)).json()
                for session in ("whole", "streamed")
            ]

    assert [[turn["status"] for turn in page["items"]] for page in turns] == [["aborted"]] * 2


def _begins(path: str, body: Body) -> Reply:  # noqa: ARG001
    """Begin an answer, then say nothing for a minute."""
    texts = ("Refunds take 30 days, as the guide says [1]. ", "They ", "are ", "paid.")
    status, headers, pieces = stream_reply(*texts)
    return status, headers, _pausing(pieces)


def _pausing(pieces: Iterable[bytes]) -> Iterator[bytes]:
    for number, piece in enumerate(pieces):
        threading.Event().wait(60 if number > 1 else 0)
        yield piece


def _ask_in(server: Server, api_key: str, session: str, *, stream: bool) -> None:
    question = {"message": "How long do refunds take?", "session_id": session, "stream": stream}
    with suppress(httpx.HTTPError):
        httpx.post(
            server.http.base_url.join("/api/v1/chat"),
            json=question,
            headers=key(api_key),
            timeout=60,
            trust_env=False,
        )


def test_failures_to_accept_are_logged_once_a_minute(tmp_path: Path) -> None:
    with serving(tmp_path / "data", workers=0) as server, ExitStack() as stack:
        server.http.get("/livez")
        pid = server.process.pid
        limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        in_use = len(list(Path(f"/proc/{pid}/fd").iterdir()))

        resource.prlimit(pid, resource.RLIMIT_NOFILE, (in_use, limits[1]))
        for _ in range(10):
            stack.enter_context(socket.create_connection(_address(server)))
        eventually(lambda: "accept_failed" in "".join(server.log), "a failure to accept")
        threading.Event().wait(3)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)

        assert httpx.get(server.http.base_url.join("/livez"), trust_env=False).status_code == 200
        assert len(server.log) < 20
        assert "".join(server.log).count("accept_failed") == 1


def test_a_slow_model_and_its_stream_are_waited_for(tmp_path: Path) -> None:
    with (
        openai_server(_slowly) as model,
        serving(tmp_path / "data", OPENAI_BASE_URL=model.url, OPENAI_MODEL="m") as server,
    ):
        api_key = server.create_client("acme")
        accepted = upload(server, api_key, "guide.md", b"# Refunds\n\nRefunds take 30 days.")
        succeeded(server, api_key, accepted["job_id"])
        question = {"message": "How long do refunds take?", "stream": True}

        reply = server.http.post("/api/v1/chat", json=question, headers=key(api_key))

    assert "event: done" in reply.text
    assert reply.elapsed.total_seconds() > SLOW_SECONDS


def _slowly(path: str, body: Body) -> Reply:  # noqa: ARG001
    status, headers, pieces = stream_reply("Refunds take ", "30 days [1].")
    return status, headers, (_after_a_while(piece) for piece in pieces)


def _after_a_while(piece: bytes) -> bytes:
    threading.Event().wait(SLOW_SECONDS / 3)
    return piece


def _search(api_key: str, *, length: int) -> bytes:
    head = (
        "POST /api/v1/search HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        f"X-API-Key: {api_key}\r\nContent-Length: {length}\r\n\r\n"
    )
    return head.encode()


def _address(server: Server) -> tuple[str, int]:
    url = server.http.base_url
    return url.host, url.port or 0


def _talk(server: Server, first: bytes, each_second: bytes) -> Ended:
    """Send bytes and then more each second; return what came back until the server hung up."""
    started, reply = time.monotonic(), b""
    with socket.create_connection(_address(server)) as connection, suppress(ConnectionError):
        connection.settimeout(1)
        connection.sendall(first)
        while time.monotonic() < started + 60:
            with suppress(TimeoutError):
                if not (piece := connection.recv(65_536)):
                    break
                reply += piece
            with suppress(BrokenPipeError):
                connection.sendall(each_second)
    return Ended(reply, time.monotonic() - started)


def _ask_anew(server: Server, api_key: str) -> httpx.Response:
    """Ask on a new connection, a moment later."""
    threading.Event().wait(0.2)
    with httpx.Client(base_url=server.http.base_url, timeout=60, trust_env=False) as client:
        return client.get("/api/v1/client", headers=key(api_key))


@contextmanager
def _slow_connections(server: Server, api_key: str) -> Iterator[None]:
    """Hold silent connections, slow heads and bodies, a byte a second, and clients that do not read."""
    firsts = [b"", HEAD, _search(api_key, length=1_000), UNREAD] * OF_EACH_KIND
    with ExitStack() as stack:
        connections = [stack.enter_context(_opened(server, first)) for first in firsts]
        stop = threading.Event()
        dripping = threading.Thread(target=_drip, args=(connections[1:], stop))
        dripping.start()
        try:
            yield
        finally:
            stop.set()
            dripping.join()


def _opened(server: Server, first: bytes) -> socket.socket:
    connection = socket.create_connection(_address(server))
    with suppress(ConnectionError):
        connection.sendall(first)
    return connection


def _drip(connections: Sequence[socket.socket], stop: threading.Event) -> None:
    """Send a byte a second on those whose heads and bodies are slow."""
    talking = [one for number, one in enumerate(connections) if number % 4 in {0, 1}]
    while not stop.wait(1):
        for connection in talking:
            with suppress(OSError):
                connection.send(b" ")
