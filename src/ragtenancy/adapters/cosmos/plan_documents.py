"""The plan's document records, in the `documents` container beside our own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from ragtenancy.adapters.cosmos.client import Cosmos
from ragtenancy.adapters.cosmos.items import Item, Items
from ragtenancy.domain.documents import MAX_FILENAME
from ragtenancy.domain.plan_documents import ACTIVE, PlanDocument
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.plan_documents import PlanDocuments

DOCUMENTS = "documents"
OF_THE_PLAN = "NOT IS_DEFINED(c.tenant_uid)"  # every item of ours has its owner's uid
Count = Annotated[int, Meta(ge=0, le=10**9)]


class _Ingestion(Struct, frozen=True):
    total_chunks: Count | None = None
    images_processed: Count | None = None


class CosmosPlanDocuments(PlanDocuments):
    """Reads the records of a client's partition that bear no uid."""

    def __init__(self, cosmos: Cosmos) -> None:
        self._items = Items(cosmos, DOCUMENTS)

    async def of(self, scope: TenantScope) -> Sequence[PlanDocument]:
        items = await self._items.query(scope.tenant_id, "*", OF_THE_PLAN)
        found = [_record(item) for item in items if isinstance(item.get("filename"), str)]
        return sorted(found, key=lambda each: each.record_id)

    async def remove(self, scope: TenantScope) -> int:
        ids = await self._items.query(scope.tenant_id, "VALUE c.id", OF_THE_PLAN)
        return await self._items.delete_all(scope.tenant_id, ids)


def _record(item: Item) -> PlanDocument:
    """Return an item's record; a field of another form counts as absent."""
    counts = _converted(item.get("ingestion"), _Ingestion) or _Ingestion()
    return PlanDocument(
        record_id=str(item["id"]),
        filename=str(item["filename"])[:MAX_FILENAME],
        version=str(item.get("version", "1")),
        uploaded_at=_converted(item.get("uploaded_at"), Annotated[datetime, Meta(tz=True)]),
        status=str(item.get("status", ACTIVE)),
        total_chunks=counts.total_chunks,
        images_processed=counts.images_processed or 0,
    )


def _converted(value: object, kind: Any) -> Any:  # noqa: ANN401 - any annotation
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return None
