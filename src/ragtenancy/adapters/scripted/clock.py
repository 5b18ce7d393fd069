"""A clock wound by hand."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from ragtenancy.ports.clock import Clock

START = datetime(2026, 1, 1, tzinfo=UTC)


class ScriptedClock(Clock):
    """Stands still until it is advanced; a sleep ends when it is advanced past it."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start
        self._sleepers: list[tuple[datetime, asyncio.Event]] = []

    def now(self) -> datetime:
        """Return the time that it was wound to."""
        return self._now

    def monotonic(self) -> float:
        """Return seconds since the start."""
        return (self._now - START).total_seconds()

    async def sleep(self, delay: timedelta) -> None:
        """Wait until the clock is advanced far enough."""
        woken = asyncio.Event()
        self._sleepers.append((self._now + delay, woken))
        await woken.wait()

    def advance(self, delay: timedelta) -> None:
        """Wind the clock forward and wake those whose time has come."""
        self._now += delay
        due = [event for at, event in self._sleepers if at <= self._now]
        self._sleepers = [(at, event) for at, event in self._sleepers if at > self._now]
        for event in due:
            event.set()
