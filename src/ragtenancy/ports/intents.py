"""Intents of unfinished work, and duties that one process at a time performs for all."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from ragtenancy.domain.ids import IntentId
from ragtenancy.domain.intents import Intent
from ragtenancy.domain.tenants import TenantScope


class IntentLog(Protocol):
    """Open intents of every tenant; the cost of listing them does not grow with the stored data."""

    @abstractmethod
    async def open(self, scope: TenantScope, intent: Intent) -> None:
        """Store an intent durably, replacing one with the same id."""

    @abstractmethod
    async def close(self, scope: TenantScope, intent_id: IntentId) -> None:
        """Close an intent; idempotent. A crash of the machine may undo it."""

    @abstractmethod
    async def opened(self, *, until: datetime) -> Sequence[Intent]:
        """Return every tenant's intents opened up to that time, oldest first."""

    @abstractmethod
    async def drop(self, scope: TenantScope) -> None:
        """Remove every intent of the tenant."""


class DutyRoster(Protocol):
    """Leases on named duties, shared by every process of the installation."""

    @abstractmethod
    async def claim(self, duty: str, *, now: datetime, until: datetime) -> bool:
        """Lease a duty until then unless it is leased past `now`; return whether it succeeded."""
