"""Usage in a tenant's file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import apsw
from msgspec import structs

from ragtenancy.adapters.sqlite.schema import microseconds
from ragtenancy.adapters.sqlite.tenant_files import TenantFiles
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.domain.usage import (
    RETENTION,
    Counts,
    Held,
    Period,
    Reservation,
    UsageRow,
    held_by,
)
from ragtenancy.persistence.record_codec import RecordCodec
from ragtenancy.ports.usage import Admit, UsageRepository

CODEC = RecordCodec(UsageRow)
RESERVATION_CODEC = RecordCodec(Reservation)

FIND = "SELECT body FROM usage WHERE day = ? AND key_id = ? AND model = ?"
PUT = "INSERT OR REPLACE INTO usage VALUES (?, ?, ?, ?)"
EXPIRE = "DELETE FROM usage WHERE day < ?"
OF_PERIOD = "SELECT body FROM usage WHERE day BETWEEN ? AND ? ORDER BY day, key_id, model"
RESERVE = "INSERT INTO usage_reservations VALUES (?, ?, ?)"


def record(db: apsw.Connection, used: Sequence[UsageRow]) -> None:
    """Add to the tenant's usage within the caller's transaction; expire rows on a new day."""
    for row in used:
        place = (row.day.isoformat(), row.key_id, row.model)
        body = db.execute(FIND, place).get
        known = Counts() if body is None else CODEC.decode(body).counts
        written = structs.replace(row, counts=known + row.counts)
        db.execute(PUT, (*place, CODEC.encode(written)))
        if body is None:
            db.execute(EXPIRE, ((row.day - RETENTION).isoformat(),))


class SqliteUsageRepository(UsageRepository):
    """Tables `usage`, `usage_reservations` and `usage_marks`."""

    def __init__(self, files: TenantFiles) -> None:
        self._files = files

    async def add(self, scope: TenantScope, used: Sequence[UsageRow]) -> None:
        await self._files.write(scope, lambda db: record(db, used))

    async def rows(self, scope: TenantScope, period: Period) -> Sequence[UsageRow]:
        return await self._files.read(scope, lambda db: _rows(db, period))

    async def reserve(
        self,
        scope: TenantScope,
        reservation: Reservation,
        period: Period,
        admit: Admit,
        *,
        now: datetime,
    ) -> None:
        row = (
            reservation.reservation_id,
            microseconds(reservation.expires_at),
            RESERVATION_CODEC.encode(reservation),
        )

        def work(db: apsw.Connection) -> None:
            db.execute("DELETE FROM usage_reservations WHERE expires_at <= ?", (microseconds(now),))
            admit(_rows(db, period), _held(db, now))
            db.execute(RESERVE, row)

        await self._files.write_briefly(scope, work)

    async def release(self, scope: TenantScope, reservation_id: str) -> None:
        query = "DELETE FROM usage_reservations WHERE reservation_id = ?"
        await self._files.write_briefly(scope, lambda db: db.execute(query, (reservation_id,)).get)

    async def marks(self, scope: TenantScope) -> frozenset[str]:
        query = "SELECT name FROM usage_marks"
        return await self._files.read(
            scope, lambda db: frozenset(name for (name,) in db.execute(query))
        )

    async def mark(self, scope: TenantScope, name: str) -> None:
        query = "INSERT OR IGNORE INTO usage_marks VALUES (?)"
        await self._files.write(scope, lambda db: db.execute(query, (name,)).get)


def _rows(db: apsw.Connection, period: Period) -> Sequence[UsageRow]:
    days = (period.first.isoformat(), period.last.isoformat())
    return tuple(CODEC.decode(body) for (body,) in db.execute(OF_PERIOD, days))


def _held(db: apsw.Connection, now: datetime) -> Held:
    bodies = db.execute("SELECT body FROM usage_reservations")
    return held_by([RESERVATION_CODEC.decode(body) for (body,) in bodies], now)
