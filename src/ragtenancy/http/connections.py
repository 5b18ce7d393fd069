"""uvicorn's HTTP/1.1 protocol with timeouts for slow clients and a bound on connections."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from itertools import islice
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from ragtenancy.domain.errors import (
    MalformedError,
    OverloadedError,
    RagTenancyError,
    RequestTimeoutError,
)
from ragtenancy.http.middleware import HEADERS
from ragtenancy.http.problems import MEDIA_TYPE, rendered
from ragtenancy.http.requests import REQUEST_ID_HEADER
from ragtenancy.ports.ids import Ids
from ragtenancy.ports.metrics import Metrics

HEAD_SECONDS = 10.0
LINGER_SECONDS = 2.0


class Connections:
    """A bounded LRU of one server's connections.

    A new connection evicts only one whose client owes a head, the rest of a body or the next
    request, the least recently heard first; never one whose request is being answered.
    """

    def __init__(
        self, most: int, ids: Ids, metrics: Metrics, *, head_seconds: float = HEAD_SECONDS
    ) -> None:
        self.head_seconds = head_seconds
        self._most = most
        self._ids = ids
        self._metrics = metrics
        self._owing: dict[Connection, None] = {}  # least recently heard first

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

    def make_room(self, count: int) -> bool:
        """Evict connections until `count` is within the bound; return whether it is."""
        owing = (connection for connection in self._owing if connection.owes)
        for connection in list(islice(owing, max(0, count - self._most))):
            connection.give_way()
            count -= 1
        return count <= self._most

    def refusal(self, error: RagTenancyError) -> bytes:
        """Return the reply that ends a connection, sent instead of the application's."""
        self._metrics.count("http_connections_refused_total", code=error.reason)
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
        reply = h11.Connection(h11.SERVER)
        head = h11.Response(
            status_code=problem.status,
            reason=HTTPStatus(problem.status).phrase,
            headers=list(headers.items()),
        )
        return (reply.send(head) or b"") + (reply.send(h11.Data(data=problem.body)) or b"")


class Connection(H11Protocol):
    """One connection.

    A head must be complete within 10 s of the connection or, if kept alive, of the head's first
    byte; the rest of an unread body, within 10 s of the reply. `middleware.BodyDeadline` covers
    the bodies that are read. No timeout runs while a request is being answered.
    """

    def __init__(self, connections: Connections, **given: Any) -> None:  # noqa: ANN401
        super().__init__(**given)
        self._limits = connections
        self._deadline: asyncio.TimerHandle | None = None
        self._refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Accept the connection, or refuse it if no other connection can be evicted."""
        super().connection_made(transport)
        if self._limits.make_room(len(self.connections)):
            self._follow()
        else:
            self._refuse(OverloadedError())

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._limits.settled(self)
        self._stop_clock()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Handle incoming bytes; drop those that follow a refusal."""
        if not self._refused:
            super().data_received(data)
            self._follow()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        super().on_response_complete()
        self._follow()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - our own words
        """Refuse a request that is not valid HTTP."""
        self._refuse(MalformedError("The request is not valid HTTP/1.1."))

    def shutdown(self) -> None:
        """Let a request in progress be answered; otherwise close the connection."""
        if self._refused:
            self.transport.close()
        else:
            super().shutdown()

    def give_way(self) -> None:
        """Close the connection at once, in favour of a new one."""
        if self._mid_request:
            self._withdraw(OverloadedError())
        self._limits.settled(self)
        self.transport.close()
        if not self.transport.get_write_buffer_size():
            self.connections.discard(self)

    @property
    def _request(self) -> RequestResponseCycle | None:
        """The request being received or answered."""
        cycle: RequestResponseCycle | None = self.cycle  # None before the first, whatever its type
        return None if cycle is None or cycle.response_complete else cycle

    @property
    def owes(self) -> bool:
        """Whether the client must send something before a reply can begin."""
        request = self._request
        return request is None or (request.more_body and not request.response_started)

    @property
    def _mid_request(self) -> bool:
        """Whether part of a request has arrived and no reply has begun."""
        if self._refused:
            return False
        if (request := self._request) is not None:
            return not request.response_started
        return self.conn.their_state is h11.IDLE and bool(self.conn.trailing_data[0])

    @property
    def _kept_alive(self) -> bool:
        """Whether the connection waits for another request, on uvicorn's keep-alive timer."""
        waits = self.conn.their_state is h11.IDLE and not self.conn.trailing_data[0]
        return waits and self.timeout_keep_alive_task is not None

    def _follow(self) -> None:
        """Run the timer while the client owes a head or the rest of an unread body."""
        if self.transport.is_closing():
            self._limits.settled(self)
            return
        if self.owes:
            self._limits.heard(self)
        else:
            self._limits.settled(self)
        if self._request is not None or self._kept_alive:
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

    def _refuse(self, error: RagTenancyError) -> None:
        """Send a refusal unless a reply has begun; give the client a moment to read it."""
        if self.conn.our_state not in {h11.IDLE, h11.SEND_RESPONSE}:
            self.transport.close()
            return
        self._withdraw(error)
        self.transport.write_eof()
        self._limits.heard(self)
        self._start_clock(LINGER_SECONDS)

    def _withdraw(self, error: RagTenancyError) -> None:
        """Send the refusal instead of the application's reply; the application sees a disconnect."""
        self._refused = True
        self._unset_keepalive_if_required()
        if (request := self._request) is not None:
            request.waiting_for_100_continue = False
            request.disconnected = True
            request.message_event.set()
        self.transport.write(self._limits.refusal(error))
