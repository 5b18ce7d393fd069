"""Derived values in the tenant's file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import apsw

from ragtenancy.adapters.sqlite.tenant_files import TenantFiles
from ragtenancy.adapters.sqlite.times import microseconds
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.derived_cache import DerivedCache


class SqliteDerivedCache(DerivedCache):
    """Table `derived`; written undurably, since it can be made again."""

    def __init__(self, files: TenantFiles) -> None:
        self._files = files

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
        await self._files.write(scope, lambda db: db.executemany(query, rows).get, durable=False)

    async def purge(self, scope: TenantScope, *, written_before: datetime) -> int:
        def work(db: apsw.Connection) -> int:
            query = "DELETE FROM derived WHERE written_at < ?"
            db.execute(query, (microseconds(written_before),))
            return db.changes()

        return await self._files.write(scope, work, durable=False)

    async def drop(self, scope: TenantScope) -> None:
        await self._files.write_if_present(scope, lambda db: db.execute("DELETE FROM derived").get)
