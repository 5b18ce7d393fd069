"""Running several things at once."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

Result = TypeVar("Result")


async def together(work: Iterable[Coroutine[Any, Any, Result]]) -> list[Result]:
    """Run everything at once, and return the results in order.

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
