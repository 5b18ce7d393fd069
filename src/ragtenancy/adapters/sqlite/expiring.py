"""Rows that expire: idempotency keys, and data derived from contents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import apsw

from ragtenancy.adapters.sqlite.client import ControlFile
from ragtenancy.adapters.sqlite.schema import microseconds
from ragtenancy.adapters.sqlite.tenant_files import TenantFiles
from ragtenancy.domain.errors import NotFoundError
from ragtenancy.domain.idempotency import IdempotencyRecord
from ragtenancy.domain.ids import TenantUid
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.persistence.record_codec import RecordCodec
from ragtenancy.ports.derived_cache import DerivedCache
from ragtenancy.ports.idempotency import IdempotencyStore
from ragtenancy.ports.jobs import Holders

CODEC = RecordCodec(IdempotencyRecord)

WRITE = "INSERT OR REPLACE INTO idempotency_keys (key, expires_at, body) VALUES (?, ?, ?)"

EXPIRE = "DELETE FROM idempotency_keys WHERE expires_at <= ?"


class SqliteIdempotencyStore(IdempotencyStore):
    """Table `idempotency_keys`; a new key replaces expired ones."""

    def __init__(self, files: TenantFiles, holders: Holders) -> None:
        self._files = files
        self._holders = holders

    async def claim(
        self, scope: TenantScope, record: IdempotencyRecord, *, now: datetime
    ) -> IdempotencyRecord | None:
        row = _row(scope, record)

        def work(db: apsw.Connection) -> IdempotencyRecord | None:
            query = "SELECT body FROM idempotency_keys WHERE key = ? AND expires_at > ?"
            body = db.execute(query, (record.key, microseconds(now))).get
            known = None if body is None else _own(scope, body)
            if known is not None and known.stands(now, self._holders.is_dead):
                return known
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


class SqliteDerivedCache(DerivedCache):
    """Table `derived`; written without syncing, since it can be derived again.

    `derived_since` in the control file holds, for each tenant that ever had values, a lower bound
    of their times: a purge opens only the files for which it has passed.
    """

    def __init__(self, control: ControlFile, files: TenantFiles) -> None:
        self._control = control
        self._files = files
        self._noted: set[TenantUid] = set()

    async def get(self, scope: TenantScope, kind: str, keys: Sequence[str]) -> Mapping[str, bytes]:
        query = "SELECT content FROM derived WHERE kind = ? AND key = ?"

        def work(db: apsw.Connection) -> Mapping[str, bytes]:
            found = {key: db.execute(query, (kind, key)).get for key in keys}
            return {key: content for key, content in found.items() if content is not None}

        return await self._files.read(scope, work)

    async def put(
        self, scope: TenantScope, kind: str, values: Mapping[str, bytes], *, at: datetime
    ) -> None:
        rows = [(kind, key, microseconds(at), content) for key, content in values.items()]
        query = (
            "INSERT OR REPLACE INTO derived (kind, key, written_at, content) VALUES (?, ?, ?, ?)"
        )
        await self._note(scope, at)
        try:
            await self._files.write(
                scope, lambda db: db.executemany(query, rows).get, durable=False
            )
        except NotFoundError:
            await self._forget(scope)
            raise

    async def purge(self, scope: TenantScope, *, written_before: datetime, now: datetime) -> int:
        def work(db: apsw.Connection) -> tuple[int, int | None]:
            query = "DELETE FROM derived WHERE written_at < ?"
            db.execute(query, (microseconds(written_before),))
            return db.changes(), db.execute("SELECT min(written_at) FROM derived").get

        removed, oldest = await self._files.write(scope, work, durable=False)
        since = microseconds(now) if oldest is None else oldest
        query = "UPDATE derived_since SET oldest = ? WHERE tenant_uid = ?"
        await self._control.write(lambda db: db.execute(query, (since, scope.tenant_uid)).get)
        return removed

    async def tenants_holding(self, *, written_before: datetime) -> Sequence[TenantUid]:
        query = "SELECT tenant_uid FROM derived_since WHERE oldest < ? ORDER BY 1"
        before = (microseconds(written_before),)
        rows = await self._control.read(lambda db: list(db.execute(query, before)))
        return tuple(TenantUid(uid) for (uid,) in rows)

    async def drop(self, scope: TenantScope) -> None:
        await self._files.write_if_present(scope, lambda db: db.execute("DELETE FROM derived").get)

    async def _forget(self, scope: TenantScope) -> None:
        query = "DELETE FROM derived_since WHERE tenant_uid = ?"
        await self._control.write(lambda db: db.execute(query, (scope.tenant_uid,)).get)
        self._noted.discard(scope.tenant_uid)

    async def _note(self, scope: TenantScope, at: datetime) -> None:
        """Record that the tenant has values, before the first; removed only with the tenant."""
        if scope.tenant_uid in self._noted:
            return
        query = "INSERT OR IGNORE INTO derived_since VALUES (?, ?)"
        note = (scope.tenant_uid, microseconds(at))
        await self._control.write(lambda db: db.execute(query, note).get)
        self._noted.add(scope.tenant_uid)
