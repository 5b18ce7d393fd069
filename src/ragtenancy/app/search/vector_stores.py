"""A tenant's documents as a vector store, the form in which OpenAI's clients search."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from ragtenancy.app.paging import every
from ragtenancy.app.search.manifests import Manifests
from ragtenancy.app.search.search import DocumentSearch, SearchRequest
from ragtenancy.app.tenant_records import TenantRecords
from ragtenancy.domain.bounds import require_bounds
from ragtenancy.domain.conditions import Condition, ConditionalFilters
from ragtenancy.domain.documents import DocumentStatus, Metadata
from ragtenancy.domain.errors import NotFoundError
from ragtenancy.domain.ids import ApiKeyId, ChunkId, TenantId
from ragtenancy.domain.query import Question
from ragtenancy.domain.sources import Source
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.documents import DocumentRepository

PREFIX = "vs_"


class DocumentCounts(Struct, frozen=True, kw_only=True):
    """A tenant's documents by status; one with an active version counts as completed."""

    in_progress: int
    completed: int
    failed: int
    cancelled: int

    @property
    def total(self) -> int:
        """The number of documents."""
        return self.in_progress + self.completed + self.failed + self.cancelled


class VectorStore(Struct, frozen=True, kw_only=True):
    """The one store of a tenant; `size` is in bytes of its originals."""

    store_id: str
    name: str
    created_at: datetime
    size: int
    documents: DocumentCounts


class StoreQuery(Struct, frozen=True, kw_only=True):
    """Queries for a store, whose results are ranked together; `most` bounds their number.

    Raises `MalformedError` for a field out of bounds.
    """

    queries: Annotated[Sequence[Question], Meta(min_length=1, max_length=8)]
    most: Annotated[int, Meta(ge=1, le=50)] = 10
    condition: Condition | None = None
    least_score: Annotated[float, Meta(ge=0, le=1)] = 0.0
    key_id: ApiKeyId | None = None

    def __post_init__(self) -> None:
        """Check the bounds."""
        require_bounds(self)


class Result(Struct, frozen=True, kw_only=True):
    """A chunk that was found, with its document's metadata."""

    source: Source
    metadata: Metadata


class Results(Struct, frozen=True, kw_only=True):
    """The results, best first; `degraded` lists the legs that were unavailable."""

    results: Sequence[Result]
    degraded: Sequence[str]


class VectorStores:
    """Describes and searches the store of a tenant."""

    def __init__(
        self,
        search: DocumentSearch,
        manifests: Manifests,
        tenant_records: TenantRecords,
        documents: DocumentRepository,
    ) -> None:
        self._search = search
        self._manifests = manifests
        self._tenant_records = tenant_records
        self._documents = documents

    async def store(self, scope: TenantScope) -> VectorStore:
        """Return the tenant's store."""
        tenant = await self._tenant_records.find(scope.tenant_id)
        return VectorStore(
            store_id=store_id(scope.tenant_id),
            name=tenant.name,
            created_at=tenant.created_at,
            size=await self._documents.bytes_stored(scope),
            documents=await self._counts(scope),
        )

    async def named(self, scope: TenantScope, name: str) -> VectorStore:
        """Return the store with an id. Raises `NotFoundError` for all but the tenant's own."""
        _require_own(scope, name)
        return await self.store(scope)

    async def search(self, scope: TenantScope, name: str, query: StoreQuery) -> Results:
        """Return the best chunks by any of the queries. Raises as `DocumentSearch.search` does.

        Raises `NotFoundError` for another store than the tenant's own.
        """
        _require_own(scope, name)
        condition = query.condition
        filters = None if condition is None else ConditionalFilters(condition=condition)
        requests = [
            SearchRequest(query=text, top_k=query.most, filters=filters, key_id=query.key_id)
            for text in query.queries
        ]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._search.search(scope, each)) for each in requests]
        replies = [task.result() for task in tasks]
        best: dict[ChunkId, Source] = {}
        for source in (hit.source for reply in replies for hit in reply.hits):
            known = best.get(source.chunk_id)
            if source.score >= query.least_score and (known is None or known.score < source.score):
                best[source.chunk_id] = source
        ranked = sorted(best.values(), key=lambda source: -source.score)[: query.most]
        entries = (await self._manifests.read(scope)).entries
        return Results(
            results=[
                Result(source=source, metadata=entries[source.document_id].metadata)
                for source in ranked
                if source.document_id in entries
            ],
            degraded=sorted({word for reply in replies for word in reply.degraded}),
        )

    async def _counts(self, scope: TenantScope) -> DocumentCounts:
        async def count(status: DocumentStatus) -> int:
            pages = every(lambda a, n: self._documents.page(scope, status=status, after=a, limit=n))
            return len([1 async for _ in pages])

        manifest = await self._manifests.read(scope)
        return DocumentCounts(
            completed=len(manifest.entries),
            in_progress=await count(DocumentStatus.PROCESSING),
            failed=await count(DocumentStatus.FAILED),
            cancelled=await count(DocumentStatus.CANCELLED),
        )


def store_id(tenant_id: TenantId) -> str:
    """Return the id of a tenant's store: `vs_<client_id>`."""
    return f"{PREFIX}{tenant_id}"


def _require_own(scope: TenantScope, name: str) -> None:
    if name != store_id(scope.tenant_id):
        raise NotFoundError("There is no such vector store.")
