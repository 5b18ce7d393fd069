"""Holding a session while its store has a bad moment."""

from __future__ import annotations

import asyncio
from datetime import datetime

import pytest

from ragtenancy.adapters.memory.client import Memory
from ragtenancy.adapters.memory.session_locks import InMemorySessionLocks
from ragtenancy.adapters.memory.tenant_storage import InMemoryTenantStorage
from ragtenancy.adapters.scripted.clock import ScriptedClock
from ragtenancy.adapters.system.ids import SystemIds
from ragtenancy.app.chat.session_lock import LEASE, RENEW_EVERY, HoldSession
from ragtenancy.domain.errors import SessionBusyError, UnavailableError
from ragtenancy.domain.ids import SessionId
from ragtenancy.domain.tenants import TenantScope
from tests.factories import ACME

SESSION = SessionId("s1")


class BusyOnce(InMemorySessionLocks):
    """Cannot renew the first time."""

    renewals = 0

    async def renew(
        self, scope: TenantScope, session_id: SessionId, token: str, *, until: datetime
    ) -> bool:
        self.renewals += 1
        if self.renewals == 1:
            raise UnavailableError("The store is busy; try again.", code="storage_busy")
        return await super().renew(scope, session_id, token, until=until)


async def test_a_renewal_that_failed_is_tried_again() -> None:
    memory, clock = Memory(), ScriptedClock()
    await InMemoryTenantStorage(memory).create(ACME)
    hold = HoldSession(BusyOnce(memory), SystemIds(), clock)

    async with hold(ACME, SESSION):
        await settled()
        clock.advance(RENEW_EVERY)
        await settled()
        clock.advance(RENEW_EVERY)
        await settled()
        clock.advance(LEASE - RENEW_EVERY)

        with pytest.raises(SessionBusyError):
            async with hold(ACME, SESSION):
                pass


async def settled() -> None:
    """Let the other tasks run until they wait."""
    for _ in range(5):
        await asyncio.sleep(0)
