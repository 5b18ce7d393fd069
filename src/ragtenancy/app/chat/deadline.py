"""One deadline for the whole of a turn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TypeVar

from ragtenancy.domain.errors import BackendTimeoutError

Event = TypeVar("Event")


async def before_deadline(
    events: AsyncGenerator[Event, None], seconds: float
) -> AsyncGenerator[Event, None]:
    """Yield the events; what is not there `seconds` after the first was asked for is given up.

    The time is looked at while an event is waited for, never while its reader works with it.
    Raises `BackendTimeoutError` once the generator is closed in order.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    async with aclosing(events):
        while True:
            try:
                async with asyncio.timeout_at(deadline):
                    event = await anext(events)
            except StopAsyncIteration:
                return
            except TimeoutError as error:
                raise BackendTimeoutError("The answer took too long.") from error
            yield event
