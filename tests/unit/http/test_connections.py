"""Connections over real sockets: what a client may owe, and who gives way to whom."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
import uvicorn
from msgspec import Struct
from uvicorn.server import ServerState

from ragtenancy.adapters.prometheus.metrics import PrometheusMetrics
from ragtenancy.adapters.system.machine import SystemIds
from ragtenancy.http.connections import MAX_PIPELINED, Connections

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n"
LENGTH = [(b"content-length", b"2")]
LARGE, PIECE = 2**25, 2**16
LARGE_LENGTH = [(b"content-length", str(LARGE).encode())]
CHUNKED = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
PATIENT, IMPATIENT = 60.0, 0.05
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]


class Application:
    """Answers a GET and ends its answer to a PATCH once it may, a POST once its body is whole."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.scopes: list[Any] = []
        self.body = b""

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        self.scopes.append(scope)
        self.asked.set()
        if scope["method"] == "DELETE":  # a reply larger than the buffers between the two
            await send({"type": "http.response.start", "status": 200, "headers": LARGE_LENGTH})
            for _ in range(LARGE // PIECE):
                await send({"type": "http.response.body", "body": b"x" * PIECE, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
            return
        if scope["method"] == "GET":
            await self.may_answer.wait()
        while scope["method"] == "POST":
            message = await receive()
            self.body += message.get("body", b"")
            if not message.get("more_body"):
                break
        await send({"type": "http.response.start", "status": 200, "headers": LENGTH})
        if scope["method"] == "PATCH":
            await self.may_answer.wait()
        await send({"type": "http.response.body", "body": b"ok"})


class Client(Struct, frozen=True):
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def head(self) -> bytes:
        return await self.reader.readuntil(b"\r\n\r\n")

    async def rest(self) -> bytes:
        """Everything until the server ends the connection."""
        return await self.reader.read()

    async def close(self) -> None:
        self.writer.close()
        with suppress(ConnectionError):
            await self.writer.wait_closed()


class Listening(Struct, frozen=True):
    """A listening server and its application."""

    app: Application
    port: int
    state: ServerState
    clients: list[Client]
    connections: Connections

    async def connect(self, first: bytes = b"") -> Client:
        client = Client(*await asyncio.open_connection("127.0.0.1", self.port))
        self.clients.append(client)
        client.send(first)
        return client

    async def answering(self) -> Client:
        """Return a connection whose request is being answered."""
        self.app.asked.clear()
        client = await self.connect(GET)
        await self.app.asked.wait()
        return client


@asynccontextmanager
async def listening(
    *, most: int = 10, per_address: int | None = None, head_seconds: float = PATIENT
) -> AsyncIterator[Listening]:
    app, state = Application(), ServerState()
    config = uvicorn.Config(app, log_config=None, access_log=False, ws="none", lifespan="off")
    connections = Connections(
        most,
        SystemIds(),
        PrometheusMetrics(),
        per_address=per_address,
        head_seconds=head_seconds,
    )
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: connections(config=config, server_state=state, app_state={}), "127.0.0.1", 0
    )
    port = server.sockets[0].getsockname()[1]
    clients: list[Client] = []
    async with server:
        try:
            yield Listening(app, port, state, clients, connections)
        finally:
            app.may_answer.set()
            await asyncio.gather(*state.tasks)
            await asyncio.gather(*(client.close() for client in clients))


def problem(reply: bytes) -> dict[str, Any]:
    head, _, body = reply.partition(b"\r\n\r\n")
    assert b"application/problem+json" in head
    assert b"Connection: close" in head
    assert f"HTTP/1.1 {json.loads(body)['status']} ".encode() in head
    return dict(json.loads(body))


async def test_a_silent_connection_is_closed() -> None:
    async with listening(head_seconds=IMPATIENT) as server:
        client = await server.connect()

        assert await client.rest() == b""


@pytest.mark.parametrize("before", [b"", b"PUT / HTTP/1.1\r\nHost: a\r\n\r\n"])
async def test_a_slow_head_is_told_so(before: bytes) -> None:
    async with listening(head_seconds=IMPATIENT) as server:
        client = await server.connect(before + b"GET / HTTP/1.1\r\nHost: a\r\n")

        last = (await client.rest()).rpartition(b"HTTP/1.1 ")

        assert problem(b"".join(last[1:]))["code"] == "request_timeout"


async def test_bytes_do_not_prolong_a_head() -> None:
    async with listening(head_seconds=IMPATIENT) as server:
        client = await server.connect(b"GET / HTTP/1.1\r\nHost: a\r\n")
        dripping = asyncio.create_task(_drip(client))

        reply = await client.rest()

        dripping.cancel()
        assert problem(reply)["code"] == "request_timeout"


@pytest.mark.parametrize("more", [b"", b"x"])
async def test_a_body_that_was_answered_unread_does_not_hold_the_connection(more: bytes) -> None:
    async with listening(head_seconds=IMPATIENT) as server:
        client = await server.connect(POST.replace(b"POST", b"PUT"))
        await client.head()
        client.send(more)

        assert await client.rest() == b"ok"


async def test_a_reply_that_has_begun_does_not_give_way() -> None:
    async with listening(most=1) as server:
        first = await server.connect(POST.replace(b"POST", b"PATCH"))
        await first.head()

        second = await server.connect(GET)

        assert problem(await second.rest())["code"] == "overloaded"
        server.app.may_answer.set()
        assert await first.reader.readexactly(2) == b"ok"


async def test_a_slow_reply_is_not_cut() -> None:
    async with listening(head_seconds=IMPATIENT) as server:
        slow = await server.answering()
        silent = await server.connect()
        await silent.rest()

        server.app.may_answer.set()

        assert b"200 OK" in await slow.head()


async def test_what_is_no_http_gets_a_problem() -> None:
    async with listening() as server:
        client = await server.connect(b"nonsense\r\n\r\n")

        assert problem(await client.rest())["code"] == "malformed"


async def test_a_broken_body_gets_a_problem() -> None:
    chunked = POST.replace(b"Content-Length: 9", b"Transfer-Encoding: chunked")
    async with listening() as server:
        client = await server.connect(chunked + b"nonsense\r\n")

        assert problem(await client.rest())["code"] == "malformed"


async def test_the_longest_silent_connection_gives_way() -> None:
    async with listening(most=2) as server:
        first = await server.connect(b"GET")
        await server.connect()

        third = await server.connect(POST + b"123456789")

        assert problem(await first.rest())["code"] == "overloaded"
        assert b"200 OK" in await third.head()
        assert len(server.state.connections) == 2


async def test_a_kept_connection_gives_way_without_a_word() -> None:
    async with listening(most=1) as server:
        first = await server.connect(POST + b"123456789")
        await first.head()

        await server.connect()

        assert await first.rest() == b"ok"


async def test_a_body_under_way_gives_way() -> None:
    async with listening(most=1) as server:
        first = await server.connect(POST)
        await server.app.asked.wait()

        await server.connect()

        assert problem(await first.rest())["code"] == "overloaded"


async def test_where_every_request_is_being_answered_a_new_one_is_refused() -> None:
    async with listening(most=1) as server:
        first = await server.answering()

        second = await server.connect(GET)

        refused = await second.rest()
        assert problem(refused)["code"] == "overloaded"
        assert b"Retry-After: 2" in refused
        server.app.may_answer.set()
        assert b"200 OK" in await first.head()


async def test_refused_connections_do_not_add_up() -> None:
    async with listening(most=1) as server:
        await server.answering()

        refused = [await server.connect() for _ in range(20)]
        replies = [await client.rest() for client in refused]

        assert {problem(reply)["code"] for reply in replies} == {"overloaded"}
        assert len(server.state.connections) <= 2


async def _drip(client: Client) -> None:
    while True:
        client.send(b"a")
        await client.writer.drain()
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    "request_",
    [
        POST.replace(b"\r\n\r\n", b"\r\nTransfer-Encoding: chunked\r\n\r\n"),
        CHUNKED.replace(b"\r\n\r\n", b"\r\nContent-Length: 5\r\n\r\n"),
        POST.replace(b"\r\n\r\n", b"\r\nContent-Length: 9\r\n\r\n"),
        CHUNKED.replace(b"chunked", b"identity"),
        CHUNKED.replace(b"chunked", b"xchunked"),
        GET.replace(b"Host: a", b"Host : a"),
        GET.replace(b"Host: a", b"Host: a\r\n b"),
        GET.replace(b"Host: a", b"Host: a\rb"),
        GET.replace(b"Host: a", b"Host: a\0"),
        GET.replace(b"Host: a", b"Host: a\r\nHost: b"),
        GET.replace(b"Host: a", b"Accept: a"),
        GET.replace(b"\r\n", b"\n"),
        GET.replace(b"1.1", b"1.2"),
        b"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
    ],
)
async def test_an_ambiguous_request_is_refused_and_its_connection_closed(request_: bytes) -> None:
    async with listening() as server:
        client = await server.connect(request_ + GET)

        reply = problem(await client.rest())

        assert (reply["status"], reply["code"]) == (400, "malformed")
        assert reply["request_id"].startswith("req_")


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        (b"http://a/livez?x=1", "/livez", b"x=1"),
        (b"HTTPS://a:8000/livez", "/livez", b""),
        (b"http://a", "/", b""),
        (b"http://a?x=1", "/", b"x=1"),
        (b"/a?b=http://c/d", "/a", b"b=http://c/d"),
    ],
)
async def test_an_absolute_target_means_its_path(target: bytes, path: str, query: bytes) -> None:
    async with listening() as server:
        server.app.may_answer.set()

        client = await server.connect(GET.replace(b"/ ", target + b" "))

        assert b"200 OK" in await client.head()
        assert (server.app.scopes[0]["path"], server.app.scopes[0]["query_string"]) == (path, query)


async def test_a_trailer_is_no_header() -> None:
    async with listening() as server:
        client = await server.connect(CHUNKED + b"0\r\nX-API-Key: stolen\r\n\r\n")

        assert b"200 OK" in await client.head()
        assert b"x-api-key" not in dict(server.app.scopes[0]["headers"])


@pytest.mark.parametrize("end", [b"", b"\r\n\r\n"])
async def test_a_head_of_more_than_64_kilobytes_is_refused(end: bytes) -> None:
    async with listening() as server:
        client = await server.connect(b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 70_000)
        client.send(end)

        reply = problem(await client.rest())

        assert (reply["status"], reply["code"]) == (431, "head_too_large")


async def test_a_whole_request_is_answered_before_nonsense_ends_the_connection() -> None:
    async with listening() as server:
        client = await server.answering()
        client.send(b"nonsense\r\n\r\n")
        await asyncio.sleep(0.05)

        server.app.may_answer.set()

        assert (await client.rest()).endswith(b"connection: close\r\n\r\nok")


async def test_pipelined_requests_are_answered_in_order() -> None:
    async with listening() as server:
        server.app.may_answer.set()

        client = await server.connect(GET * 3 + POST + b"123456789")

        for _ in range(4):
            await client.head()
            assert await client.reader.readexactly(2) == b"ok"


async def test_too_many_pipelined_requests_end_the_connection() -> None:
    async with listening() as server:
        client = await server.answering()
        client.send(GET * 500)
        await asyncio.sleep(0.05)

        server.app.may_answer.set()

        assert (await client.rest()).count(b"200 OK") == 1 + MAX_PIPELINED


@pytest.mark.parametrize("pause", [0, 0.05])
@pytest.mark.parametrize("offer", [b"h2c", b"websocket"])
@pytest.mark.parametrize(
    ("request_", "body"),
    [(GET, b""), (POST, b"123456789"), (CHUNKED, b"9\r\n123456789\r\n0\r\n\r\n")],
)
async def test_an_offer_to_upgrade_is_ignored(
    request_: bytes, body: bytes, offer: bytes, pause: float
) -> None:
    """Java's client offers HTTP/2 with every request; curl does with --http2."""
    offered = b"\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: " + offer + b"\r\n\r\n"
    async with listening() as server:
        server.app.may_answer.set()
        client = await server.connect(request_.replace(b"\r\n\r\n", offered))
        await asyncio.sleep(pause)
        client.send(body + GET)

        for _ in range(2):
            assert b"200 OK" in await client.head()
            await client.reader.readexactly(2)
        assert server.app.body == (b"123456789" if body else b"")


async def test_a_client_that_half_closes_gets_its_reply() -> None:
    async with listening() as server:
        client = await server.answering()
        client.writer.write_eof()
        await asyncio.sleep(0.05)

        server.app.may_answer.set()

        assert (await client.rest()).endswith(b"ok")


async def test_a_small_head_behind_a_large_body_is_not_too_large() -> None:
    large = POST.replace(b"Content-Length: 9", b"Content-Length: 200000") + b"x" * 200_000
    async with listening() as server:
        server.app.may_answer.set()
        client = await server.connect(large + GET[:10])
        assert b"200 OK" in await client.head()
        await client.reader.readexactly(2)

        client.send(GET[10:])

        assert b"200 OK" in await client.head()


async def test_a_large_head_does_not_take_the_reply_of_the_request_before() -> None:
    async with listening() as server:
        client = await server.answering()
        client.send(b"GET /" + b"a" * 70_000)
        await asyncio.sleep(0.05)

        server.app.may_answer.set()

        assert b"200 OK" in await client.head()


async def test_whole_requests_are_answered_before_a_broken_one_ends_the_connection() -> None:
    async with listening() as server:
        server.app.may_answer.set()

        client = await server.connect(GET * 2 + CHUNKED + b"nonsense\r\n")

        assert (await client.rest()).count(b"200 OK") == 2


async def test_nonsense_larger_than_a_head_is_refused_once() -> None:
    async with listening() as server:
        client = await server.connect(b"x" * 100_000)

        assert problem(await client.rest())["code"] == "malformed"


async def test_a_new_connection_is_closed_while_the_server_stops() -> None:
    async with listening() as server:
        server.connections.stopping = True

        client = await server.connect()

        assert await client.rest() == b""


async def test_a_client_that_does_not_read_gives_way() -> None:
    async with listening(most=1) as server:
        unread = await server.connect(GET.replace(b"GET", b"DELETE"))
        await unread.head()
        await asyncio.sleep(0.05)
        server.app.may_answer.set()

        second = await server.connect(GET)

        assert b"200 OK" in await second.head()


async def test_an_address_that_holds_its_share_replaces_its_own() -> None:
    async with listening(per_address=2) as server:
        first = await server.connect()
        await server.connect()

        third = await server.connect(POST + b"123456789")

        assert await first.rest() == b""
        assert b"200 OK" in await third.head()


async def test_an_address_whose_share_is_being_answered_is_refused() -> None:
    async with listening(per_address=1) as server:
        await server.answering()

        second = await server.connect(GET)

        assert problem(await second.rest())["code"] == "overloaded"


async def test_closed_connections_leave_an_address_its_share() -> None:
    async with listening(per_address=1) as server:
        for _ in range(3):
            client = await server.connect(POST + b"123456789")
            assert b"200 OK" in await client.head()
            await client.close()
