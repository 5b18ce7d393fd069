"""The semantic leg."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Sequence
from typing import Protocol

from ragtenancy.domain.hits import LegHits
from ragtenancy.domain.ids import ChunkId, DocumentId, Revision
from ragtenancy.domain.manifest import Manifest
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.all_scores import AllScores
from ragtenancy.ports.embeddings import Vector, Vectors


class VectorIndex(Protocol):
    """Vectors of one tenant's chunks, staged by revision, searched by manifest.

    Staged vectors are not found until a manifest names their revision. A search answers at exactly
    one generation and reports it; it may be newer than the manifest's, never older.
    """

    @abstractmethod
    async def stage(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision, vectors: Vectors
    ) -> None:
        """Store the vectors of a revision, row i for ordinal i, replacing any staged under it."""

    @abstractmethod
    async def search(
        self,
        scope: TenantScope,
        manifest: Manifest,
        vector: Vector,
        *,
        limit: int,
        documents: Collection[DocumentId] | None = None,
    ) -> LegHits:
        """Return the `limit` chunks with the highest cosine, ties by document and ordinal.

        Exact, or for very many chunks as close as the adapter states. `documents` restricts the
        scan itself; None means all. Cosines are float64 sums over the float32 products' factors,
        equal to the last bit to those of `score`.
        """

    async def all_scores(
        self, scope: TenantScope, manifest: Manifest, vector: Vector
    ) -> AllScores | None:
        """Return the cosine of every chunk; None unless in memory and up to date."""
        return None

    @abstractmethod
    async def score(
        self, scope: TenantScope, manifest: Manifest, vector: Vector, chunks: Sequence[ChunkId]
    ) -> Sequence[float | None]:
        """Return the cosine of each chunk, None for one that is not active."""

    @abstractmethod
    async def read(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision
    ) -> Vectors:
        """Return the stored vectors of a revision, row i for ordinal i; no rows if none."""

    @abstractmethod
    async def count(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision | None = None
    ) -> int:
        """Count the stored vectors of a document, or of one revision of it."""

    @abstractmethod
    async def revisions(
        self, scope: TenantScope, document_id: DocumentId | None = None
    ) -> Sequence[tuple[DocumentId, Revision]]:
        """Return every revision with stored vectors, of one document or of all."""

    @abstractmethod
    async def delete(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision | None = None
    ) -> int:
        """Remove the vectors of a document, or of one revision; return how many there were."""

    @abstractmethod
    async def drop(self, scope: TenantScope) -> None:
        """Remove all the tenant's vectors, including those in memory and caches."""
