"""A namespace that came from elsewhere, read and written page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from msgspec import Struct

from ragtenancy.adapters.pinecone.client import PineconeIndex
from ragtenancy.adapters.pinecone.placing import marks
from ragtenancy.adapters.pinecone.records import Record, Records
from ragtenancy.domain.ids import DocumentId, Namespace, Revision, chunk_id
from ragtenancy.domain.tenants import TenantScope

DEFAULT_NAMESPACE = Namespace("__default__")


class Page(Struct, frozen=True, kw_only=True):
    """Records in the order of their ids; `next` is where the following page begins, if any."""

    records: Sequence[Record]
    next: str | None = None


class NamespacePages:
    """Reads and writes any namespace of the index; the default one only by name, `__default__`.

    Reading is two calls a page of 100, a listing and a fetch; no vector of ours is searched with.
    """

    def __init__(self, index: PineconeIndex) -> None:
        self._index = index

    async def pages(self, namespace: Namespace, *, after: str | None) -> AsyncIterator[Page]:
        """Yield every record; `after` is an earlier page's `next`, None begins at the start.

        A record that was deleted between listing and fetch is left out.
        """
        records = Records(self._index, namespace)
        while True:
            ids, after = await records.page("", after=after)
            held = await records.fetch(ids) if ids else {}
            yield Page(records=[held[i] for i in ids if i in held], next=after)
            if after is None:
                return

    async def write(self, namespace: Namespace, records: Sequence[Record]) -> None:
        """Write records as they are, replacing those of the same id."""
        await Records(self._index, namespace).upsert(records)

    async def fetch(self, namespace: Namespace, ids: Sequence[str]) -> dict[str, Record]:
        """Return the records of these ids that are there."""
        return await Records(self._index, namespace).fetch(ids)

    async def delete(self, namespace: Namespace, ids: Sequence[str]) -> None:
        """Delete records of any namespace; the absent are fine."""
        await Records(self._index, namespace).delete(ids)


def adopted(
    record: Record, scope: TenantScope, document_id: DocumentId, revision: Revision, ordinal: int
) -> Record:
    """Return a record from elsewhere as a tenant's chunk, with what its metadata held besides."""
    return Record(
        id=chunk_id(document_id, revision, ordinal),
        values=record.values,
        metadata={**record.metadata, **marks(scope, document_id, revision, ordinal)},
    )
