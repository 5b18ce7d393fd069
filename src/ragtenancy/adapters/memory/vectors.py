"""Vectors, in memory, searched one by one."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from ragtenancy.adapters.memory.shelves import Shelves
from ragtenancy.domain.hits import LegHit, LegHits
from ragtenancy.domain.ids import ChunkId, DocumentId, Revision, chunk_id, parse_chunk_id
from ragtenancy.domain.manifest import Manifest
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.embeddings import Vector, Vectors
from ragtenancy.ports.vectors import VectorIndex


class InMemoryVectorIndex(VectorIndex):
    """Vectors on their tenant's shelf; every search reads them all."""

    def __init__(self, shelves: Shelves) -> None:
        self._shelves = shelves

    async def stage(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision, vectors: Vectors
    ) -> None:
        """Keep the vectors of a revision."""
        self._shelves.of(scope).vectors[document_id, revision] = vectors.copy()

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
        hits: list[LegHit] = []
        for entry in manifest.entries.values():
            if documents is not None and entry.document_id not in documents:
                continue
            rows = self._rows(scope, entry.document_id, entry.revision)
            hits += [
                LegHit(chunk_id(entry.document_id, entry.revision, ordinal), _cosine(row, vector))
                for ordinal, row in enumerate(rows)
            ]
        hits.sort(key=lambda hit: (-hit.score, *_place(hit.chunk_id)))
        return LegHits(
            generation=manifest.generation,
            hits=hits[:limit],
            best=hits[0].score if hits else 0.0,
        )

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

    async def count(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision | None = None
    ) -> int:
        """Count the vectors of a document."""
        kept = self._shelves.of(scope).vectors
        return sum(len(kept[key]) for key in self._keys(scope, document_id, revision))

    async def delete(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision | None = None
    ) -> int:
        """Remove the vectors of a document."""
        kept = self._shelves.of(scope).vectors
        return sum(len(kept.pop(key)) for key in self._keys(scope, document_id, revision))

    async def drop(self, scope: TenantScope) -> None:
        """Remove everything of the tenant."""
        shelf = self._shelves.by_uid.get(scope.tenant_uid)
        if shelf is not None:
            shelf.vectors.clear()

    def _rows(self, scope: TenantScope, document_id: DocumentId, revision: Revision) -> Vectors:
        kept = self._shelves.of(scope).vectors
        return kept.get((document_id, revision), np.empty((0, 0), dtype=np.float32))

    def _keys(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision | None
    ) -> list[tuple[DocumentId, Revision]]:
        kept = self._shelves.of(scope).vectors
        return [k for k in kept if k[0] == document_id and revision in (None, k[1])]


def _cosine(row: Vector, vector: Vector) -> float:
    return float((row.astype(np.float64) * vector.astype(np.float64)).sum())


def _place(chunk: ChunkId) -> tuple[str, int]:
    document_id, _, ordinal = parse_chunk_id(chunk)
    return document_id, ordinal
