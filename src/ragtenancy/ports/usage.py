"""What a tenant used, by day, key and model."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from ragtenancy.domain.tenants import TenantScope
from ragtenancy.domain.usage import Held, Period, Reservation, UsageRow

Admit = Callable[[Sequence[UsageRow], Held], None]


class UsageRepository(Protocol):
    """Usage of one tenant. Turns and documents record theirs in the transaction that stores them.

    Rows are kept for `RETENTION`; all go with the tenant.
    """

    @abstractmethod
    async def add(self, scope: TenantScope, used: Sequence[UsageRow]) -> None:
        """Add to the counts of the rows' days, keys and models, in one transaction."""

    @abstractmethod
    async def rows(self, scope: TenantScope, period: Period) -> Sequence[UsageRow]:
        """Return one row for each day, key and model of the period, in that order."""

    @abstractmethod
    async def reserve(
        self,
        scope: TenantScope,
        reservation: Reservation,
        period: Period,
        admit: Admit,
        *,
        now: datetime,
    ) -> None:
        """Store a reservation, if `admit` does not raise.

        `admit` receives the period's rows and what the unexpired reservations hold, and may be
        called again: in whatever process, no two reservations are admitted on the same facts.
        """

    @abstractmethod
    async def release(self, scope: TenantScope, reservation_id: str) -> None:
        """Remove a reservation, once its usage is stored; idempotent."""

    @abstractmethod
    async def marks(self, scope: TenantScope) -> frozenset[str]:
        """Return the names of the events that were announced."""

    @abstractmethod
    async def mark(self, scope: TenantScope, name: str) -> None:
        """Remember that an event was announced; idempotent."""
