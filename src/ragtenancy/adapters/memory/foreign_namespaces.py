"""Foreign namespaces in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence

import numpy as np
from msgspec import structs

from ragtenancy.domain.foreign_records import OWNER, carried
from ragtenancy.domain.ids import Namespace, chunk_id
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.embeddings import Vector
from ragtenancy.ports.foreign_namespaces import (
    ForeignNamespaces,
    ForeignPage,
    ForeignRecord,
    Placed,
)

PAGE = 100


class InMemoryForeignNamespaces(ForeignNamespaces):
    """Records by namespace and id."""

    def __init__(self) -> None:
        self._records: dict[Namespace, dict[str, ForeignRecord]] = {}

    async def pages(self, namespace: Namespace, *, after: str | None) -> AsyncIterator[ForeignPage]:
        """Yield every record; `next` is the last id of a page."""
        while True:
            held = self._records.get(namespace, {})
            ids = sorted(each for each in held if after is None or each > after)
            after = ids[PAGE - 1] if len(ids) > PAGE else None
            yield ForeignPage(records=[held[each] for each in ids[:PAGE]], next=after)
            if after is None:
                return

    async def fetch(self, namespace: Namespace, ids: Sequence[str]) -> Mapping[str, ForeignRecord]:
        held = self._records.get(namespace, {})
        return {each: held[each] for each in ids if each in held}

    async def nearest(
        self, namespace: Namespace, vector: Vector, count: int
    ) -> Sequence[ForeignRecord]:
        held = list(self._records.get(namespace, {}).values())
        return sorted(held, key=lambda record: -_cosine(vector, record.values))[:count]

    async def write(self, namespace: Namespace, records: Sequence[ForeignRecord]) -> None:
        self._records.setdefault(namespace, {}).update({record.id: record for record in records})

    async def adopt(self, scope: TenantScope, placed: Sequence[Placed]) -> None:
        await self.write(
            scope.namespace,
            [
                structs.replace(
                    each.record,
                    id=chunk_id(each.document_id, each.revision, each.ordinal),
                    metadata={**carried(each.record.metadata), OWNER: scope.tenant_uid},
                )
                for each in placed
            ],
        )

    async def delete(self, namespace: Namespace, ids: Sequence[str]) -> None:
        for each in ids:
            self._records.get(namespace, {}).pop(each, None)


def _cosine(one: Vector, other: Vector) -> float:
    lengths = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(one @ other) / lengths if lengths else 0.0
