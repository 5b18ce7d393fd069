"""A tenant's state: that it is there, its generation, and the model of its active documents."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from ragtenancy.adapters.cosmos.client import Cosmos
from ragtenancy.adapters.cosmos.items import Item
from ragtenancy.adapters.cosmos.owned import OwnedItems
from ragtenancy.domain.errors import NotFoundError
from ragtenancy.domain.ids import Fingerprint, TenantUid
from ragtenancy.domain.tenants import TenantScope

CONTAINER = "documents"
KIND = "state"


class State(Struct, frozen=True, kw_only=True):
    """What changes with every write that changes what answers.

    `switching` says that documents with a successor of `model` already answer by it, though
    their own records do not say so yet.
    """

    generation: int = 0
    log_starts: int = 0
    model: Fingerprint | None = None
    switching: bool = False


class States:
    """One item a tenant, in the partition of its documents."""

    def __init__(self, cosmos: Cosmos) -> None:
        self.states = OwnedItems(cosmos, CONTAINER, KIND, State)

    async def read(self, scope: TenantScope) -> tuple[Item, State]:
        """Return the item and the state. Raises `NotFoundError` for a tenant without containers."""
        item = await self.states.read(scope, KIND)
        if item is None:
            raise NotFoundError("There is no such client.")
        return item, self.states.record_of(scope, item)

    async def require(self, scope: TenantScope) -> None:
        """Raise `NotFoundError` where `create` has not been, or `drop` has."""
        await self.read(scope)

    async def tenants(self) -> Sequence[TenantUid]:
        """Return the uids of all tenants that have containers."""
        found = await self.states.items.query_everywhere(
            "VALUE c.tenant_uid", f"c.is_{KIND} = true"
        )
        return tuple(sorted(found))
