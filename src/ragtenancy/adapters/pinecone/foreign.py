"""Foreign namespaces, read and written page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence

from ragtenancy.adapters.pinecone.client import PineconeIndex
from ragtenancy.adapters.pinecone.placing import marks
from ragtenancy.adapters.pinecone.records import Record, Records
from ragtenancy.domain.foreign_records import carried
from ragtenancy.domain.ids import DocumentId, Namespace, Revision, chunk_id
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.embeddings import Vector
from ragtenancy.ports.foreign_namespaces import (
    ForeignNamespaces,
    ForeignPage,
    ForeignRecord,
    Placed,
)


class PineconeForeignNamespaces(ForeignNamespaces):
    """Reads and writes any namespace of the index.

    Reading takes two calls per page of 100, a listing and a fetch.
    """

    def __init__(self, index: PineconeIndex) -> None:
        self._index = index

    async def pages(self, namespace: Namespace, *, after: str | None) -> AsyncIterator[ForeignPage]:
        """Yield every record, except those deleted between listing and fetch."""
        records = Records(self._index, namespace)
        while True:
            ids, after = await records.page("", after=after)
            held = await records.fetch(ids) if ids else {}
            yield ForeignPage(records=[held[i] for i in ids if i in held], next=after)
            if after is None:
                return

    async def fetch(self, namespace: Namespace, ids: Sequence[str]) -> Mapping[str, ForeignRecord]:
        return await Records(self._index, namespace).fetch(ids)

    async def nearest(
        self, namespace: Namespace, vector: Vector, count: int
    ) -> Sequence[ForeignRecord]:
        records = Records(self._index, namespace)
        matches = await records.query(vector, top_k=count, where=None, with_values=True)
        return [
            ForeignRecord(id=match.id, values=match.values, metadata=match.metadata)
            for match in matches.found
            if match.values is not None
        ]

    async def write(self, namespace: Namespace, records: Sequence[ForeignRecord]) -> None:
        await Records(self._index, namespace).upsert([_as_record(record) for record in records])

    async def adopt(self, scope: TenantScope, placed: Sequence[Placed]) -> None:
        await self.write(
            scope.namespace,
            [
                adopted(_as_record(p.record), scope, p.document_id, p.revision, p.ordinal)
                for p in placed
            ],
        )

    async def delete(self, namespace: Namespace, ids: Sequence[str]) -> None:
        await Records(self._index, namespace).delete(ids)


def _as_record(record: ForeignRecord) -> Record:
    return Record(id=record.id, values=record.values, metadata=record.metadata)


def adopted(
    record: Record, scope: TenantScope, document_id: DocumentId, revision: Revision, ordinal: int
) -> Record:
    """Return a foreign record as a tenant's chunk, keeping its other metadata as far as it fits."""
    return Record(
        id=chunk_id(document_id, revision, ordinal),
        values=record.values,
        metadata={**carried(record.metadata), **marks(scope, document_id, revision, ordinal)},
    )
