"""Vectors in the tenant's namespace, searched by Pinecone, scored here."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from ragtenancy.adapters.pinecone import limits, placing
from ragtenancy.adapters.pinecone.client import PineconeIndex
from ragtenancy.adapters.pinecone.limits import Patience
from ragtenancy.adapters.pinecone.namespaces import Described, Namespaces
from ragtenancy.adapters.pinecone.nearest import KeptVectors, Nearest
from ragtenancy.adapters.pinecone.records import Records
from ragtenancy.domain.errors import NotFoundError
from ragtenancy.domain.hits import LegHits
from ragtenancy.domain.ids import ChunkId, DocumentId, Revision, parse_chunk_id
from ragtenancy.domain.manifest import Manifest
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.embeddings import Vector, Vectors
from ragtenancy.ports.vectors import VectorIndex

NO_CLIENT = "There is no such client."
NOT_SHOWN = "The vector store does not return the new vectors yet."
NOT_GONE = "The vector store still returns deleted vectors."


class PineconeVectorIndex(VectorIndex):
    """One record per chunk, with the id `document#revision#ordinal`, in the tenant's namespace.

    The index finds the candidates, only among active revisions; their cosines are computed here.
    Writes wait until reads show them (`patience`), so that published vectors can be found and
    deleted ones are gone. `search` raises `StaleWriteError` if all vectors were requested and the
    manifest names missing ones.
    """

    def __init__(
        self,
        index: PineconeIndex,
        *,
        patience: Patience | None = None,
        kept: KeptVectors | None = None,
    ) -> None:
        self._index = index
        self._namespaces = Namespaces(index)
        self._patience = patience or Patience()
        self._kept = kept or KeptVectors()

    async def stage(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision, vectors: Vectors
    ) -> None:
        before = await self._namespaces.own(scope)
        if before is None:
            raise NotFoundError(NO_CLIENT)
        start = placing.prefix(document_id, revision)
        self._kept.forget(scope.tenant_uid, start)
        records = self._records(scope)
        held = await records.ids(start)
        new = placing.records_of(scope, document_id, revision, vectors)
        committed = await records.upsert(new)
        ids = {record.id for record in new}
        await self._require_still(scope, before, ids)
        await records.delete([chunk for chunk in held if chunk not in ids])
        if new:
            await self._shown(records, start, vectors, committed)

    async def search(
        self,
        scope: TenantScope,
        manifest: Manifest,
        vector: Vector,
        *,
        limit: int,
        documents: Collection[DocumentId] | None = None,
    ) -> LegHits:
        allowed = None if documents is None else frozenset(documents)
        active = placing.Active(manifest, allowed)
        if not active.total or limit < 1:
            return LegHits(generation=manifest.generation)
        nearest = Nearest(scope, self._records(scope), self._kept, vector)
        cosines = await nearest(active, limit)
        chunks = [ChunkId(chunk) for chunk in cosines]
        return LegHits.highest(manifest.generation, chunks, list(cosines.values()), limit=limit)

    async def score(
        self, scope: TenantScope, manifest: Manifest, vector: Vector, chunks: Sequence[ChunkId]
    ) -> Sequence[float | None]:
        """Return the cosine of each chunk, fetching uncached vectors together."""
        active = placing.Active(manifest)
        nearest = Nearest(scope, self._records(scope), self._kept, vector)
        vectors = await nearest.vectors(list(dict.fromkeys(c for c in chunks if c in active)))
        cosines = nearest.cosines(vectors)
        return [cosines.get(chunk) for chunk in chunks]

    async def read(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision
    ) -> Vectors:
        records = self._records(scope)
        ids = sorted(await records.ids(placing.prefix(document_id, revision)))
        held = await records.fetch(ids)
        rows = [held[chunk].values for chunk in ids if chunk in held]
        return np.stack(rows) if rows else np.empty((0, 0), np.float32)

    async def count(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision | None = None
    ) -> int:
        return len(await self._records(scope).ids(placing.prefix(document_id, revision)))

    async def revisions(
        self, scope: TenantScope, document_id: DocumentId | None = None
    ) -> Sequence[tuple[DocumentId, Revision]]:
        start = "" if document_id is None else placing.prefix(document_id, None)
        ids = await self._records(scope).ids(start)
        ours = [
            ChunkId(chunk) for chunk in ids if chunk.count("#") == 2 and placing.place(chunk)[0]
        ]
        return tuple(sorted({parse_chunk_id(chunk)[:2] for chunk in ours}))

    async def delete(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision | None = None
    ) -> int:
        """Remove vectors and list until none is left. Raises `UnavailableError` on timeout."""
        start = placing.prefix(document_id, revision)
        self._kept.forget(scope.tenant_uid, start)
        records = self._records(scope)
        ids = await records.ids(start)
        await records.delete(ids)
        if ids:
            await self._gone(records, start)
        return len(ids)

    async def drop(self, scope: TenantScope) -> None:
        self._kept.forget(scope.tenant_uid)
        if await self._namespaces.own(scope) is None:
            return
        records = self._records(scope)
        await records.delete_all()
        await self._gone(records, "")

    def _records(self, scope: TenantScope) -> Records:
        return Records.of(self._index, scope)

    async def _require_still(
        self, scope: TenantScope, before: Described, ids: Collection[str]
    ) -> None:
        """Raise `NotFoundError` if the tenant was dropped during the write.

        The write recreated the namespace or went into a successor's, so it is removed.
        """
        after = await self._namespaces.described(scope)
        if after is not None and after.owner == before.owner:
            return
        await self._records(scope).delete(list(ids))
        if after is not None and after.owner is None:
            await self._namespaces.drop(scope)
        raise NotFoundError(NO_CLIENT)

    async def _shown(
        self, records: Records, start: str, vectors: Vectors, committed: int | None
    ) -> None:
        """Wait until queries and listings show a revision.

        Queries report the log position that they have reached; otherwise they must find the rows.
        """
        expected = min(len(vectors), limits.TOP_K)
        where = placing.in_revisions([start.removesuffix("#")])

        async def found() -> bool:
            answer = await records.query(vectors[0], top_k=expected, where=where, with_values=False)
            if committed is not None and answer.reconciled is not None:
                return answer.reconciled >= committed
            return len(answer.found) == expected

        async def listed() -> bool:
            return len(await records.ids(start)) == len(vectors)

        await self._patience.until(found, NOT_SHOWN)
        await self._patience.until(listed, NOT_SHOWN)

    async def _gone(self, records: Records, start: str) -> None:
        async def unlisted() -> bool:
            return not (await records.page(start, after=None))[0]

        await self._patience.until(unlisted, NOT_GONE)
