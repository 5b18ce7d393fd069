"""What one process at a time does for all."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from typing import Protocol


class DutyRoster(Protocol):
    """Leases on duties by name, shared by every process of the installation."""

    @abstractmethod
    async def claim(self, duty: str, *, now: datetime, until: datetime) -> bool:
        """Take a duty until then, unless it is taken past `now`; tell whether it was given."""
