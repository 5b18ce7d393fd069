"""Key records in Cosmos DB: partitioned by their own id, so that one is found by a point read."""

from __future__ import annotations

from typing import Any

from msgspec import MsgspecError

from ragtenancy.adapters.cosmos.client import Cosmos
from ragtenancy.adapters.cosmos.items import Item, Items
from ragtenancy.adapters.cosmos.sequence import next_sequence
from ragtenancy.domain.api_keys import ApiKey
from ragtenancy.domain.errors import (
    AlreadyExistsError,
    IsolationBreach,
    NotFoundError,
    UnavailableError,
)
from ragtenancy.domain.ids import ApiKeyId
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.persistence.cursors import cursor_position, cut, position_cursor
from ragtenancy.persistence.record_codec import RecordCodec
from ragtenancy.ports.api_keys import ApiKeyRepository

CODEC = RecordCodec(ApiKey)


class CosmosApiKeyRepository(ApiKeyRepository):
    """Records by id; only an operator's list and a deletion look through all partitions."""

    def __init__(self, cosmos: Cosmos) -> None:
        self._items = Items(cosmos, "api_keys", partition_by="id")

    async def find(self, key_id: ApiKeyId) -> ApiKey | None:
        item = await self._items.read(key_id, key_id)
        return None if item is None else _key(item)

    async def issued(self) -> bool:
        return bool(await self._items.query_everywhere("TOP 1 VALUE c.id", "true"))

    async def get(self, scope: TenantScope, key_id: ApiKeyId) -> ApiKey | None:
        item = await self._read(scope, key_id)
        return None if item is None else _own(scope, item)

    async def add(self, scope: TenantScope, key: ApiKey) -> None:
        scope.require_own(key.tenant_uid, "api_keys")
        try:
            await self._items.create(key.key_id, item_of(key))
        except AlreadyExistsError as error:
            raise AlreadyExistsError("The key id is taken.") from error

    async def save(self, scope: TenantScope, key: ApiKey) -> None:
        scope.require_own(key.tenant_uid, "api_keys")
        item = await self._read(scope, key.key_id)
        if item is None:
            raise NotFoundError("There is no such key.")
        written = {**item, "record": CODEC.as_json(key)}
        await self._items.replace(key.key_id, written, item["_etag"])

    async def page(
        self, scope: TenantScope, *, after: Cursor | None = None, limit: int = 50
    ) -> Page[ApiKey]:
        start = -1 if after is None else cursor_position(after)
        newer = [item for item in await self._all(scope, "*") if item["sequence"] > start]
        ordered = sorted(newer, key=lambda item: int(item["sequence"]))
        listed = cut(ordered, limit, lambda item: position_cursor(item["sequence"]))
        return Page(items=tuple(_own(scope, item) for item in listed.items), next=listed.next)

    async def drop(self, scope: TenantScope) -> None:
        for key_id in await self._all(scope, "VALUE c.id"):
            await self._items.delete(key_id, key_id)

    async def count(self, scope: TenantScope) -> int:
        """Count the tenant's records."""
        return len(await self._all(scope, "VALUE c.id"))

    async def _read(self, scope: TenantScope, key_id: ApiKeyId) -> Item | None:
        item = await self._items.read(key_id, key_id)
        return item if item is not None and item.get("of") == scope.tenant_uid else None

    async def _all(self, scope: TenantScope, what: str) -> list[Any]:
        values = {"of": scope.tenant_uid, "client_id": scope.tenant_id}
        return await self._items.query_everywhere(
            what, "c.client_id = @client_id AND c.of = @of", values
        )


def item_of(key: ApiKey) -> Item:
    """Return a key's item."""
    return {
        "id": key.key_id,
        "client_id": key.tenant_id,
        "of": key.tenant_uid,
        "sequence": next_sequence(),
        "record": CODEC.as_json(key),
    }


def _own(scope: TenantScope, item: Item) -> ApiKey:
    key = _key(item)
    scope.require_own(key.tenant_uid, "api_keys")
    return key


def _key(item: Item) -> ApiKey:
    """Return an item's record. Raises `IsolationBreach` for one that lies with another tenant."""
    try:
        key = CODEC.of_json(item["record"])
    except (MsgspecError, KeyError) as error:
        raise UnavailableError("The store is damaged.", code="storage_corrupt") from error
    if key.tenant_uid != item["of"]:
        raise IsolationBreach("api_keys")
    return key
