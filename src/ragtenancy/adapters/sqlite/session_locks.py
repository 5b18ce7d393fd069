"""Session locks in the tenant's file."""

from __future__ import annotations

from datetime import datetime

import apsw

from ragtenancy.adapters.sqlite.tenant_files import TenantFiles
from ragtenancy.adapters.sqlite.times import microseconds
from ragtenancy.domain.ids import SessionId
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.session_locks import SessionLocks

ACQUIRE = """
    INSERT INTO session_locks (session_id, token, held_until) VALUES (:session, :token, :until)
    ON CONFLICT (session_id) DO UPDATE SET token = :token, held_until = :until
    WHERE token = :token
"""


class SqliteSessionLocks(SessionLocks):
    """Table `session_locks`; written undurably, since a lease means nothing after a crash."""

    def __init__(self, files: TenantFiles) -> None:
        self._files = files

    async def acquire(
        self,
        scope: TenantScope,
        session_id: SessionId,
        token: str,
        *,
        now: datetime,
        until: datetime,
    ) -> bool:
        values = {"session": session_id, "token": token, "until": microseconds(until)}

        def work(db: apsw.Connection) -> bool:
            db.execute("DELETE FROM session_locks WHERE held_until <= ?", (microseconds(now),))
            db.execute(ACQUIRE, values)
            return bool(db.changes())

        return await self._files.write_briefly(scope, work)

    async def renew(
        self, scope: TenantScope, session_id: SessionId, token: str, *, until: datetime
    ) -> bool:
        def work(db: apsw.Connection) -> bool:
            db.execute(
                "UPDATE session_locks SET held_until = ? WHERE session_id = ? AND token = ?",
                (microseconds(until), session_id, token),
            )
            return bool(db.changes())

        return await self._files.write_briefly(scope, work)

    async def release(self, scope: TenantScope, session_id: SessionId, token: str) -> None:
        query = "DELETE FROM session_locks WHERE session_id = ? AND token = ?"
        await self._files.write_briefly(
            scope, lambda db: db.execute(query, (session_id, token)).get
        )
