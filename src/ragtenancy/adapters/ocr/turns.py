"""Turns at the reader of pictures, by tenant."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic

from ragtenancy.domain.fair_turns import Shares
from ragtenancy.domain.ids import TenantUid


class TenantTurns:
    """A fair lock: the waiting tenant that has held it least is next, as `domain.fair_turns` counts.

    Within a tenant, the first to wait is next.
    """

    def __init__(self) -> None:
        self._shares = Shares()
        self._is_held = False
        self._waiting: dict[TenantUid, deque[asyncio.Future[None]]] = {}

    @asynccontextmanager
    async def hold(self, tenant_uid: TenantUid) -> AsyncIterator[None]:
        """Hold the lock for a tenant."""
        await self._acquire(tenant_uid)
        self._shares = self._shares.granted(tenant_uid)
        start, began = self._shares.virtual, monotonic()
        try:
            yield
        finally:
            self._shares = self._shares.charged(tenant_uid, start, monotonic() - began)
            self._release()

    async def _acquire(self, tenant_uid: TenantUid) -> None:
        if not self._is_held:
            self._is_held = True
            return
        granted = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(tenant_uid, deque()).append(granted)
        try:
            await granted
        except asyncio.CancelledError:
            if granted.cancelled():
                self._forget(tenant_uid, granted)
            else:
                self._release()
            raise

    def _release(self) -> None:
        """Give the lock to whoever is next."""
        self._is_held = bool(self._waiting)
        if not self._waiting:
            return
        tenant_uid = min(self._waiting, key=self._shares.start)
        granted = self._waiting[tenant_uid][0]
        self._forget(tenant_uid, granted)
        if granted.done():  # given up, but not yet told
            self._release()
        else:
            granted.set_result(None)

    def _forget(self, tenant_uid: TenantUid, granted: asyncio.Future[None]) -> None:
        line = self._waiting.get(tenant_uid)
        if line is None or granted not in line:
            return
        line.remove(granted)
        if not line:
            del self._waiting[tenant_uid]
