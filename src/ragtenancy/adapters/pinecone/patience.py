"""Waiting until the index shows what was written, for so long and no longer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from msgspec import Struct

from ragtenancy.domain.errors import UnavailableError

FIRST_PAUSE = 0.25
LONGEST_PAUSE = 4.0


class Patience(Struct, frozen=True, kw_only=True):
    """How many seconds reads may take to show a write, and the clock that tells."""

    seconds: float = 90.0
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep

    async def until(self, holds: Callable[[], Awaitable[bool]], what: str) -> None:
        """Ask until it holds. Raises `UnavailableError` (not_settled) when the time is over."""
        deadline = self.monotonic() + self.seconds
        pause = FIRST_PAUSE
        while not await holds():
            if self.monotonic() >= deadline:
                raise UnavailableError(what, code="not_settled", retry_after=LONGEST_PAUSE)
            await self.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
