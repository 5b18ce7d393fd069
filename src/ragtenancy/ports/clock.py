"""The clock: time and sleep."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Wall clock, monotonic clock and sleep."""

    @abstractmethod
    def now(self) -> datetime:
        """Return the current time in UTC, timezone-aware."""

    @abstractmethod
    def monotonic(self) -> float:
        """Return seconds of a monotonic clock."""

    @abstractmethod
    async def sleep(self, delay: timedelta) -> None:
        """Sleep."""
