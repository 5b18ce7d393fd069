"""Vectors in memory, and data derived from contents."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import numpy as np

from ragtenancy.adapters.memory.client import Memory, RevisionKey, StampedBytes
from ragtenancy.domain.documents import ManifestEntry
from ragtenancy.domain.errors import StaleWriteError
from ragtenancy.domain.hits import LegHits
from ragtenancy.domain.ids import (
    ChunkId,
    DocumentId,
    Revision,
    TenantUid,
    chunk_ids,
    parse_chunk_id,
)
from ragtenancy.domain.manifest import Manifest
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.all_scores import AllScores
from ragtenancy.ports.derived_cache import DerivedCache
from ragtenancy.ports.embeddings import Vector, Vectors
from ragtenancy.ports.sentence_vectors import SentenceKey, SentenceVectorCache
from ragtenancy.ports.vectors import VectorIndex


class InMemoryVectorIndex(VectorIndex):
    """Vectors in the tenant's container; every search scans them all."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def stage(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision, vectors: Vectors
    ) -> None:
        """Store the vectors of a revision."""
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
        """Return the chunks with the highest cosine."""
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
        """Remove all the tenant's vectors."""
        for container in self._memory.present(scope):
            container.vectors.clear()

    def _active(self, scope: TenantScope, entry: ManifestEntry) -> Vectors:
        rows = self._rows(scope, entry.document_id, entry.revision)
        if len(rows) != entry.total_chunks:
            raise StaleWriteError("The vectors of a document's version are missing.")
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


class InMemorySentenceVectorCache(SentenceVectorCache):
    """Vectors by revision and digest in the tenant's container; the chunk repository removes them."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def get(
        self, scope: TenantScope, keys: Collection[SentenceKey]
    ) -> Mapping[SentenceKey, bytes]:
        kept = self._memory.container(scope).sentence_vectors
        found = {key: kept.get(key[:2], {}).get(key.digest) for key in keys}
        return {key: vector for key, vector in found.items() if vector is not None}

    async def put(self, scope: TenantScope, vectors: Mapping[SentenceKey, bytes]) -> None:
        container = self._memory.container(scope)
        for key, vector in vectors.items():
            if key[:2] in container.chunks:
                container.sentence_vectors.setdefault(key[:2], {})[key.digest] = vector


class InMemoryDerivedCache(DerivedCache):
    """Bytes by kind and key in the tenant's container."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def get(self, scope: TenantScope, kind: str, keys: Sequence[str]) -> Mapping[str, bytes]:
        derived = self._memory.container(scope).derived
        return {key: derived[kind, key].content for key in keys if (kind, key) in derived}

    async def put(
        self, scope: TenantScope, kind: str, values: Mapping[str, bytes], *, at: datetime
    ) -> None:
        derived = self._memory.container(scope).derived
        derived.update({(kind, key): StampedBytes(value, at) for key, value in values.items()})

    async def purge(self, scope: TenantScope, *, written_before: datetime, now: datetime) -> int:  # noqa: ARG002 - the port's
        derived = self._memory.container(scope).derived
        old = [key for key, value in derived.items() if value.written_at < written_before]
        for key in old:
            del derived[key]
        return len(old)

    async def tenants_holding(self, *, written_before: datetime) -> Sequence[TenantUid]:
        return tuple(
            uid
            for uid, container in self._memory.containers.items()
            if any(value.written_at < written_before for value in container.derived.values())
        )

    async def drop(self, scope: TenantScope) -> None:
        for container in self._memory.present(scope):
            container.derived.clear()
