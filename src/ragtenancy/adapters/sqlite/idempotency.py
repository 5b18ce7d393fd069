"""Idempotency keys in the tenant's file."""

from __future__ import annotations

from datetime import datetime

import apsw

from ragtenancy.adapters.sqlite.tenant_files import TenantFiles
from ragtenancy.adapters.sqlite.times import microseconds
from ragtenancy.domain.idempotency import IdempotencyRecord
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.persistence.record_codec import RecordCodec
from ragtenancy.ports.idempotency import IdempotencyStore

CODEC = RecordCodec(IdempotencyRecord)

WRITE = "INSERT OR REPLACE INTO idempotency_keys (key, expires_at, body) VALUES (?, ?, ?)"

EXPIRE = "DELETE FROM idempotency_keys WHERE expires_at <= ?"


class SqliteIdempotencyStore(IdempotencyStore):
    """Table `idempotency_keys`; a new key takes the place of those that expired."""

    def __init__(self, files: TenantFiles) -> None:
        self._files = files

    async def claim(
        self, scope: TenantScope, record: IdempotencyRecord, *, now: datetime
    ) -> IdempotencyRecord | None:
        row = _row(scope, record)

        def work(db: apsw.Connection) -> IdempotencyRecord | None:
            query = "SELECT body FROM idempotency_keys WHERE key = ? AND expires_at > ?"
            body = db.execute(query, (record.key, microseconds(now))).get
            if body is not None:
                return _own(scope, body)
            db.execute(EXPIRE, (microseconds(now),))
            db.execute(WRITE, row)
            return None

        return await self._files.write(scope, work)

    async def settle(self, scope: TenantScope, record: IdempotencyRecord) -> None:
        row = _row(scope, record)
        await self._files.write(scope, lambda db: db.execute(WRITE, row).get)

    async def release(self, scope: TenantScope, key: str) -> None:
        query = "DELETE FROM idempotency_keys WHERE key = ?"
        await self._files.write(scope, lambda db: db.execute(query, (key,)).get)

    async def purge(self, scope: TenantScope, *, now: datetime) -> int:
        def work(db: apsw.Connection) -> int:
            db.execute(EXPIRE, (microseconds(now),))
            return db.changes()

        return await self._files.write(scope, work)

    async def drop(self, scope: TenantScope) -> None:
        await self._files.write_if_present(
            scope, lambda db: db.execute("DELETE FROM idempotency_keys").get
        )


def _row(scope: TenantScope, record: IdempotencyRecord) -> tuple[str, int, bytes]:
    scope.require_own(record.tenant_uid, "idempotency")
    return (record.key, microseconds(record.expires_at), CODEC.encode(record))


def _own(scope: TenantScope, body: bytes) -> IdempotencyRecord:
    record = CODEC.decode(body)
    scope.require_own(record.tenant_uid, "idempotency")
    return record
