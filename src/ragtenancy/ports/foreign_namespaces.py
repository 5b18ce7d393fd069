"""Vector namespaces from another program: the single-tenant installation."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct, field

from ragtenancy.domain.ids import DocumentId, Namespace, Revision
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.embeddings import Vector

DEFAULT_NAMESPACE = Namespace("__default__")


class ForeignRecord(Struct, frozen=True, kw_only=True):
    """A stored vector, float32 of shape (dimension,), with its metadata."""

    id: str
    values: Vector
    metadata: Mapping[str, Any] = field(default_factory=dict)


class ForeignPage(Struct, frozen=True, kw_only=True):
    """Records in id order; `next` is the cursor of the following page, if any."""

    records: Sequence[ForeignRecord]
    next: str | None = None


class Placed(Struct, frozen=True, kw_only=True):
    """A record and the chunk that it becomes."""

    record: ForeignRecord
    document_id: DocumentId
    revision: Revision
    ordinal: int


class ForeignNamespaces(Protocol):
    """Any namespace of the index; the default one only by the name `__default__`."""

    @abstractmethod
    def pages(self, namespace: Namespace, *, after: str | None) -> AsyncIterator[ForeignPage]:
        """Yield every record; `after` is an earlier page's `next`, or None for the start."""

    @abstractmethod
    async def fetch(self, namespace: Namespace, ids: Sequence[str]) -> Mapping[str, ForeignRecord]:
        """Return the existing records with these ids."""

    @abstractmethod
    async def nearest(
        self, namespace: Namespace, vector: Vector, count: int
    ) -> Sequence[ForeignRecord]:
        """Return up to `count` records of the highest cosine, best first."""

    @abstractmethod
    async def write(self, namespace: Namespace, records: Sequence[ForeignRecord]) -> None:
        """Write records unchanged, replacing those with the same id."""

    @abstractmethod
    async def adopt(self, scope: TenantScope, placed: Sequence[Placed]) -> None:
        """Write records as a tenant's vectors, with as much of their metadata as `carried` allows."""

    @abstractmethod
    async def delete(self, namespace: Namespace, ids: Sequence[str]) -> None:
        """Delete records; absent ones are ignored."""
