"""Vectors of answer candidates' sentences, stored by document revision."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping
from typing import NamedTuple, Protocol

from ragtenancy.domain.ids import DocumentId, Revision
from ragtenancy.domain.tenants import TenantScope


class SentenceKey(NamedTuple):
    """A sentence of a document revision; `digest` is of its text and the embedder's fingerprint."""

    document_id: DocumentId
    revision: Revision
    digest: bytes


class SentenceVectorCache(Protocol):
    """Encoded vectors of one tenant's sentences; never shared between tenants.

    They are removed with their revision's chunks, in the same transaction.
    """

    @abstractmethod
    async def get(
        self, scope: TenantScope, keys: Collection[SentenceKey]
    ) -> Mapping[SentenceKey, bytes]:
        """Return the vectors of the keys that exist."""

    @abstractmethod
    async def put(self, scope: TenantScope, vectors: Mapping[SentenceKey, bytes]) -> None:
        """Store vectors, replacing older ones; vectors of a revision without chunks are dropped."""
