"""Session locks in Cosmos DB; those that nobody gave up expire."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from msgspec import Struct

from ragtenancy.adapters.cosmos.client import Cosmos
from ragtenancy.adapters.cosmos.owned import OwnedItems, hashed
from ragtenancy.adapters.cosmos.states import States
from ragtenancy.domain.errors import AlreadyExistsError, StaleWriteError
from ragtenancy.domain.ids import SessionId
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.session_locks import SessionLocks

KEPT_SECONDS = 3_600


class Held(Struct, frozen=True, kw_only=True):
    """Who holds a session, and until when."""

    token: str
    until: datetime


class CosmosSessionLocks(SessionLocks):
    """An item a session."""

    def __init__(self, cosmos: Cosmos) -> None:
        self._locks = OwnedItems(cosmos, "locks", "lock", Held)
        self._states = States(cosmos)

    async def acquire(
        self,
        scope: TenantScope,
        session_id: SessionId,
        token: str,
        *,
        now: datetime,
        until: datetime,
    ) -> bool:
        await self._states.require(scope)
        mine, key = Held(token=token, until=until), hashed(session_id)
        try:
            await self._locks.add(scope, key, mine, ttl=KEPT_SECONDS)
        except AlreadyExistsError:
            item = await self._locks.read(scope, key)
        else:
            return True
        if item is None:
            return False
        held = self._locks.record_of(scope, item)
        if held.token != token and held.until > now:
            return False
        try:
            await self._locks.replace(scope, item, mine)
        except StaleWriteError:
            return False
        return True

    async def renew(
        self, scope: TenantScope, session_id: SessionId, token: str, *, until: datetime
    ) -> bool:
        item = await self._locks.read(scope, hashed(session_id))
        if item is None or self._locks.record_of(scope, item).token != token:
            return False
        try:
            await self._locks.replace(scope, item, Held(token=token, until=until))
        except StaleWriteError:
            return False
        return True

    async def release(self, scope: TenantScope, session_id: SessionId, token: str) -> None:
        item = await self._locks.read(scope, hashed(session_id))
        if item is not None and self._locks.record_of(scope, item).token == token:
            with suppress(StaleWriteError):  # it is another's by now
                await self._locks.discard(scope, item)
