"""Runs a generator in a task of its own, so that whoever reads it may go away at any moment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Pump(Generic[Item]):
    """Reads a generator to its end, or until closed; the generator is always closed in order.

    The generator never waits for a slow reader: what it yields must be bounded by itself.
    """

    def __init__(self, items: AsyncGenerator[Item, None]) -> None:
        self._queue: asyncio.Queue[list[Item]] = asyncio.Queue()
        self._task = asyncio.create_task(self._run(items))
        self._task.add_done_callback(lambda _: self._queue.put_nowait([]))

    @property
    def failure(self) -> BaseException | None:
        """What ended the generator early, once it has ended."""
        done = self._task.done() and not self._task.cancelled()
        return self._task.exception() if done else None

    async def next(self) -> Item | None:
        """Return the next item, None after the last."""
        items = await self._queue.get()
        return items[0] if items else None

    async def __aiter__(self) -> AsyncIterator[Item]:
        """Yield the items that are left."""
        while (item := await self.next()) is not None:
            yield item

    def stop(self) -> None:
        """Begin to end the generator early."""
        self._task.cancel()

    async def close(self) -> None:
        """End the generator and wait until it is closed."""
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _run(self, items: AsyncGenerator[Item, None]) -> None:
        async with aclosing(items):
            async for item in items:
                self._queue.put_nowait([item])
