"""Structured concurrency: concurrent tasks, shielded tasks, and generators read ahead."""

from __future__ import annotations

import asyncio
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Callable,
    Coroutine,
    Iterable,
    Sequence,
)
from typing import Any, Generic, TypeVar

LONG_TEXT = 1_000  # characters, whose analysis may take a millisecond
Item = TypeVar("Item")
Result = TypeVar("Result")


async def together(work: Iterable[Coroutine[Any, Any, Result]]) -> list[Result]:
    """Run coroutines concurrently, and return their results in order.

    The first failure cancels the rest and is raised as itself, not in a group. A single coroutine
    runs without a task.
    """
    work = list(work)
    if len(work) <= 1:
        return [await each for each in work]
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(each) for each in work]
    except ExceptionGroup as failures:
        raise first_of(failures) from None
    return [task.result() for task in tasks]


def first_of(failures: ExceptionGroup[Exception]) -> Exception:
    """Return the first failure in a group, however deeply nested."""
    first = failures.exceptions[0]
    return first_of(first) if isinstance(first, ExceptionGroup) else first


async def breathe() -> None:
    """Let the event loop's other tasks run, between two pieces of work of some milliseconds."""
    await asyncio.sleep(0)


async def for_text(text: str, work: Callable[[], Result]) -> Result:
    """Return the result of analysing a question, in a thread if it is long."""
    if len(text) <= LONG_TEXT:
        return work()
    return await asyncio.to_thread(work)


async def uninterrupted(work: Coroutine[Any, Any, Result]) -> Result:
    """Return a coroutine's result, shielded: it must not stop with its work half done.

    A cancellation that arrives first is raised once the coroutine has ended.
    """
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.gather(task, return_exceptions=True)
        raise


class Pump(Generic[Item]):
    """Reads a generator to its end, or until closed; always closes the generator cleanly.

    The generator never waits for a slow reader, which then takes several items at once; its output
    must itself be bounded.
    """

    def __init__(self, items: AsyncIterator[Item]) -> None:
        self._items: list[Item] = []
        self._news = asyncio.Event()
        self._task = asyncio.create_task(self._run(items))
        self._task.add_done_callback(lambda _: self._news.set())

    @property
    def failure(self) -> BaseException | None:
        """The error that ended the generator early, once it has ended."""
        done = self._task.done() and not self._task.cancelled()
        return self._task.exception() if done else None

    async def take(self) -> Sequence[Item]:
        """Return the items that have arrived, at least one; none after the last."""
        while not self._items and not self._task.done():
            await self._news.wait()
            self._news.clear()
        items, self._items = self._items, []
        return items

    def stop(self) -> None:
        """Start stopping the generator early."""
        self._task.cancel()

    async def close(self) -> None:
        """Stop the generator and wait until it is closed."""
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _run(self, items: AsyncIterator[Item]) -> None:
        try:
            async for item in items:
                self._items.append(item)
                self._news.set()
        finally:
            if isinstance(items, AsyncGenerator):
                await items.aclose()


async def read_ahead(items: AsyncIterator[Item]) -> AsyncGenerator[Sequence[Item], None]:
    """Yield the items of a generator, all that have arrived at once. Raises as it does."""
    pump = Pump(items)
    try:
        while arrived := await pump.take():
            yield arrived
        if pump.failure is not None:
            raise pump.failure
    finally:
        await pump.close()
