"""Key records and peppers in Cosmos DB."""

from __future__ import annotations

import secrets
from base64 import b64decode
from contextlib import suppress
from typing import Any

from msgspec import MsgspecError

from ragtenancy.adapters.cosmos.client import Cosmos
from ragtenancy.adapters.cosmos.items import Item, Items, next_sequence
from ragtenancy.domain.api_keys import ApiKey, Pepper, Signature
from ragtenancy.domain.errors import (
    AlreadyExistsError,
    IsolationBreach,
    NotFoundError,
    StaleWriteError,
    StateLostError,
    UnavailableError,
)
from ragtenancy.domain.ids import ApiKeyId
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.persistence.cursors import cursor_position, cut, position_cursor
from ragtenancy.persistence.record_codec import RecordCodec
from ragtenancy.ports.api_keys import ApiKeyRepository, PepperStore

CODEC = RecordCodec(ApiKey)
SIGNED = (
    "c.record.pepper_version AS version, c.record.pepper_fingerprint AS fingerprint, "
    "c.record.revoked_at AS revoked_at"
)


class CosmosApiKeyRepository(ApiKeyRepository):
    """Records by id; only an operator's list and a deletion query all partitions."""

    def __init__(self, cosmos: Cosmos) -> None:
        self._items = Items(cosmos, "api_keys", partition_by="id")

    async def find(self, key_id: ApiKeyId) -> ApiKey | None:
        item = await self._items.read(key_id, key_id)
        return None if item is None else _key(item)

    async def signatures(self) -> frozenset[Signature]:
        found = await self._items.query_everywhere(SIGNED, "true")
        return frozenset(_signature(row) for row in found)

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

    async def refresh(self, scope: TenantScope, known: ApiKey, fresh: ApiKey) -> bool:
        scope.require_own(fresh.tenant_uid, "api_keys")
        item = await self._read(scope, known.key_id)
        if item is None or _own(scope, item) != known:
            return False
        written = {**item, "record": CODEC.as_json(fresh)}
        try:
            await self._items.replace(fresh.key_id, written, item["_etag"])
        except StaleWriteError:
            return False
        return True

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


def _signature(row: Item) -> Signature:
    fingerprint = row.get("fingerprint")
    return Signature(
        pepper_version=int(row["version"]),
        pepper_fingerprint=None if fingerprint is None else b64decode(fingerprint),
        live=row.get("revoked_at") is None,
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
    """Return an item's record. Raises `IsolationBreach` for one stored with another tenant."""
    try:
        key = CODEC.of_json(item["record"])
    except (MsgspecError, KeyError) as error:
        raise UnavailableError("The store is damaged.", code="storage_corrupt") from error
    if key.tenant_uid != item["of"]:
        raise IsolationBreach("api_keys")
    return key


CONTAINER = "peppers"
PARTITION = "=peppers"
FIRST = 1
PEPPER_BYTES = 32


class CosmosPepperStore(PepperStore):
    """One item per version. Items never change, so that a process reads each once."""

    def __init__(self, cosmos: Cosmos) -> None:
        self._items = Items(cosmos, CONTAINER)
        self._known: dict[int, Pepper] = {}
        self._newest: Pepper | None = None

    @property
    def place(self) -> str:
        return f"the container {CONTAINER} of the Cosmos DB database"

    async def current(self) -> Pepper | None:
        if self._newest is None:
            versions = await self._items.query(PARTITION, "VALUE c.version", "c.version > 0")
            self._newest = await self.get(max(versions)) if versions else None
        return self._newest

    async def make_first(self) -> Pepper:
        secret = secrets.token_hex(PEPPER_BYTES)
        with suppress(AlreadyExistsError):  # another process created it first
            await self._items.create(
                PARTITION, {"id": f"pepper~{FIRST}", "version": FIRST, "bytes": secret}
            )
        made = await self.get(FIRST)
        if made is None:
            raise self._damaged()
        return made

    async def make_next(self) -> Pepper:
        versions = await self._items.query(PARTITION, "VALUE c.version", "c.version > 0")
        version = max(versions, default=0) + 1
        item = {
            "id": f"pepper~{version}",
            "version": version,
            "bytes": secrets.token_hex(PEPPER_BYTES),
        }
        await self._items.create(PARTITION, item)
        self._newest = self._known[version] = self._pepper(item)
        return self._newest

    async def get(self, version: int) -> Pepper | None:
        if version not in self._known:
            item = await self._items.read(PARTITION, f"pepper~{version}")
            if item is None:
                return None
            self._known[version] = self._pepper(item)
        return self._known[version]

    def _pepper(self, item: Item) -> Pepper:
        try:
            return Pepper(version=item["version"], secret=_secret(item["bytes"]))
        except (KeyError, TypeError, ValueError) as error:
            raise self._damaged() from error

    def _damaged(self) -> StateLostError:
        return StateLostError(
            "The pepper is damaged; restore it from a backup.", self.place, code="storage_corrupt"
        )


def _secret(text: str) -> bytes:
    secret = bytes.fromhex(text)
    if len(secret) < PEPPER_BYTES:
        raise ValueError("a pepper needs at least 32 bytes")
    return secret
