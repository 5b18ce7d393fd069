"""Vectors, in memory, searched one by one."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from ragtenancy.adapters.memory.client import Memory, RevisionKey
from ragtenancy.domain.documents import ManifestEntry
from ragtenancy.domain.errors import StaleWriteError
from ragtenancy.domain.hits import LegHits
from ragtenancy.domain.ids import ChunkId, DocumentId, Revision, chunk_ids, parse_chunk_id
from ragtenancy.domain.manifest import Manifest
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.all_scores import AllScores
from ragtenancy.ports.embeddings import Vector, Vectors
from ragtenancy.ports.vectors import VectorIndex


class InMemoryVectorIndex(VectorIndex):
    """Vectors in the tenant's container; every search reads them all."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def stage(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision, vectors: Vectors
    ) -> None:
        """Keep the vectors of a revision."""
        self._memory.container(scope).vectors[document_id, revision] = vectors.copy()

    async def search(
        self,
        scope: TenantScope,
        manifest: Manifest,
        vector: Vector,
        *,
        limit: int,
        documents: Collection[DocumentId] | None = None,
    ) -> LegHits:
        """Return the chunks of highest cosine."""
        chunks: list[ChunkId] = []
        cosines: list[float] = []
        for entry in manifest.entries.values():
            if documents is not None and entry.document_id not in documents:
                continue
            rows = self._active(scope, entry)
            chunks += chunk_ids(entry.document_id, entry.revision, len(rows))
            cosines += [_cosine(row, vector) for row in rows]
        return LegHits.highest(manifest.generation, chunks, cosines, limit=limit)

    async def all_scores(
        self, scope: TenantScope, manifest: Manifest, vector: Vector
    ) -> AllScores | None:
        entries = manifest.entries.values()
        try:
            rows = [row for entry in entries for row in self._active(scope, entry)]
        except StaleWriteError:
            return None
        return AllScores(np.array([_cosine(row, vector) for row in rows], np.float64))

    async def score(
        self, scope: TenantScope, manifest: Manifest, vector: Vector, chunks: Sequence[ChunkId]
    ) -> Sequence[float | None]:
        """Return the cosine of each chunk."""
        scores: list[float | None] = []
        for chunk in chunks:
            document_id, revision, ordinal = parse_chunk_id(chunk)
            entry = manifest.entries.get(document_id)
            rows = self._rows(scope, document_id, revision)
            active = entry is not None and entry.revision == revision and ordinal < len(rows)
            scores.append(_cosine(rows[ordinal], vector) if active else None)
        return scores

    async def read(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision
    ) -> Vectors:
        return self._rows(scope, document_id, revision).copy()

    async def count(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision | None = None
    ) -> int:
        """Count the vectors of a document."""
        kept = self._memory.container(scope).vectors
        return sum(len(kept[key]) for key in self._keys(scope, document_id, revision))

    async def revisions(
        self, scope: TenantScope, document_id: DocumentId | None = None
    ) -> Sequence[tuple[DocumentId, Revision]]:
        kept = self._memory.container(scope).vectors
        return tuple(sorted(key for key in kept if document_id in (None, key[0])))

    async def delete(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision | None = None
    ) -> int:
        """Remove the vectors of a document."""
        kept = self._memory.container(scope).vectors
        return sum(len(kept.pop(key)) for key in self._keys(scope, document_id, revision))

    async def drop(self, scope: TenantScope) -> None:
        """Remove everything of the tenant."""
        for container in self._memory.present(scope):
            container.vectors.clear()

    def _active(self, scope: TenantScope, entry: ManifestEntry) -> Vectors:
        rows = self._rows(scope, entry.document_id, entry.revision)
        if len(rows) != entry.total_chunks:
            raise StaleWriteError("The vectors of a revision are gone.")
        return rows

    def _rows(self, scope: TenantScope, document_id: DocumentId, revision: Revision) -> Vectors:
        kept = self._memory.container(scope).vectors
        return kept.get((document_id, revision), np.empty((0, 0), dtype=np.float32))

    def _keys(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision | None
    ) -> list[RevisionKey]:
        kept = self._memory.container(scope).vectors
        return [k for k in kept if k[0] == document_id and revision in (None, k[1])]


def _cosine(row: Vector, vector: Vector) -> float:
    return float(np.vecdot(row.astype(np.float64), vector.astype(np.float64)))
