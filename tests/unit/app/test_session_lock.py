"""Holding a session while its store fails temporarily."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import datetime

import pytest

from ragtenancy.adapters.memory.blobs import InMemoryTenantStorage
from ragtenancy.adapters.memory.client import Memory
from ragtenancy.adapters.memory.conversations import InMemorySessionLocks
from ragtenancy.adapters.system.machine import SystemIds
from ragtenancy.app.chat.chat import LEASE, RENEW_EVERY, SessionHolder
from ragtenancy.domain.errors import SessionBusyError, UnavailableError
from ragtenancy.domain.ids import SessionId
from ragtenancy.domain.tenants import TenantScope
from tests.factories import ACME
from tests.scripted.clock import ScriptedClock
from tests.scripted.holders import ScriptedHolders

SESSION = SessionId("s1")
HOLDERS = ScriptedHolders()


class BusyOnce(InMemorySessionLocks):
    """A lock store that fails the first renewal."""

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
    sessions = SessionHolder(BusyOnce(memory, HOLDERS), HOLDERS, SystemIds(), clock)

    async with sessions.hold(ACME, SESSION):
        await settled()
        clock.advance(RENEW_EVERY)
        await settled()
        clock.advance(RENEW_EVERY)
        await settled()
        clock.advance(LEASE - RENEW_EVERY)

        with pytest.raises(SessionBusyError):
            async with sessions.hold(ACME, SESSION):
                pass


class SlowToTell(InMemorySessionLocks):
    """A lock store that grants the lock before its taker learns of it."""

    def __init__(self, memory: Memory) -> None:
        super().__init__(memory, HOLDERS)
        self.took, self.tells = asyncio.Event(), asyncio.Event()

    async def acquire(
        self,
        scope: TenantScope,
        session_id: SessionId,
        token: str,
        *,
        now: datetime,
        until: datetime,
    ) -> bool:
        taken = await super().acquire(scope, session_id, token, now=now, until=until)
        self.took.set()
        await self.tells.wait()
        return taken


async def test_a_turn_cancelled_while_taking_the_session_leaves_it_free() -> None:
    memory = Memory()
    await InMemoryTenantStorage(memory).create(ACME)
    locks = SlowToTell(memory)
    sessions = SessionHolder(locks, HOLDERS, SystemIds(), ScriptedClock())
    stack = AsyncExitStack()
    taking = asyncio.create_task(stack.enter_async_context(sessions.hold(ACME, SESSION)))
    await locks.took.wait()

    taking.cancel()
    locks.tells.set()
    await asyncio.wait([taking])

    assert taking.cancelled()
    async with sessions.hold(ACME, SESSION):
        pass


async def settled() -> None:
    """Let the other tasks run until they wait."""
    for _ in range(5):
        await asyncio.sleep(0)
