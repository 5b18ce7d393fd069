"""Asking again after the store was overloaded, for as long as it asks for and we can wait."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from ragtenancy.domain.errors import UnavailableError

MOST_TRIES = 4
MOST_SECONDS = 5.0
Given = ParamSpec("Given")
Result = TypeVar("Result")


def patient(call: Callable[Given, Awaitable[Result]]) -> Callable[Given, Awaitable[Result]]:
    """Repeat what was throttled, which did nothing; a wait beyond the bounds is the caller's.

    The SDK would do so, too, but sleeps however long the store asks for before it looks.
    """

    @wraps(call)
    async def repeated(*args: Given.args, **kwargs: Given.kwargs) -> Result:
        left = MOST_SECONDS
        for _ in range(MOST_TRIES - 1):
            try:
                return await call(*args, **kwargs)
            except UnavailableError as error:
                wait = error.retry_after or 0.0
                if error.reason != "throttled" or wait > left:
                    raise
            left -= wait
            await asyncio.sleep(wait)
        return await call(*args, **kwargs)

    return repeated
