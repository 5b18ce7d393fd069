"""Holding a session for the length of a turn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from ragtenancy.app.concurrency import uninterrupted
from ragtenancy.domain.errors import SessionBusyError, UnavailableError
from ragtenancy.domain.ids import SessionId
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.ids import Ids
from ragtenancy.ports.session_locks import SessionLocks

LEASE = timedelta(seconds=30)
RENEW_EVERY = timedelta(seconds=10)


class HoldSession:
    """A lease on a session, renewed while the turn runs."""

    def __init__(self, locks: SessionLocks, ids: Ids, clock: Clock) -> None:
        self._locks = locks
        self._ids = ids
        self._clock = clock

    @asynccontextmanager
    async def __call__(self, scope: TenantScope, session_id: SessionId) -> AsyncIterator[None]:
        """Hold the session. Raises `SessionBusyError` while another turn does."""
        token = self._ids.new("turn")
        await self._take(scope, session_id, token)
        keeper = asyncio.create_task(self._keep(scope, session_id, token))
        try:
            yield
        finally:
            keeper.cancel()
            await asyncio.wait([keeper])
            await uninterrupted(self._locks.release(scope, session_id, token))

    async def _take(self, scope: TenantScope, session_id: SessionId, token: str) -> None:
        """Take the lock; one that was being taken when this is cancelled is given up."""
        now = self._clock.now()
        acquire = self._locks.acquire(scope, session_id, token, now=now, until=now + LEASE)
        try:
            if not await uninterrupted(acquire):
                raise SessionBusyError
        except asyncio.CancelledError:
            await uninterrupted(self._locks.release(scope, session_id, token))
            raise

    async def _keep(self, scope: TenantScope, session_id: SessionId, token: str) -> None:
        while True:
            await self._clock.sleep(RENEW_EVERY)
            until = self._clock.now() + LEASE
            try:
                held = await self._locks.renew(scope, session_id, token, until=until)
            except UnavailableError:
                continue  # the lease outlasts two more tries
            if not held:
                return
