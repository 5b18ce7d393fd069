"""A tenant's containers in Cosmos DB: its state and its home say that they are there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

from ragtenancy.adapters.cosmos.api_keys import CosmosApiKeyRepository
from ragtenancy.adapters.cosmos.client import Cosmos
from ragtenancy.adapters.cosmos.homes import Homes
from ragtenancy.adapters.cosmos.items import Items
from ragtenancy.adapters.cosmos.states import KIND, State, States
from ragtenancy.domain.errors import AlreadyExistsError
from ragtenancy.domain.ids import TenantUid
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.tenant_storage import TenantStorage

OWN = "c.tenant_uid = @uid"
KEPT: Mapping[str, str] = {
    "documents": "documents",
    "chunks": "chunks",
    "conversations": "conversations",
    "idempotency_keys": "idempotency",
    "derived": "derived",
    "configs": "configs",
    "jobs": "jobs",
}


class CosmosTenantStorage(TenantStorage):
    """Makes, counts and removes every item of a client's partition that bears its uid."""

    def __init__(self, cosmos: Cosmos) -> None:
        self._cosmos = cosmos
        self._states = States(cosmos)
        self._homes = Homes(cosmos)
        self._keys = CosmosApiKeyRepository(cosmos)

    async def create(self, scope: TenantScope) -> None:
        with suppress(AlreadyExistsError):
            await self._states.states.add(scope, KIND, State(), **{f"is_{KIND}": True})
        await self._homes.create(scope)

    async def census(self, scope: TenantScope) -> Mapping[str, int]:
        uid = {"uid": scope.tenant_uid}
        counted = {
            name: int(
                sum(await self._items(name).query(scope.tenant_id, "VALUE COUNT(1)", OWN, uid))
            )
            for name in KEPT
        }
        return {**counted, "api_keys": await self._keys.count(scope)}

    async def drop(self, scope: TenantScope) -> None:
        await self._states.states.delete(scope, KIND)  # first, so that late writes are refused
        await self._homes.remove(scope)
        for name in KEPT:
            items, uid = self._items(name), {"uid": scope.tenant_uid}
            found = await items.query(scope.tenant_id, "VALUE c.id", OWN, uid)
            await items.delete_all(scope.tenant_id, found)

    async def tenants(self) -> Sequence[TenantUid]:
        return await self._states.tenants()

    def _items(self, name: str) -> Items:
        return Items(self._cosmos, KEPT[name])
