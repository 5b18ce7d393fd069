"""uvicorn's HTTP/1.1 protocol with timeouts for slow clients and a bound on connections."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from enum import Enum, auto
from http import HTTPStatus
from itertools import islice
from typing import Any, cast
from urllib.parse import urlsplit

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from ragtenancy.domain.errors import (
    HeadTooLargeError,
    MalformedError,
    OverloadedError,
    RagTenancyError,
    RequestTimeoutError,
)
from ragtenancy.domain.metrics import OPEN_CONNECTIONS, REFUSED_CONNECTIONS
from ragtenancy.http.middleware import HEADERS
from ragtenancy.http.problems import MEDIA_TYPE, rendered
from ragtenancy.http.requests import REQUEST_ID_HEADER
from ragtenancy.ports.ids import Ids
from ragtenancy.ports.metrics import Metrics

HEAD_SECONDS = 10.0
LINGER_SECONDS = 2.0
MAX_HEAD_BYTES = 65_536
MAX_PIPELINED = 32


class _Stage(Enum):
    """The part of a request that comes next."""

    BETWEEN = auto()
    HEAD = auto()
    BODY = auto()


class Connections:
    """A bounded LRU of one server's connections.

    A new connection evicts only one whose client owes a head, the rest of a body, the next request
    or the reading of a reply, the least recently heard first; never one whose request is being
    answered. With `per_address`, connections of one address are bounded in the same way.
    """

    def __init__(
        self,
        most: int,
        ids: Ids,
        metrics: Metrics,
        *,
        per_address: int | None = None,
        head_seconds: float = HEAD_SECONDS,
    ) -> None:
        self.head_seconds = head_seconds
        self.stopping = False  # then new connections are closed
        self._most = most
        self._per_address = per_address
        self._ids = ids
        self._metrics = metrics
        self._owing: dict[Connection, None] = {}  # least recently heard first
        self._from: dict[str, dict[Connection, None]] = {}
        self._open = 0

    def __call__(self, **given: Any) -> Connection:  # noqa: ANN401 - uvicorn's own arguments
        """Create the protocol for one connection, as uvicorn's protocol factory."""
        return Connection(self, **given)

    def heard(self, connection: Connection) -> None:
        """Record that a connection owes something and was heard just now."""
        self._owing.pop(connection, None)
        self._owing[connection] = None

    def settled(self, connection: Connection) -> None:
        """Record that a connection owes nothing."""
        self._owing.pop(connection, None)

    def admit(self, connection: Connection, count: int) -> bool:
        """Take in a new connection, the `count`th; return whether both bounds can be kept."""
        neighbours = self._from.get(connection.address, {})
        surplus = 0 if self._per_address is None else len(neighbours) + 1 - self._per_address
        if not _evict(neighbours, surplus):
            return False
        self._from.setdefault(connection.address, {})[connection] = None
        self._count(1)
        return _evict(self._owing, count - max(surplus, 0) - self._most)

    def forget(self, connection: Connection) -> None:
        """Forget a connection that is closed."""
        self.settled(connection)
        neighbours = self._from.get(connection.address, {})
        if connection in neighbours:
            del neighbours[connection]
            self._count(-1)
        if not neighbours:
            self._from.pop(connection.address, None)

    def _count(self, change: int) -> None:
        self._open += change
        self._metrics.gauge(OPEN_CONNECTIONS, self._open)

    def refusal(self, error: RagTenancyError) -> bytes:
        """Return the reply that ends a connection, sent instead of the application's."""
        self._metrics.count(REFUSED_CONNECTIONS, code=error.reason)
        request_id = self._ids.new("req")
        problem = rendered(error, request_id)
        headers = {
            **HEADERS,
            **problem.headers,
            REQUEST_ID_HEADER: request_id,
            "Content-Type": MEDIA_TYPE,
            "Content-Length": str(len(problem.body)),
            "Connection": "close",
        }
        phrase = HTTPStatus(problem.status).phrase
        lines = [f"HTTP/1.1 {problem.status} {phrase}", *(f"{n}: {v}" for n, v in headers.items())]
        return "\r\n".join([*lines, "", ""]).encode() + problem.body


def _evict(connections: Iterable[Connection], count: int) -> bool:
    """Evict `count` connections, or as many as owe something; return whether all were."""
    if count <= 0:
        return True
    evicted = list(islice((each for each in connections if each.owes), count))
    for connection in evicted:
        connection.give_way()
    return len(evicted) == count


def origin_form(target: bytes) -> bytes:
    """Return a request target without scheme and authority (RFC 9112, 3.2.2)."""
    if target[:7].lower() != b"http://" and target[:8].lower() != b"https://":
        return target
    parts = urlsplit(target)
    path = parts.path or b"/"
    return path + b"?" + parts.query if parts.query else path


class Connection(HttpToolsProtocol):
    """One connection.

    A head must be complete within 10 s of the connection or, if kept alive, of the head's first
    byte; the rest of an unread body, within 10 s of the reply. `bodies.Bodies` covers
    the bodies that are read. No timeout runs while a request is being answered.
    """

    def __init__(self, connections: Connections, **given: Any) -> None:  # noqa: ANN401
        super().__init__(**given)
        self.address = ""
        self._limits = connections
        self._deadline: asyncio.TimerHandle | None = None
        self._request: RequestResponseCycle | None = None  # being received or answered
        self._stage = _Stage.BETWEEN
        self._head_bytes = 0
        self._message_ended = False
        self._fault: RagTenancyError | None = None
        self._drops_input = False
        self._refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Accept the connection, or refuse it if no other connection can be evicted."""
        super().connection_made(transport)
        self.address = self.client[0] if self.client else ""
        if self._limits.stopping:
            self.transport.close()
        elif self._limits.admit(self, len(self.connections)):
            self._follow()
        else:
            self._refuse(OverloadedError())

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection; its requests see a disconnect."""
        self._limits.forget(self)
        self._stop_clock()
        self.pipeline.clear()
        if self._request is not None:
            self._request.disconnected = True
            self._request.message_event.set()
        super().connection_lost(exc)

    def eof_received(self) -> bool:  # type: ignore[override]
        """Keep a connection whose client half-closed it after a whole request, for the reply.

        A client that closes its side during a reply has left.
        """
        request = self._request
        if self._refused or request is None or request.more_body or request.response_started:
            return False
        self._end_input()
        return True

    def data_received(self, data: bytes) -> None:
        """Handle incoming bytes; drop those that follow a refusal."""
        if self._drops_input:
            return
        self._unset_keepalive_if_required()
        self._message_ended = False
        self._parse(data)
        if self._drops_input:
            return
        if self._stage is _Stage.HEAD and not self._message_ended:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self._fault = HeadTooLargeError(limit=MAX_HEAD_BYTES)
                self.send_400_response("")
                return
        self._follow()

    def _parse(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as offer:
            self._decline(data[offer.args[0] :])
        except httptools.HttpParserError:
            self.send_400_response("")

    def _decline(self, rest: bytes) -> None:
        """Parse a request again without its offer to upgrade, with which the body would be lost."""
        method, version = self.parser.get_method(), self.parser.get_http_version()
        if method == b"CONNECT":
            self.send_400_response("")
            return
        fields = [name + b": " + value for name, value in self.headers if name != b"upgrade"]
        head = [method + b" " + self.url + b" HTTP/" + version.encode(), *fields, b"", b""]
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self._parse(b"\r\n".join(head))
        if rest and not self._drops_input:
            self._parse(rest)

    def on_message_begin(self) -> None:
        """Begin a head."""
        super().on_message_begin()
        self._stage, self._head_bytes = _Stage.HEAD, 0

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header field; ignore those of a chunked body's trailer section."""
        if self._stage is _Stage.HEAD:
            super().on_header(name, value.rstrip(b" \t"))

    def on_headers_complete(self) -> None:
        """Begin a request, unless it offers to upgrade: it is parsed again without that."""
        if self.parser.should_upgrade():
            return
        self._stage = _Stage.BODY
        self._check_head()
        self.url = origin_form(self.url)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """End a request."""
        if not self.parser.should_upgrade():
            self._stage, self._message_ended = _Stage.BETWEEN, True
            super().on_message_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:  # noqa: ANN401
        self._request = cycle
        super()._start_asgi_task(cycle, app)

    def on_response_complete(self) -> None:
        """Begin the next pipelined request, or wait for one."""
        self._request = None
        super().on_response_complete()
        self._follow()

    def pause_writing(self) -> None:
        """Note that the client does not read its reply."""
        super().pause_writing()
        self._follow()

    def resume_writing(self) -> None:
        """Note that the client reads its reply."""
        super().resume_writing()
        self._follow()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - our own words
        """Refuse a request that is not valid HTTP, after any whole ones before it."""
        if self.pipeline and self.cycle.more_body:
            self.pipeline.popleft()  # the newest, whose body is broken
            newest = self.pipeline[0][0] if self.pipeline else self._request
            self.cycle = cast("RequestResponseCycle", newest)
        if self._request is not None and not self._request.more_body:
            self._end_input()
        else:
            self._refuse(self._fault or MalformedError("The request is not valid HTTP/1.1."))

    def _end_input(self) -> None:
        """Close the connection after the replies to the requests received so far."""
        self._drops_input = True
        self.cycle.keep_alive = False

    def shutdown(self) -> None:
        """Let a request in progress be answered; otherwise close the connection."""
        if self._request is None or self._refused:
            self.transport.close()
        else:
            self._request.keep_alive = False

    def give_way(self) -> None:
        """Close the connection at once, in favour of a new one."""
        if self._mid_request:
            self._withdraw(OverloadedError())
        self._limits.forget(self)
        if self.flow.write_paused:
            self.transport.abort()
        else:
            self.transport.close()
        if not self.transport.get_write_buffer_size():
            self.connections.discard(self)

    @property
    def owes(self) -> bool:
        """Whether the client must send something before a reply can begin, or read a reply."""
        request = self._request
        if request is None or self.flow.write_paused:
            return True
        return request.more_body and not request.response_started

    @property
    def _mid_request(self) -> bool:
        """Whether part of a request has arrived and no reply has begun."""
        if self._refused:
            return False
        if self._request is not None:
            return not self._request.response_started
        return self._stage is _Stage.HEAD

    def _follow(self) -> None:
        """Run the timer while the client owes a head or the rest of an unread body."""
        if self.transport.is_closing():
            self._limits.settled(self)
            return
        if self.owes:
            self._limits.heard(self)
        else:
            self._limits.settled(self)
        kept_alive = self._stage is _Stage.BETWEEN and self.timeout_keep_alive_task is not None
        if self._request is not None or kept_alive:
            self._stop_clock()
        elif self._deadline is None:
            self._start_clock(self._limits.head_seconds)

    def _start_clock(self, seconds: float) -> None:
        self._stop_clock()
        self._deadline = self.loop.call_later(seconds, self._overdue)

    def _stop_clock(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _overdue(self) -> None:
        if self._mid_request:
            self._refuse(RequestTimeoutError())
        else:
            self.transport.close()

    def _check_head(self) -> None:
        """Raise for a head that the parser accepts and RFC 9112 or our bounds do not.

        The parser reports what is raised as a fault of its own, so the error is kept.
        """
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        hosts = sum(name == b"host" for name, _ in self.headers)
        codings = {value.lower() for name, value in self.headers if name == b"transfer-encoding"}
        version = self.parser.get_http_version()
        if size > MAX_HEAD_BYTES:
            self._fault = HeadTooLargeError(limit=MAX_HEAD_BYTES)
        elif version not in {"1.0", "1.1"} or codings - {b"chunked"}:
            self._fault = MalformedError("The request is not HTTP/1.1, or its body is encoded.")
        elif hosts > 1 or (hosts == 0 and version != "1.0"):
            self._fault = MalformedError("A request must have one Host header.")
        elif len(self.pipeline) >= MAX_PIPELINED:
            self._fault = MalformedError("Too many requests were sent before the first reply.")
        if self._fault is not None:
            raise self._fault

    def _refuse(self, error: RagTenancyError) -> None:
        """Send a refusal unless a reply has begun; give the client a moment to read it."""
        if self._refused:
            return
        if self._request is not None and self._request.response_started:
            self.transport.close()
            return
        self._withdraw(error)
        self.transport.write_eof()
        self._limits.heard(self)
        self._start_clock(LINGER_SECONDS)

    def _withdraw(self, error: RagTenancyError) -> None:
        """Send the refusal instead of the application's reply; the application sees a disconnect."""
        self._refused = self._drops_input = True
        self._unset_keepalive_if_required()
        if self._request is not None:
            self._request.waiting_for_100_continue = False
            self._request.disconnected = True
            self._request.message_event.set()
        self.transport.write(self._limits.refusal(error))
