"""That a tenant is there, said where its sessions are: read in the batch that writes."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from msgspec import Struct

from ragtenancy.adapters.cosmos.client import Cosmos
from ragtenancy.adapters.cosmos.items import Item, Operation
from ragtenancy.adapters.cosmos.owned import OwnedItems
from ragtenancy.domain.errors import AlreadyExistsError, NotFoundError
from ragtenancy.domain.tenants import TenantScope

CONTAINER = "conversations"
KIND = "home"


class Home(Struct, frozen=True):
    """Says nothing but that it is there."""


class Homes:
    """One item a tenant, beside its sessions and their locks."""

    def __init__(self, cosmos: Cosmos) -> None:
        self._homes = OwnedItems(cosmos, CONTAINER, KIND, Home)

    async def create(self, scope: TenantScope) -> None:
        """Make a tenant's home; that it is there is fine."""
        with suppress(AlreadyExistsError):
            await self._homes.add(scope, KIND, Home())

    async def remove(self, scope: TenantScope) -> None:
        """Remove a tenant's home, so that late writes are refused."""
        await self._homes.delete(scope, KIND)

    async def require(self, scope: TenantScope) -> None:
        """Raise `NotFoundError` where `create` has not been, or `remove` has."""
        if await self._homes.read(scope, KIND) is None:
            raise NotFoundError("There is no such client.")

    async def write(self, scope: TenantScope, operations: Sequence[Operation]) -> Sequence[Item]:
        """Do all of these where the tenant is there, as `Items.batch`; raises as `require`."""
        at_home: Operation = ("read", (self._homes.id_of(scope, KIND),))
        home, *written = await self._homes.items.batch(scope.tenant_id, [at_home, *operations])
        self._homes.record_of(scope, home)
        return written
