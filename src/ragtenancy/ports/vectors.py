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

    Nothing staged is found until a manifest names its revision. A search answers at exactly
    one generation and says which; it may be newer than the manifest's, never older.
    """

    @abstractmethod
    async def stage(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision, vectors: Vectors
    ) -> None:
        """Keep the vectors of a revision, row i for ordinal i, replacing what was staged."""

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
        """Return the `limit` chunks of highest cosine, ties by document and ordinal.

        Exact, or for very many chunks as nearly as the adapter says. `documents` restricts the
        scan itself; None means all. Cosines are float64 sums over the float32 products' factors,
        equal to the last bit to those of `score`.
        """

    async def all_scores(
        self, scope: TenantScope, manifest: Manifest, vector: Vector
    ) -> AllScores | None:
        """Return the cosine of every chunk; None where they are not in memory and in step."""
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
        """Return the stored vectors of a revision, row i for ordinal i; no rows where none are."""

    @abstractmethod
    async def count(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision | None = None
    ) -> int:
        """Count the stored vectors of a document, or of one revision of it."""

    @abstractmethod
    async def revisions(
        self, scope: TenantScope, document_id: DocumentId | None = None
    ) -> Sequence[tuple[DocumentId, Revision]]:
        """Return every revision that has vectors stored, of one document or of all."""

    @abstractmethod
    async def delete(
        self, scope: TenantScope, document_id: DocumentId, revision: Revision | None = None
    ) -> int:
        """Remove the vectors of a document, or of one revision; return how many there were."""

    @abstractmethod
    async def drop(self, scope: TenantScope) -> None:
        """Remove everything of the tenant, memory and caches included."""
