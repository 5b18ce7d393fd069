"""The registry of tenants and their configurations in Cosmos DB."""

from __future__ import annotations

import time
from collections.abc import Sequence

import structlog
from msgspec import MsgspecError, Struct, structs

from ragtenancy.adapters.cosmos.client import Cosmos
from ragtenancy.adapters.cosmos.items import Item, Items, RecentItems
from ragtenancy.adapters.cosmos.partitions import OwnedItems, creating, damaged, replacing
from ragtenancy.domain.errors import (
    AlreadyExistsError,
    IsolationBreach,
    StaleWriteError,
    UnavailableError,
)
from ragtenancy.domain.ids import Namespace, TenantId, TenantUid
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.tenant_config import ConfigVersion, healed
from ragtenancy.domain.tenants import Tenant, TenantScope
from ragtenancy.persistence.cursors import (
    cursor_position,
    cut,
    decode_cursor,
    encode_cursor,
    position_cursor,
)
from ragtenancy.persistence.record_codec import RecordCodec
from ragtenancy.ports.tenant_configs import TenantConfigRepository
from ragtenancy.ports.tenants import TenantRepository

REGISTER = "=register"  # no client id holds `=`
SETTLED_AFTER = 60.0
CODEC = RecordCodec(Tenant)


class Names(Struct, frozen=True):
    """A client's claims in the registry."""

    tenant_id: TenantId
    namespace: Namespace
    tenant_uid: TenantUid

    def lines(self) -> Sequence[Item]:
        """Return the registry's items, one per name."""
        taken = {"id": self.tenant_id, "namespace": self.namespace, "uid": self.tenant_uid}
        return [
            {"id": f"{kind}~{value}", "kind": kind, "names": taken} for kind, value in taken.items()
        ]


class CosmosTenantRepository(TenantRepository):
    """Clients by id, with the original plan's field names where it has them.

    A creation's claims hold for `settled_after` seconds, even before the client exists.
    """

    def __init__(self, cosmos: Cosmos, *, settled_after: float = SETTLED_AFTER) -> None:
        self._items = Items(cosmos, "clients")
        self._settled_after = settled_after

    async def get(self, tenant_id: TenantId) -> Tenant | None:
        item = await self._read(tenant_id)
        return None if item is None else _tenant(item)

    async def find(self, tenant_uid: TenantUid) -> Tenant | None:
        line = await self._items.read(REGISTER, f"uid~{tenant_uid}")
        tenant = None if line is None else await self.get(_names(line).tenant_id)
        return tenant if tenant is not None and tenant.tenant_uid == tenant_uid else None

    async def add(self, tenant: Tenant) -> None:
        lines = _names_of(tenant).lines()
        await self._free_leftovers(lines)
        try:
            await self._items.batch(REGISTER, creating(lines))
            await self._items.upsert(tenant.tenant_id, item_of(tenant))
        except AlreadyExistsError as error:
            raise AlreadyExistsError("The client id or its namespace is taken.") from error

    async def save(self, tenant: Tenant) -> Tenant:
        item = await self._read(tenant.tenant_id)
        stored = None if item is None else _tenant(item)
        known = stored and (stored.tenant_uid, stored.version)
        if item is None or known != (tenant.tenant_uid, tenant.version):
            raise StaleWriteError("The client changed since it was read.")
        saved = structs.replace(tenant, version=tenant.version + 1)
        await self._items.replace(tenant.tenant_id, {**item, **item_of(saved)}, item["_etag"])
        return saved

    async def page(self, *, after: Cursor | None = None, limit: int = 50) -> Page[Tenant]:
        start = "" if after is None else decode_cursor(after)
        lines = await self._items.query(
            REGISTER,
            f"TOP {limit + 1} *",
            "c.kind = 'id' AND c.names.id > @after ORDER BY c.names.id",
            {"after": start},
        )
        listed = cut(lines, limit, lambda line: encode_cursor(line["names"]["id"]))
        found = [await self.get(_names(line).tenant_id) for line in listed.items]
        return Page(items=tuple(t for t in found if t is not None), next=listed.next)

    async def delete(self, tenant_uid: TenantUid) -> None:
        tenant = await self.find(tenant_uid)
        if tenant is None:
            return
        await self._items.delete(tenant.tenant_id, _id_of(tenant.tenant_id))
        await self._give_back(_names_of(tenant))

    async def _read(self, tenant_id: TenantId) -> Item | None:
        """Return the item of a client, None for one that `setup` has not given a uid yet."""
        item = await self._items.read(tenant_id, _id_of(tenant_id))
        return item if item is not None and "tenant_uid" in item else None

    async def _free_leftovers(self, lines: Sequence[Item]) -> None:
        """Release the claims of a creation that was interrupted before its client was written."""
        for line in lines:
            taken = await self._items.read(REGISTER, line["id"])
            if taken is None or not self._settled(taken):
                continue
            if await self.find(_names(taken).tenant_uid) is None:
                await self._give_back(_names(taken))

    def _settled(self, line: Item) -> bool:
        """Return whether the creation behind a claim has surely ended, either way."""
        return time.time() - float(line["_ts"]) > self._settled_after

    async def _give_back(self, names: Names) -> None:
        await self._items.delete_all(REGISTER, [line["id"] for line in names.lines()])


def item_of(tenant: Tenant) -> Item:
    """Return a client's item: the plan's fields for people, the record for us."""
    return {
        "id": _id_of(tenant.tenant_id),
        "tenant_uid": tenant.tenant_uid,
        "name": tenant.name,
        "status": str(tenant.status),
        "pinecone_namespace": tenant.namespace,
        "record": CODEC.as_json(tenant),
    }


def _id_of(tenant_id: TenantId) -> str:
    return f"client_{tenant_id}"


def _names_of(tenant: Tenant) -> Names:
    return Names(tenant.tenant_id, tenant.namespace, tenant.tenant_uid)


def _names(line: Item) -> Names:
    taken = line["names"]
    return Names(taken["id"], taken["namespace"], taken["uid"])


def _tenant(item: Item) -> Tenant:
    """Return an item's record. Raises `IsolationBreach` for one that is another client's."""
    try:
        tenant = CODEC.of_json(item["record"])
    except (MsgspecError, KeyError) as error:
        raise UnavailableError("The store is damaged.", code="storage_corrupt") from error
    if (_id_of(tenant.tenant_id), tenant.tenant_uid) != (item["id"], item["tenant_uid"]):
        raise IsolationBreach("clients")
    return tenant


log = structlog.get_logger(__name__)

CURRENT = "current"


class CosmosTenantConfigRepository(TenantConfigRepository):
    """One item per version, and one for the version in force, read by a point read."""

    def __init__(self, cosmos: Cosmos) -> None:
        self._versions = OwnedItems(cosmos, "configs", "version", ConfigVersion, _healed)
        self._current = OwnedItems(cosmos, "configs", CURRENT, ConfigVersion, _healed)
        self._seen = RecentItems()

    async def current(self, scope: TenantScope) -> ConfigVersion | None:
        item = await self._current.read(scope, CURRENT)
        return None if item is None else self._noted(scope, item)

    async def refreshed(
        self, scope: TenantScope, known: ConfigVersion | None
    ) -> ConfigVersion | None:
        item = self._seen.take(self._current.id_of(scope, CURRENT))
        if item is None or self._current.record_of(scope, item) != known:
            return await self.current(scope)
        found = await self._current.items.read_if_changed(scope.tenant_id, item)
        if found is None:
            return None
        noted = self._noted(scope, found)
        return known if noted == known else noted

    async def newest(self, scope: TenantScope) -> int:
        return _number(await self._current.read(scope, CURRENT))

    async def get(self, scope: TenantScope, version: int) -> ConfigVersion | None:
        return await self._versions.get(scope, str(version))

    async def add(self, scope: TenantScope, config: ConfigVersion) -> None:
        scope.require_own(config.tenant_uid, "tenant_configs")
        before = await self._current.read(scope, CURRENT)
        if config.version != _number(before) + 1:
            raise StaleWriteError("The configuration changed since it was read.")
        new = self._versions.item(scope, str(config.version), config, number=config.version)
        if before is None:
            [in_force] = creating([self._current.item(scope, CURRENT, config)])
        else:
            in_force = replacing(self._current.changed(before, config))
        try:
            await self._versions.items.batch(scope.tenant_id, [*creating([new]), in_force])
        except AlreadyExistsError as error:
            raise StaleWriteError("The configuration changed since it was read.") from error

    async def page(
        self, scope: TenantScope, *, after: Cursor | None = None, limit: int = 50
    ) -> Page[ConfigVersion]:
        values = {} if after is None else {"before": cursor_position(after)}
        older = "c.number < @before" if values else "c.number > 0"
        found = await self._versions.records(
            scope, f"{older} ORDER BY c.number DESC", top=limit + 1, values=values
        )
        return cut(found, limit, lambda config: position_cursor(config.version))

    async def drop(self, scope: TenantScope) -> None:
        await self._current.remove(scope)
        await self._versions.remove(scope)

    def _noted(self, scope: TenantScope, item: Item) -> ConfigVersion:
        """Return an item's record; note its ETag for the next conditional read."""
        config = self._current.record_of(scope, item)
        self._seen.put(item)
        return config


def _healed(record: object) -> object:
    log.warning("config_healed", store="cosmos")
    return healed(record)


def _number(item: Item | None) -> int:
    """Return the number of the version in force, whatever its configuration."""
    if item is None:
        return 0
    try:
        return int(item["record"]["version"])
    except (KeyError, TypeError, ValueError) as error:
        raise damaged() from error
