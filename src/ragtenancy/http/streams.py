"""Replies as server-sent events (WHATWG HTML standard).

A stream's work ends when its client disconnects or the process stops.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence

import msgspec
from litestar import Response
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Send

from ragtenancy.app.concurrency import Pump
from ragtenancy.http.problems import Problems, Rendered
from ragtenancy.http.requests import accepts

MEDIA_TYPE = "text/event-stream"
HEADERS = {"X-Accel-Buffering": "no"}


def encoded_event(name: str, data: msgspec.Struct | bytes) -> bytes:
    """Return one event; compact JSON has no line breaks, so one `data:` line is enough."""
    body = data if isinstance(data, bytes) else msgspec.json.encode(data)
    return b"event: " + name.encode() + b"\ndata: " + body + b"\n\n"


def error_event(problem: Rendered) -> bytes:
    """Return the event that reports a failure within a stream."""
    return encoded_event("error", problem.body)


def accepts_events(accept: str) -> bool:
    """Return whether an `Accept` header asks for events."""
    return accepts(accept, MEDIA_TYPE)


class EventStreams:
    """The open streams; they end when the process stops."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self._open: set[Pump[bytes]] = set()

    async def open(
        self,
        events: AsyncGenerator[bytes, None],
        request_id: str,
        failed: Callable[[Rendered], bytes] = error_event,
    ) -> EventStream:
        """Start a reply with its first event. Raises any error that precedes it.

        `failed` words a later error as the stream's last event.
        """
        pump = Pump(events)
        self._open.add(pump)
        try:
            first = await pump.take()
        except BaseException:
            await self.end(pump)
            raise
        if not first:
            self._open.discard(pump)
            raise pump.failure or RuntimeError("the stream ended before it began")

        def last_words(error: BaseException) -> bytes:
            return failed(self._problems.render(error, request_id))

        return EventStream(_Running(self, pump, first, last_words))

    async def end(self, pump: Pump[bytes]) -> None:
        """End a stream and wait until its work is closed cleanly."""
        await pump.close()
        self._open.discard(pump)

    async def close(self) -> None:
        """End every stream."""
        for pump in list(self._open):
            await self.end(pump)


class _Running(ASGIResponse):
    """Sends events as they arrive, several at once if so; stops the work if the client disconnects."""

    _should_set_content_length = False

    def __init__(
        self,
        streams: EventStreams,
        pump: Pump[bytes],
        first: Sequence[bytes],
        last_words: Callable[[BaseException], bytes],
    ) -> None:
        super().__init__(headers=HEADERS, media_type=MEDIA_TYPE)
        self._streams = streams
        self._pump = pump
        self._first = first
        self._last_words = last_words

    async def send_body(self, send: Send, receive: Receive) -> None:
        """Send every event, then the end."""
        leaving = asyncio.create_task(self._watch(receive))
        try:
            events = self._first
            while events:
                await _piece(send, b"".join(events))
                events = await self._pump.take()
            if self._pump.failure is not None:
                await _piece(send, self._last_words(self._pump.failure))
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            leaving.cancel()
            await self._streams.end(self._pump)

    async def _watch(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            continue
        self._pump.stop()


class EventStream(Response[bytes]):
    """A controller's streaming reply."""

    def __init__(self, running: _Running) -> None:
        super().__init__(b"")
        self._running = running

    def to_asgi_response(self, *_: object, **__: object) -> ASGIResponse:
        """Return the prepared response."""
        return self._running


async def _piece(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})
