"""Session locks in Cosmos DB, beside the sessions; those that nobody gave up expire."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from ragtenancy.adapters.cosmos.client import Cosmos
from ragtenancy.adapters.cosmos.homes import CONTAINER, Homes
from ragtenancy.adapters.cosmos.items import Item
from ragtenancy.adapters.cosmos.owned import OwnedItems, creating, hashed
from ragtenancy.adapters.cosmos.remembered import Remembered
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
        self._locks = OwnedItems(cosmos, CONTAINER, "lock", Held)
        self._homes = Homes(cosmos)
        self._taken = Remembered()

    async def acquire(
        self,
        scope: TenantScope,
        session_id: SessionId,
        token: str,
        *,
        now: datetime,
        until: datetime,
    ) -> bool:
        mine, key = Held(token=token, until=until), hashed(session_id)
        item = self._locks.item(scope, key, mine, ttl=KEPT_SECONDS)
        try:
            written = await self._homes.write(scope, creating([item]))
        except AlreadyExistsError:
            return await self._take_over(scope, key, mine, now)
        self._taken.put(written[0])
        return True

    async def renew(
        self, scope: TenantScope, session_id: SessionId, token: str, *, until: datetime
    ) -> bool:
        item = await self._locks.read(scope, hashed(session_id))
        if item is None or not self._is(scope, item, token):
            return False
        return await self._written(scope, item, Held(token=token, until=until))

    async def release(self, scope: TenantScope, session_id: SessionId, token: str) -> None:
        key = hashed(session_id)
        item = self._taken.take(self._locks.id_of(scope, key))
        if item is None or not await self._given_up(scope, item, token):
            item = await self._locks.read(scope, key)
            if item is not None:
                await self._given_up(scope, item, token)

    async def _take_over(self, scope: TenantScope, key: str, mine: Held, now: datetime) -> bool:
        """Write over a lock that expired, or is mine already."""
        item = await self._locks.read(scope, key)
        if item is None:
            return False
        held = self._locks.record_of(scope, item)
        if held.token != mine.token and held.until > now:
            return False
        return await self._written(scope, item, mine)

    async def _written(self, scope: TenantScope, item: Item, held: Held) -> bool:
        """Write over a lock as it was read; tell whether nobody did so meanwhile."""
        try:
            await self._locks.replace(scope, item, held)
        except StaleWriteError:
            return False
        return True

    async def _given_up(self, scope: TenantScope, item: Item, token: str) -> bool:
        """Remove a lock as it was read; tell whether it was this token's still."""
        if not self._is(scope, item, token):
            return False
        try:
            await self._locks.discard(scope, item)
        except StaleWriteError:
            return False
        return True

    def _is(self, scope: TenantScope, item: Item, token: str) -> bool:
        return self._locks.record_of(scope, item).token == token
