"""Structured concurrency: concurrent tasks, and tasks shielded from cancellation."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

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
