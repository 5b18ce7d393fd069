"""The plan's client records, as they lie in the `clients` container."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from msgspec import Struct
from ragtenancy.adapters.cosmos.client import Cosmos
from ragtenancy.adapters.cosmos.items import Items

from ragtenancy.domain.errors import MalformedError
from ragtenancy.domain.ids import Namespace, TenantId
from ragtenancy.domain.plan_clients import PlanClient
from ragtenancy.domain.tenant_config import TenantConfig
from ragtenancy.domain.tenants import TenantStatus
from ragtenancy.wire.client_files import ClientRecord

CLIENTS = "clients"
SHA256 = re.compile(r"[0-9a-f]{64}\Z")
NO_HASH = "0" * 64


class FoundClient(Struct, frozen=True, kw_only=True):
    """A record with the name of its item."""

    item_id: str
    client_id: str
    item: dict[str, Any]

    def record(self) -> PlanClient:
        """Return what it says. Raises `MalformedError` for another shape."""
        own = {name: value for name, value in self.item.items() if not name.startswith("_")}
        given = str(own.get("api_key_hash", ""))
        known = SHA256.match(given) is not None
        try:
            record = msgspec.convert(
                own | {"api_key_hash": given if known else NO_HASH}, ClientRecord
            )
        except msgspec.ValidationError as error:
            raise MalformedError(f"{self.item_id}: {error}.") from error
        return PlanClient(
            tenant_id=TenantId(record.client_id),
            name=record.name,
            namespace=Namespace(record.pinecone_namespace or record.client_id),
            status=TenantStatus(record.status),
            config=msgspec.convert(msgspec.to_builtins(record.config), TenantConfig),
            api_key_hash=given if known else None,
        )


class PlanClients:
    """Lists the records, and removes one that became a tenant."""

    def __init__(self, cosmos: Cosmos) -> None:
        self._items = Items(cosmos, CLIENTS)

    async def found(self) -> list[FoundClient]:
        """Return every record of the plan's shape. Raises `UnavailableError`."""
        items = await self._items.query_everywhere("*", "IS_DEFINED(c.api_key_hash)")
        return [
            FoundClient(item_id=str(item["id"]), client_id=str(item["client_id"]), item=item)
            for item in items
        ]

    async def remove(self, client: FoundClient) -> None:
        """Remove a record; the absent is fine."""
        await self._items.delete(client.client_id, client.item_id)
