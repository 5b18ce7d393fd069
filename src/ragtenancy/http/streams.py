"""Replies as server-sent events (WHATWG HTML standard).

A stream's work ends when its client disconnects or the process stops.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Generic, TypeVar

import msgspec
from litestar import Response
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Send

from ragtenancy.http.problems import Problems

Item = TypeVar("Item")

MEDIA_TYPE = "text/event-stream"
HEADERS = {"X-Accel-Buffering": "no"}


def encoded_event(name: str, data: msgspec.Struct | bytes) -> bytes:
    """Return one event; compact JSON has no line breaks, so one `data:` line is enough."""
    body = data if isinstance(data, bytes) else msgspec.json.encode(data)
    return b"event: " + name.encode() + b"\ndata: " + body + b"\n\n"


def accepts_events(accept: str) -> bool:
    """Return whether an `Accept` header asks for events."""
    kinds = [part.partition(";") for part in accept.lower().split(",")]
    return any(
        kind.strip() == MEDIA_TYPE and "q=0" not in _weights(parameters)
        for kind, _, parameters in kinds
    )


def _weights(parameters: str) -> set[str]:
    return {parameter.strip() for parameter in parameters.split(";")}


class Pump(Generic[Item]):
    """Reads a generator to its end, or until closed; always closes the generator cleanly.

    The generator never waits for a slow reader: its output must itself be bounded.
    """

    def __init__(self, items: AsyncGenerator[Item, None]) -> None:
        self._queue: asyncio.Queue[list[Item]] = asyncio.Queue()
        self._task = asyncio.create_task(self._run(items))
        self._task.add_done_callback(lambda _: self._queue.put_nowait([]))

    @property
    def failure(self) -> BaseException | None:
        """The error that ended the generator early, once it has ended."""
        done = self._task.done() and not self._task.cancelled()
        return self._task.exception() if done else None

    async def next(self) -> Item | None:
        """Return the next item, None after the last."""
        items = await self._queue.get()
        return items[0] if items else None

    async def __aiter__(self) -> AsyncIterator[Item]:
        """Yield the remaining items."""
        while (item := await self.next()) is not None:
            yield item

    def stop(self) -> None:
        """Start stopping the generator early."""
        self._task.cancel()

    async def close(self) -> None:
        """Stop the generator and wait until it is closed."""
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _run(self, items: AsyncGenerator[Item, None]) -> None:
        async with aclosing(items):
            async for item in items:
                self._queue.put_nowait([item])


class EventStreams:
    """The open streams; they end when the process stops."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self._open: set[Pump[bytes]] = set()

    async def open(self, events: AsyncGenerator[bytes, None], request_id: str) -> EventStream:
        """Start a reply with its first event. Raises any error that precedes it."""
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
        """End a stream and wait until its work is closed cleanly."""
        await pump.close()
        self._open.discard(pump)

    async def close(self) -> None:
        """End every stream."""
        for pump in list(self._open):
            await self.end(pump)

    def failed(self, error: BaseException, request_id: str) -> bytes:
        """Return the event that reports a failure."""
        return encoded_event("error", self._problems.render(error, request_id).body)


class _Running(ASGIResponse):
    """Sends events as they arrive; stops the work if the client disconnects."""

    _should_set_content_length = False

    def __init__(
        self, streams: EventStreams, pump: Pump[bytes], first: bytes, request_id: str
    ) -> None:
        super().__init__(headers=HEADERS, media_type=MEDIA_TYPE)
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
    """A controller's streaming reply."""

    def __init__(self, running: _Running) -> None:
        super().__init__(b"")
        self._running = running

    def to_asgi_response(self, *_: object, **__: object) -> ASGIResponse:
        """Return the prepared response."""
        return self._running


async def _piece(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})
