"""A reply of server-sent events that ends its work when the client goes away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from litestar import Response
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Send

from ragtenancy.http import sse
from ragtenancy.http.problems import Problems
from ragtenancy.http.pump import Pump

HEADERS = {"X-Accel-Buffering": "no"}


class EventStreams:
    """The streams under way; they end when the process stops."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self._open: set[Pump[bytes]] = set()

    async def open(self, events: AsyncGenerator[bytes, None], request_id: str) -> EventStream:
        """Start a reply with its first event; what fails before it is raised."""
        pump = Pump(events)
        self._open.add(pump)
        try:
            first = await pump.next()
        except BaseException:
            await self.end(pump)
            raise
        if first is None:
            self._open.discard(pump)
            raise pump.failure or RuntimeError("the stream ended before it began")
        return EventStream(_Running(self, pump, first, request_id))

    async def end(self, pump: Pump[bytes]) -> None:
        """End a stream and wait until its work is closed in order."""
        await pump.close()
        self._open.discard(pump)

    async def close(self) -> None:
        """End every stream."""
        for pump in list(self._open):
            await self.end(pump)

    def failed(self, error: BaseException, request_id: str) -> bytes:
        """Return the event that tells of a failure."""
        return sse.encode("error", self._problems.render(error, request_id).body)


class _Running(ASGIResponse):
    """Sends events as they come; a client that leaves ends the work."""

    _should_set_content_length = False

    def __init__(
        self, streams: EventStreams, pump: Pump[bytes], first: bytes, request_id: str
    ) -> None:
        super().__init__(headers=HEADERS, media_type=sse.MEDIA_TYPE)
        self._streams = streams
        self._pump = pump
        self._first = first
        self._request_id = request_id

    async def send_body(self, send: Send, receive: Receive) -> None:
        """Send every event, then the end."""
        leaving = asyncio.create_task(self._watch(receive))
        try:
            await _piece(send, self._first)
            async for event in self._pump:
                await _piece(send, event)
            if self._pump.failure is not None:
                await _piece(send, self._streams.failed(self._pump.failure, self._request_id))
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            leaving.cancel()
            await self._streams.end(self._pump)

    async def _watch(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            continue
        self._pump.stop()


class EventStream(Response[bytes]):
    """What a controller returns."""

    def __init__(self, running: _Running) -> None:
        super().__init__(b"")
        self._running = running

    def to_asgi_response(self, *_: object, **__: object) -> ASGIResponse:
        """Return the response; it is complete as it is."""
        return self._running


async def _piece(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})
