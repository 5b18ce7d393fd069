"""Structured concurrency: tasks side by side, and a task that a cancellation lets end."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

Result = TypeVar("Result")


async def together(work: Iterable[Coroutine[Any, Any, Result]]) -> list[Result]:
    """Run coroutines concurrently, and return their results in order.

    The first failure cancels the rest and is raised as it is, not in a group. One alone needs no
    task of its own.
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
    """Return the first failure of a group, however deep it lies."""
    first = failures.exceptions[0]
    return first_of(first) if isinstance(first, ExceptionGroup) else first


async def uninterrupted(work: Coroutine[Any, Any, Result]) -> Result:
    """Return what a coroutine returns, shielded: half of its work may be done already.

    A cancellation meanwhile is raised once it has ended.
    """
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.gather(task, return_exceptions=True)
        raise
