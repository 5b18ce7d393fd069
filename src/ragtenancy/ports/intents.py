"""What may be half done, and what one process at a time does for all."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from ragtenancy.domain.ids import IntentId
from ragtenancy.domain.intents import Intent
from ragtenancy.domain.tenants import TenantScope


class IntentLog(Protocol):
    """Open intents of every tenant; asking for them costs nothing that grows with what is stored."""

    @abstractmethod
    async def open(self, scope: TenantScope, intent: Intent) -> None:
        """Keep an intent durably, in place of one of its id."""

    @abstractmethod
    async def close(self, scope: TenantScope, intent_id: IntentId) -> None:
        """Forget an intent; the absent is fine. May be lost in a crash of the machine."""

    @abstractmethod
    async def opened(self, *, until: datetime) -> Sequence[Intent]:
        """Return every tenant's intents that were opened until then, oldest first."""

    @abstractmethod
    async def drop(self, scope: TenantScope) -> None:
        """Forget every intent of the tenant."""


class DutyRoster(Protocol):
    """Leases on duties by name, shared by every process of the installation."""

    @abstractmethod
    async def claim(self, duty: str, *, now: datetime, until: datetime) -> bool:
        """Take a duty until then, unless it is taken past `now`; tell whether it was given."""
