"""Session locks in memory."""

from __future__ import annotations

from datetime import datetime

from ragtenancy.adapters.memory.client import HeldLock, Memory
from ragtenancy.domain.ids import SessionId
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.session_locks import SessionLocks


class InMemorySessionLocks(SessionLocks):
    """Leases by session id in the tenant's container."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def acquire(
        self,
        scope: TenantScope,
        session_id: SessionId,
        token: str,
        *,
        now: datetime,
        until: datetime,
    ) -> bool:
        locks = self._memory.container(scope).locks
        held = locks.get(session_id)
        if held is not None and held.token != token and held.until > now:
            return False
        locks[session_id] = HeldLock(token, until)
        return True

    async def renew(
        self, scope: TenantScope, session_id: SessionId, token: str, *, until: datetime
    ) -> bool:
        locks = self._memory.container(scope).locks
        held = locks.get(session_id)
        if held is None or held.token != token:
            return False
        locks[session_id] = HeldLock(token, until)
        return True

    async def release(self, scope: TenantScope, session_id: SessionId, token: str) -> None:
        locks = self._memory.container(scope).locks
        held = locks.get(session_id)
        if held is not None and held.token == token:
            del locks[session_id]
