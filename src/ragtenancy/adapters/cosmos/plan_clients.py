"""The plan's client records in the `clients` container."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import msgspec
from msgspec import Struct

from ragtenancy.adapters.cosmos.client import Cosmos
from ragtenancy.adapters.cosmos.items import Item, Items
from ragtenancy.domain.api_keys import KeyHash
from ragtenancy.domain.bounds import holds, malformed
from ragtenancy.domain.errors import AlreadyExistsError, InvalidError, MalformedError
from ragtenancy.domain.ids import Namespace
from ragtenancy.domain.plan_clients import PlanClient
from ragtenancy.domain.tenants import TenantStatus
from ragtenancy.wire.client_files import ClientRecord

CLIENTS = "clients"
NO_HASH = "0" * 64
COPY = "plan~"


class FoundClient(Struct, frozen=True, kw_only=True):
    """A record as found, without the store's own fields."""

    item_id: str
    client_id: str
    item: Item

    @classmethod
    def of(cls, item: Item) -> FoundClient:
        """Return the record of an item."""
        own = {name: value for name, value in item.items() if not name.startswith("_")}
        return cls(item_id=str(item["id"]), client_id=str(item["client_id"]), item=own)

    @property
    def is_copy(self) -> bool:
        """Whether it was left by an interrupted setup."""
        return self.item_id.startswith(COPY)

    def record(self) -> PlanClient:
        """Return the plan's client. Raises `MalformedError` for another shape."""
        own = self.item | {"id": f"client_{self.client_id}"} if self.is_copy else self.item
        given = str(own.get("api_key_hash", ""))
        known = holds(given, KeyHash)
        try:
            record = msgspec.convert(
                own | {"api_key_hash": given if known else NO_HASH}, ClientRecord
            )
        except msgspec.ValidationError as error:
            raise MalformedError(f"{self.item_id}: {malformed(error).detail}") from error
        return PlanClient(
            tenant_id=record.client_id,
            name=record.name,
            namespace=Namespace(record.pinecone_namespace or record.client_id),
            status=TenantStatus(record.status),
            config=record.config.filled(),
            api_key_hash=given if known else None,
        )


class PlanClients:
    """Lists the records; `kept` guards one until its tenant is complete.

    A tenant's item replaces the record's, so a copy is stored beside it until then.
    """

    def __init__(self, cosmos: Cosmos) -> None:
        self._items = Items(cosmos, CLIENTS)

    async def found(self) -> Sequence[FoundClient]:
        """Return the records, one per client, copies before their originals.

        Raises `UnavailableError`.
        """
        items = await self._items.query_everywhere("*", "IS_DEFINED(c.api_key_hash)")
        found = [FoundClient.of(item) for item in items]
        ordered = sorted(found, key=lambda client: client.is_copy)
        return list({client.client_id: client for client in ordered}.values())

    @asynccontextmanager
    async def kept(self, client: FoundClient) -> AsyncIterator[None]:
        """Keep a copy until the context ends; after a crash the copy is found again."""
        copy = {**client.item, "id": COPY + client.client_id}
        await self._items.upsert(client.client_id, copy)
        try:
            yield
        except (AlreadyExistsError, InvalidError):
            if await self._untouched(client):
                await self._items.delete(client.client_id, copy["id"])
            raise
        await self._items.delete(client.client_id, copy["id"])

    async def _untouched(self, client: FoundClient) -> bool:
        """Return whether the record itself still exists, which makes its copy redundant."""
        item = None if client.is_copy else await self._items.read(client.client_id, client.item_id)
        return item is not None and "api_key_hash" in item
