"""The lexical leg."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Sequence
from typing import Protocol

from ragtenancy.domain.answers import TermStatistics
from ragtenancy.domain.hits import Contributions, LegHits
from ragtenancy.domain.ids import ChunkId, DocumentId
from ragtenancy.domain.manifest import Manifest
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.all_scores import AllScores


class LexicalIndex(Protocol):
    """BM25 over one tenant's active chunks; statistics cover only those.

    Built from the chunk store and updated document by document to the given manifest, never rebuilt
    for a query. Answers at exactly one generation and reports it. Terms of a language are made by
    the analyzer; an index of another language is built completely before the switch.
    """

    @abstractmethod
    def detached(self) -> LexicalIndex:
        """Return an empty index over the same chunks that shares and saves nothing."""

    @abstractmethod
    async def search(
        self,
        scope: TenantScope,
        manifest: Manifest,
        question: str,
        *,
        language: str,
        limit: int,
        documents: Collection[DocumentId] | None = None,
    ) -> LegHits:
        """Return the `limit` chunks with the highest BM25 above 0, ties by document and ordinal.

        `best` is the highest score among all active chunks of `documents`.
        """

    async def all_scores(
        self, scope: TenantScope, manifest: Manifest, question: str, *, language: str
    ) -> AllScores | None:
        """Return the BM25 of every chunk; None unless in memory and up to date."""
        return None

    @abstractmethod
    async def score(
        self,
        scope: TenantScope,
        manifest: Manifest,
        question: str,
        chunks: Sequence[ChunkId],
        *,
        language: str,
    ) -> Sequence[float | None]:
        """Return the BM25 of each chunk, None for one that is not active."""

    @abstractmethod
    async def explain(
        self,
        scope: TenantScope,
        manifest: Manifest,
        question: str,
        chunks: Sequence[ChunkId],
        *,
        language: str,
    ) -> Contributions:
        """Return what each term adds to each chunk; summed in order they are its BM25."""

    @abstractmethod
    async def statistics(
        self, scope: TenantScope, manifest: Manifest, text: str, *, language: str
    ) -> TermStatistics:
        """Return the number of active chunks, and of those that contain each term of a text."""

    @abstractmethod
    async def count(self, scope: TenantScope, document_id: DocumentId) -> int:
        """Count the chunks of a document with postings in this process."""

    @abstractmethod
    async def forget(self, scope: TenantScope, document_id: DocumentId) -> int:
        """Remove a document's postings; return the number of its chunks."""

    @abstractmethod
    async def drop(self, scope: TenantScope) -> None:
        """Remove everything of the tenant."""
