"""A clock that is wound by hand."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from ragtenancy.ports.clock import Clock

START = datetime(2026, 1, 1, tzinfo=UTC)


class ScriptedClock(Clock):
    """Stands still until `advance`; whoever sleeps waits for that."""

    def __init__(self, start: datetime = START) -> None:
        self._start = start
        self._now = start
        self._sleepers: list[tuple[datetime, asyncio.Event]] = []

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return (self._now - self._start).total_seconds()

    async def sleep(self, delay: timedelta) -> None:
        if delay <= timedelta(0):
            await asyncio.sleep(0)
            return
        sleeper = (self._now + delay, asyncio.Event())
        self._sleepers.append(sleeper)
        try:
            await sleeper[1].wait()
        finally:
            self._sleepers.remove(sleeper)

    def advance(self, delay: timedelta) -> None:
        """Wind the clock on and wake those whose time has come."""
        self._now += delay
        for wakes_at, woken in self._sleepers:
            if wakes_at <= self._now:
                woken.set()

    @property
    def sleepers(self) -> int:
        """How many wait."""
        return len(self._sleepers)
