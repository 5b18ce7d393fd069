"""A tenant's documents with the manifest that names them, for suites of both legs."""

from __future__ import annotations

import numpy as np

from ragtenancy.adapters.memory.blobs import InMemoryTenantStorage
from ragtenancy.adapters.memory.client import Memory
from ragtenancy.adapters.memory.documents import InMemoryChunkRepository
from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.documents import ManifestEntry
from ragtenancy.domain.ids import (
    DocumentId,
    Fingerprint,
    Namespace,
    Revision,
    TenantId,
    TenantUid,
    chunk_id,
)
from ragtenancy.domain.manifest import Manifest
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.chunks import ChunkRepository
from ragtenancy.ports.embeddings import Vector, Vectors
from ragtenancy.ports.vectors import VectorIndex


def scope_of(name: str) -> TenantScope:
    return TenantScope(
        tenant_id=TenantId(name),
        tenant_uid=TenantUid("t" + name.ljust(26, "a")[:26]),
        namespace=Namespace(name),
    )


ACME = scope_of("acme")
OTHER = scope_of("other")


class Library:
    """Publishes, replaces and removes a tenant's documents, one generation each.

    A document is a list of texts; where there is a vector index it is one of vectors.
    """

    def __init__(self, scope: TenantScope, chunks: ChunkRepository) -> None:
        self.scope = scope
        self.chunks = chunks
        self.manifest = Manifest(generation=0, entries={})
        self._versions: dict[str, int] = {}

    async def put(self, name: str, *texts: str) -> ManifestEntry:
        entry = self._next(name, len(texts))
        await self.chunks.stage(
            self.scope,
            entry.document_id,
            entry.revision,
            [_chunk(entry, ordinal, text) for ordinal, text in enumerate(texts)],
        )
        self.publish(entry)
        return entry

    async def put_vectors(self, index: VectorIndex, name: str, vectors: Vectors) -> ManifestEntry:
        entry = self._next(name, len(vectors))
        await index.stage(self.scope, entry.document_id, entry.revision, vectors)
        self.publish(entry)
        return entry

    def remove(self, name: str) -> None:
        kept = {d: entry for d, entry in self.manifest.entries.items() if d != name}
        self.manifest = Manifest(generation=self.manifest.generation + 1, entries=kept)

    def ids(self, name: str) -> list[str]:
        entry = self.manifest.entries[DocumentId(name)]
        return [
            chunk_id(entry.document_id, entry.revision, ordinal)
            for ordinal in range(entry.total_chunks)
        ]

    def publish(self, entry: ManifestEntry) -> None:
        """Make a document that is stored the newest of its name."""
        self._versions[entry.document_id] = entry.version
        entries = {**self.manifest.entries, entry.document_id: entry}
        self.manifest = Manifest(generation=self.manifest.generation + 1, entries=entries)

    def _next(self, name: str, total_chunks: int) -> ManifestEntry:
        version = self._versions[name] = self._versions.get(name, 0) + 1
        return ManifestEntry(
            document_id=DocumentId(name),
            revision=Revision(f"{version}-1"),
            filename=f"{name}.txt",
            version=version,
            total_chunks=total_chunks,
            embedding_fingerprint=Fingerprint("test"),
        )


async def chunk_store(*scopes: TenantScope) -> ChunkRepository:
    memory = Memory()
    for scope in scopes:
        await InMemoryTenantStorage(memory).create(scope)
    return InMemoryChunkRepository(memory)


def unit(*numbers: float) -> Vector:
    vector = np.array(numbers, np.float32)
    return vector / np.linalg.norm(vector)


def rows(*vectors: Vector) -> Vectors:
    return np.stack(vectors)


def random_vectors(seed: int, count: int, dimension: int = 8) -> Vectors:
    """Vectors of length 1, some of them equal."""
    generator = np.random.default_rng(seed)
    vectors = generator.integers(-2, 3, (count, dimension)).astype(np.float32)
    vectors[:, 0] += np.float32(0.5)
    scaled: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return scaled


def _chunk(entry: ManifestEntry, ordinal: int, text: str) -> Chunk:
    return Chunk(
        document_id=entry.document_id,
        revision=entry.revision,
        ordinal=ordinal,
        section_ordinal=0,
        section=(),
        text=text,
        token_count=len(text.split()),
    )
