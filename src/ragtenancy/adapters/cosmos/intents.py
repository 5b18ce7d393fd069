"""Intents, duties and deletions in Cosmos DB."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import structlog
from msgspec import structs

from ragtenancy.adapters.cosmos.client import Cosmos
from ragtenancy.adapters.cosmos.items import Item, Items
from ragtenancy.adapters.cosmos.partitions import OwnedItems, hashed
from ragtenancy.adapters.cosmos.tenant_state import INTENTS, SHARED_CONTAINER
from ragtenancy.domain.deletions import DeletionStatus, TenantDeletion
from ragtenancy.domain.errors import AlreadyExistsError, StaleWriteError, UnavailableError
from ragtenancy.domain.ids import DeletionId, IntentId, Namespace, TenantId
from ragtenancy.domain.intents import Intent
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.persistence.record_codec import RecordCodec
from ragtenancy.ports.deletions import DeletionRepository
from ragtenancy.ports.intents import DutyRoster, IntentLog

log = structlog.get_logger(__name__)

DUTIES_PARTITION = "=duties"


class CosmosIntentLog(IntentLog):
    """One item per intent; those of all clients share a partition, which one query reads."""

    def __init__(self, cosmos: Cosmos) -> None:
        self._intents = OwnedItems(cosmos, SHARED_CONTAINER, "intent", Intent, shared=INTENTS)

    async def open(self, scope: TenantScope, intent: Intent) -> None:
        scope.require_own(intent.tenant_uid, "intents")
        opened = intent.opened_at.timestamp()
        await self._intents.put(scope, hashed(intent.intent_id), intent, opened=opened)

    async def close(self, scope: TenantScope, intent_id: IntentId) -> None:
        await self._intents.delete(scope, hashed(intent_id))

    async def opened(self, *, until: datetime) -> Sequence[Intent]:
        items = await self._intents.items.query(
            INTENTS, "*", "c.opened <= @until", {"until": until.timestamp()}
        )
        intents = [intent for item in items if (intent := self._sound(item)) is not None]
        return tuple(sorted(intents, key=lambda intent: intent.opened_at))

    async def drop(self, scope: TenantScope) -> None:
        await self._intents.remove(scope)

    def _sound(self, item: Item) -> Intent | None:
        """Return an item's intent; a damaged or misfiled one must not block the sweep of others."""
        try:
            intent = self._intents.decoded(item)
        except UnavailableError:
            intent = None
        if intent is None or item.get("tenant_uid") != intent.tenant_uid:
            log.error("intent_left_out", item_id=item["id"])
            return None
        return intent


class CosmosDutyRoster(DutyRoster):
    """One item per duty, in a separate partition."""

    def __init__(self, cosmos: Cosmos) -> None:
        self._items = Items(cosmos, SHARED_CONTAINER)

    async def claim(self, duty: str, *, now: datetime, until: datetime) -> bool:
        item = await self._items.read(DUTIES_PARTITION, duty)
        taken: Item = {"id": duty, "taken_until": until.timestamp()}
        try:
            if item is None:
                await self._items.create(DUTIES_PARTITION, taken)
            elif item["taken_until"] > now.timestamp():
                return False
            else:
                await self._items.replace(DUTIES_PARTITION, taken, item["_etag"])
        except (AlreadyExistsError, StaleWriteError):
            return False  # another process wrote first
        return True


DELETIONS_PARTITION = "=deletions"
UNFINISHED = f"c.status != '{DeletionStatus.VERIFIED}'"
CODEC = RecordCodec(TenantDeletion)


class CosmosDeletionRepository(DeletionRepository):
    """One item per deletion."""

    def __init__(self, cosmos: Cosmos) -> None:
        self._items = Items(cosmos, SHARED_CONTAINER)

    async def get(self, deletion_id: DeletionId) -> TenantDeletion | None:
        item = await self._items.read(DELETIONS_PARTITION, deletion_id)
        return None if item is None else CODEC.of_json(item["record"])

    async def add(self, deletion: TenantDeletion) -> None:
        await self._items.create(DELETIONS_PARTITION, _item(deletion))

    async def save(self, deletion: TenantDeletion) -> TenantDeletion:
        item = await self._items.read(DELETIONS_PARTITION, deletion.deletion_id)
        if item is None or CODEC.of_json(item["record"]).version != deletion.version:
            raise StaleWriteError("The deletion changed since it was read.")
        saved = structs.replace(deletion, version=deletion.version + 1)
        await self._items.replace(DELETIONS_PARTITION, _item(saved), item["_etag"])
        return saved

    async def unfinished(self) -> Sequence[TenantDeletion]:
        return await self._found(UNFINISHED)

    async def blocking(self, tenant_id: TenantId, namespace: Namespace) -> TenantDeletion | None:
        found = await self._found(
            f"{UNFINISHED} AND (c.of_client = @client OR c.namespace = @namespace)",
            client=tenant_id,
            namespace=namespace,
        )
        return found[0] if found else None

    async def every(self) -> Sequence[TenantDeletion]:
        return await self._found("true")

    async def _found(self, where: str, **values: object) -> Sequence[TenantDeletion]:
        items = await self._items.query(DELETIONS_PARTITION, "*", where, values)
        return tuple(CODEC.of_json(item["record"]) for item in items)


def _item(deletion: TenantDeletion) -> Item:
    return {
        "id": deletion.deletion_id,
        "status": str(deletion.status),
        "of_client": deletion.tenant_id,
        "namespace": deletion.namespace,
        "record": CODEC.as_json(deletion),
    }
