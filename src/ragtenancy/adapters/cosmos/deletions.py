"""Deletions and their receipts in Cosmos DB, in a partition of their own."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs

from ragtenancy.adapters.cosmos.client import Cosmos
from ragtenancy.adapters.cosmos.items import Item, Items
from ragtenancy.domain.deletions import DeletionStatus, TenantDeletion
from ragtenancy.domain.errors import StaleWriteError
from ragtenancy.domain.ids import DeletionId, Namespace, TenantId
from ragtenancy.persistence.record_codec import RecordCodec
from ragtenancy.ports.deletions import DeletionRepository

PARTITION = "=deletions"
UNFINISHED = f"c.status != '{DeletionStatus.VERIFIED}'"
CODEC = RecordCodec(TenantDeletion)


class CosmosDeletionRepository(DeletionRepository):
    """An item a deletion."""

    def __init__(self, cosmos: Cosmos) -> None:
        self._items = Items(cosmos, "deletions")

    async def get(self, deletion_id: DeletionId) -> TenantDeletion | None:
        item = await self._items.read(PARTITION, deletion_id)
        return None if item is None else CODEC.of_json(item["record"])

    async def add(self, deletion: TenantDeletion) -> None:
        await self._items.create(PARTITION, _item(deletion))

    async def save(self, deletion: TenantDeletion) -> TenantDeletion:
        item = await self._items.read(PARTITION, deletion.deletion_id)
        if item is None or CODEC.of_json(item["record"]).version != deletion.version:
            raise StaleWriteError("The deletion changed since it was read.")
        saved = structs.replace(deletion, version=deletion.version + 1)
        await self._items.replace(PARTITION, _item(saved), item["_etag"])
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

    async def _found(self, where: str, **values: object) -> Sequence[TenantDeletion]:
        items = await self._items.query(PARTITION, "*", where, values)
        return tuple(CODEC.of_json(item["record"]) for item in items)


def _item(deletion: TenantDeletion) -> Item:
    return {
        "id": deletion.deletion_id,
        "status": str(deletion.status),
        "of_client": deletion.tenant_id,
        "namespace": deletion.namespace,
        "record": CODEC.as_json(deletion),
    }
