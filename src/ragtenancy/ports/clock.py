"""Time."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Wall clock, monotonic clock and sleep."""

    @abstractmethod
    def now(self) -> datetime:
        """Return the time in UTC, with its zone."""

    @abstractmethod
    def monotonic(self) -> float:
        """Return seconds that never go back."""

    @abstractmethod
    async def sleep(self, delay: timedelta) -> None:
        """Wait."""
