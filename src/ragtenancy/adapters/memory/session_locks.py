"""Session locks, in memory."""

from __future__ import annotations

from datetime import datetime

from ragtenancy.adapters.memory.shelves import SessionLease, Shelves
from ragtenancy.domain.ids import SessionId
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.session_locks import SessionLocks


class InMemorySessionLocks(SessionLocks):
    """Leases on their tenant's shelf."""

    def __init__(self, shelves: Shelves) -> None:
        self._shelves = shelves

    async def acquire(
        self,
        scope: TenantScope,
        session_id: SessionId,
        token: str,
        *,
        now: datetime,
        until: datetime,
    ) -> bool:
        """Take the lock."""
        locks = self._shelves.of(scope).session_locks
        held = locks.get(session_id)
        if held is not None and held.token != token and held.until > now:
            return False
        locks[session_id] = SessionLease(token, until)
        return True

    async def renew(
        self, scope: TenantScope, session_id: SessionId, token: str, *, until: datetime
    ) -> bool:
        """Prolong the lock."""
        locks = self._shelves.of(scope).session_locks
        held = locks.get(session_id)
        if held is None or held.token != token:
            return False
        locks[session_id] = SessionLease(token, until)
        return True

    async def release(self, scope: TenantScope, session_id: SessionId, token: str) -> None:
        """Give the lock up."""
        locks = self._shelves.of(scope).session_locks
        held = locks.get(session_id)
        if held is not None and held.token == token:
            del locks[session_id]
