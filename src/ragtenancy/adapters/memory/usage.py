"""Usage in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import structs

from ragtenancy.adapters.memory.client import Container, Memory
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.domain.usage import (
    RETENTION,
    Counts,
    Period,
    Reservation,
    UsageRow,
    held_by,
    merged,
)
from ragtenancy.ports.usage import Admit, UsageRepository


def record(container: Container, used: Sequence[UsageRow]) -> None:
    """Add to the container's usage; expire rows on a new day."""
    for row in used:
        known = container.usage.get(row.place)
        counts = Counts() if known is None else known.counts
        container.usage.put(row.place, structs.replace(row, counts=counts + row.counts))
        if known is None:
            expired = [each.place for each in container.usage if each.day < row.day - RETENTION]
            container.usage.remove_where(expired.__contains__)


class InMemoryUsageRepository(UsageRepository):
    """Rows, reservations and marks in the tenant's container."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def add(self, scope: TenantScope, used: Sequence[UsageRow]) -> None:
        record(self._memory.container(scope), used)

    async def rows(self, scope: TenantScope, period: Period) -> Sequence[UsageRow]:
        return _rows(self._memory.container(scope), period)

    async def reserve(
        self,
        scope: TenantScope,
        reservation: Reservation,
        period: Period,
        admit: Admit,
        *,
        now: datetime,
    ) -> None:
        container = self._memory.container(scope)
        admit(_rows(container, period), held_by(container.reservations, now))
        container.reservations.put(reservation.reservation_id, reservation)

    async def release(self, scope: TenantScope, reservation_id: str) -> None:
        self._memory.container(scope).reservations.remove(reservation_id)

    async def marks(self, scope: TenantScope) -> frozenset[str]:
        return frozenset(self._memory.container(scope).usage_marks)

    async def mark(self, scope: TenantScope, name: str) -> None:
        self._memory.container(scope).usage_marks.add(name)


def _rows(container: Container, period: Period) -> Sequence[UsageRow]:
    return merged(row for row in container.usage if period.first <= row.day <= period.last)
