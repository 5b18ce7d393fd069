"""A bounded cache of lookups with a time to live; concurrent callers share one lookup."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from contextvars import Context
from typing import Generic, TypeVar

from msgspec import Struct

from ragtenancy.ports.clock import Clock

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
Ask = Callable[[Value | None], Awaitable[Value | None]]


class Cached(Struct, Generic[Value], frozen=True):
    """A value, and the time of its lookup."""

    value: Value
    asked_at: float


class Lookups(Generic[Key, Value]):
    """Results of the last `seconds`, for the `most` recently used keys.

    A result's age counts from the start of its lookup. Concurrent callers for one key share one
    lookup, including its error; errors and absent values are not cached.
    """

    def __init__(self, clock: Clock, *, seconds: float, most: int) -> None:
        self._clock = clock
        self._seconds = seconds
        self._most = most
        self._known: OrderedDict[Key, Cached[Value]] = OrderedDict()
        self._asking: dict[Key, asyncio.Task[Value | None]] = {}

    async def get(self, key: Key, ask: Ask[Value]) -> Value | None:
        """Return the cached value, else the result of `ask`, which is passed the expired value."""
        known = self._known.get(key)
        if known is not None and self._clock.monotonic() - known.asked_at < self._seconds:
            self._known.move_to_end(key)
            return known.value
        asking = self._asking.get(key)
        if asking is None:
            asking = self._start(key, ask, None if known is None else known.value)
        return await asyncio.shield(asking)

    def forget(self, key: Key) -> None:
        """Forget a key and the result of its running lookup, which may be outdated."""
        self._known.pop(key, None)
        self._asking.pop(key, None)

    def forget_where(self, matches: Callable[[Value], bool]) -> None:
        """Forget every matching value, and the results of all running lookups."""
        for key in [key for key, known in self._known.items() if matches(known.value)]:
            del self._known[key]
        self._asking.clear()

    def _start(self, key: Key, ask: Ask[Value], known: Value | None) -> asyncio.Task[Value | None]:
        """Run the lookup in its own task: the first caller may be cancelled while others wait."""
        asked_at = self._clock.monotonic()
        task = asyncio.create_task(_asked(ask, known), context=Context())
        self._asking[key] = task
        task.add_done_callback(lambda done: self._settle(key, done, asked_at))
        return task

    def _settle(self, key: Key, task: asyncio.Task[Value | None], asked_at: float) -> None:
        failed = task.cancelled() or task.exception() is not None
        if self._asking.get(key) is not task:
            return
        del self._asking[key]
        if failed:
            return
        self._known.pop(key, None)
        value = task.result()
        if value is not None:
            self._known[key] = Cached(value, asked_at)
        if len(self._known) > self._most:
            self._known.popitem(last=False)


async def _asked(ask: Ask[Value], known: Value | None) -> Value | None:
    return await ask(known)
