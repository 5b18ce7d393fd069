"""The marks of an existing tenant: its state beside the documents, its home by the sessions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Protocol

from msgspec import Struct

from ragtenancy.adapters.cosmos.api_keys import CosmosApiKeyRepository
from ragtenancy.adapters.cosmos.client import Cosmos
from ragtenancy.adapters.cosmos.items import Item, Items, Operation
from ragtenancy.adapters.cosmos.partitions import OwnedItems
from ragtenancy.adapters.cosmos.plan_documents import OF_THE_PLAN
from ragtenancy.domain.errors import AlreadyExistsError, NotFoundError
from ragtenancy.domain.ids import Fingerprint, TenantUid
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.tenant_storage import TenantStorage

CONTAINER = "documents"
KIND = "state"


class State(Struct, frozen=True, kw_only=True):
    """The state that changes with every change of active documents.

    `switching` means that documents with a successor of `model` already answer by it, though their
    records do not show it yet.
    """

    generation: int = 0
    log_starts: int = 0
    model: Fingerprint | None = None
    switching: bool = False


class States:
    """One item per tenant, in its documents' partition."""

    def __init__(self, cosmos: Cosmos) -> None:
        self.states = OwnedItems(cosmos, CONTAINER, KIND, State)

    async def read(self, scope: TenantScope) -> tuple[Item, State]:
        """Return the item and the state. Raises `NotFoundError` for a tenant without containers."""
        item = await self.states.read(scope, KIND)
        if item is None:
            raise NotFoundError("There is no such client.")
        return item, self.states.record_of(scope, item)

    async def require(self, scope: TenantScope) -> None:
        """Raise `NotFoundError` before `create` and after `drop`."""
        await self.read(scope)

    async def tenants(self) -> Sequence[TenantUid]:
        """Return the uids of all tenants that have containers."""
        found = await self.states.items.query_everywhere(
            "VALUE c.tenant_uid", f"c.is_{KIND} = true"
        )
        return tuple(sorted(found))


HOME_CONTAINER = "conversations"
HOME = "home"


class Home(Struct, frozen=True):
    """Marks that the tenant exists."""


class Homes:
    """One item per tenant, beside its sessions and their locks."""

    def __init__(self, cosmos: Cosmos) -> None:
        self._homes = OwnedItems(cosmos, HOME_CONTAINER, HOME, Home)

    async def create(self, scope: TenantScope) -> None:
        """Create a tenant's home; idempotent."""
        with suppress(AlreadyExistsError):
            await self._homes.add(scope, HOME, Home())

    async def remove(self, scope: TenantScope) -> None:
        """Remove a tenant's home, so that late writes are refused."""
        await self._homes.delete(scope, HOME)

    async def require(self, scope: TenantScope) -> None:
        """Raise `NotFoundError` before `create` and after `remove`."""
        if await self._homes.read(scope, HOME) is None:
            raise NotFoundError("There is no such client.")

    async def write(self, scope: TenantScope, operations: Sequence[Operation]) -> Sequence[Item]:
        """Perform operations as `Items.batch` does; raise as `require` does."""
        at_home: Operation = ("read", (self._homes.id_of(scope, HOME),))
        home, *written = await self._homes.items.batch(scope.tenant_id, [at_home, *operations])
        self._homes.record_of(scope, home)
        return written


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
SHARED_CONTAINER = "deletions"
DUE, INTENTS = "=due", "=intents"
SHARED: Mapping[str, str] = {"due_jobs": DUE, "intents": INTENTS}


class Droppable(Protocol):
    """A cache of tenants' items."""

    async def drop(self, scope: TenantScope) -> None:
        """Remove every value of the tenant."""


class CosmosTenantStorage(TenantStorage):
    """Creates, counts and removes every item that bears a client's uid.

    They are in the client's partitions and in those that all clients share. Records of documents
    that the plan's program left in a client's partition are the client's too. `cached` is what this process caches of tenants' items.
    """

    def __init__(self, cosmos: Cosmos, *, cached: Sequence[Droppable] = ()) -> None:
        self._cosmos = cosmos
        self._cached = cached
        self._states = States(cosmos)
        self._homes = Homes(cosmos)
        self._keys = CosmosApiKeyRepository(cosmos)

    async def create(self, scope: TenantScope) -> None:
        with suppress(AlreadyExistsError):
            await self._states.states.add(scope, KIND, State(), **{f"is_{KIND}": True})
        await self._homes.create(scope)

    async def census(self, scope: TenantScope) -> Mapping[str, int]:
        counted = {
            name: int(
                sum(
                    await items.query(
                        partition, "VALUE COUNT(1)", _where(name), {"uid": scope.tenant_uid}
                    )
                )
            )
            for name, (items, partition) in self._places(scope).items()
        }
        return {**counted, "api_keys": await self._keys.count(scope)}

    async def drop(self, scope: TenantScope) -> None:
        await self._states.states.delete(scope, KIND)  # first, so that late writes are refused
        await self._homes.remove(scope)
        for name, (items, partition) in self._places(scope).items():
            await items.remove(partition, _where(name), {"uid": scope.tenant_uid})
        for cache in self._cached:
            await cache.drop(scope)

    async def tenants(self) -> Sequence[TenantUid]:
        return await self._states.tenants()

    def _places(self, scope: TenantScope) -> Mapping[str, tuple[Items, str]]:
        """Return the container and the partition of each kind of item."""
        own = {
            name: (Items(self._cosmos, kept, bulk=True), str(scope.tenant_id))
            for name, kept in KEPT.items()
        }
        shared = Items(self._cosmos, SHARED_CONTAINER, bulk=True)
        return {**own, **{name: (shared, partition) for name, partition in SHARED.items()}}


def _where(name: str) -> str:
    return f"({OWN} OR {OF_THE_PLAN})" if name == CONTAINER else OWN
