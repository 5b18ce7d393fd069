"""Calls on the records of one namespace, made only here."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from msgspec import Struct, field

from ragtenancy.adapters.pinecone import limits
from ragtenancy.adapters.pinecone.client import PineconeIndex
from ragtenancy.adapters.pinecone.errors import translated
from ragtenancy.domain.errors import NotFoundError, RejectedError
from ragtenancy.domain.ids import Namespace
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.embeddings import Vector
from ragtenancy.ports.foreign_namespaces import ForeignRecord

if TYPE_CHECKING:
    from pinecone.models.vectors.responses import QueryResponse
    from pinecone.models.vectors.usage import Usage

Metadata = Mapping[str, Any]
ALL_CLIENTS = "*"
AT_ONCE = 4
Found = TypeVar("Found")


class Record(ForeignRecord, frozen=True, kw_only=True):
    """A stored vector: float32 of shape (dimension,)."""

    @property
    def size(self) -> int:
        """An upper bound of its bytes in a request."""
        return len(self.values) * limits.SENT_NUMBER_BYTES + len(json.dumps(self.metadata)) + 600


class Match(Struct, frozen=True, kw_only=True):
    """A query's match; with values and metadata only if requested."""

    id: str
    score: float
    values: Vector | None = None
    metadata: Metadata = field(default_factory=dict)


class Matches(Struct, frozen=True, kw_only=True):
    """A query's result, and the log position that the index had reached."""

    found: Sequence[Match]
    reconciled: int | None = None


class Records:
    """The records of one namespace, which is never the default one.

    Requests are counted for `client_id`.
    """

    def __init__(
        self, index: PineconeIndex, namespace: Namespace, client_id: str = ALL_CLIENTS
    ) -> None:
        if not namespace:
            raise ValueError("a namespace is never empty: that is everybody's")
        self._index = index
        self._namespace = str(namespace)
        self._client_id = client_id

    @classmethod
    def of(cls, index: PineconeIndex, scope: TenantScope) -> Records:
        """Return the records of a tenant."""
        return cls(index, scope.namespace, scope.tenant_id)

    async def upsert(self, records: Sequence[Record]) -> int | None:
        """Write records, replacing those of the same id; return the log position of the last.

        Raises `RejectedError` if fewer were accepted than given.
        """
        committed: list[int] = []
        for part in limits.batches(
            records, limits.UPSERT_RECORDS, limits.UPSERT_BYTES, lambda record: record.size
        ):
            position = await self._upsert(part)
            if position is not None:
                committed.append(position)
        return max(committed, default=None)

    async def _upsert(self, records: Sequence[Record]) -> int | None:
        index = await self._index.data()
        vectors = [
            {"id": r.id, "values": r.values.tolist(), "metadata": dict(r.metadata)} for r in records
        ]
        async with translated(seconds=self._index.seconds):
            reply = await index.upsert(
                vectors=vectors, namespace=self._namespace, show_progress=False
            )
            self._count("upsert")
            if reply.upserted_count != len(records):
                raise RejectedError(
                    "The vector store accepted only some of the vectors.", code="short_write"
                )
            return reply.response_info.lsn_committed if reply.response_info else None

    async def query(
        self, vector: Vector, *, top_k: int, where: Metadata | None, with_values: bool
    ) -> Matches:
        """Return the `top_k` nearest, with values and metadata, or only their ids."""
        index = await self._index.data()
        async with translated(seconds=self._index.seconds):
            reply = await index.query(
                vector=vector.tolist(),
                top_k=min(top_k, limits.TOP_K),
                namespace=self._namespace,
                filter=dict(where) if where else None,
                include_values=with_values,
                include_metadata=with_values,
            )
            self._count("query", reply.usage)
            return _matches(reply, self._namespace, with_values=with_values)

    async def fetch(self, ids: Sequence[str], *, most: int = limits.FETCH_IDS) -> dict[str, Record]:
        """Return the existing records with these ids, `most` per call."""
        parts = list(limits.batches(ids, most, limits.FETCH_BYTES, _url_bytes))
        found: dict[str, Record] = {}
        for start in range(0, len(parts), AT_ONCE):
            several = (self._fetch(part) for part in parts[start : start + AT_ONCE])
            for records in await together(several):
                found.update(records)
        return found

    async def _fetch(self, ids: Sequence[str]) -> dict[str, Record]:
        index = await self._index.data()
        async with translated(seconds=self._index.seconds):
            reply = await index.fetch(ids=list(ids), namespace=self._namespace)
            self._count("fetch", reply.usage)
            _require_namespace(reply.namespace, self._namespace)
            wanted = set(ids)
            return {
                v.id: Record(id=v.id, values=_values(v.values), metadata=v.metadata or {})
                for v in reply.vectors.values()
                if v.id in wanted
            }

    async def page(self, prefix: str, *, after: str | None) -> tuple[Sequence[str], str | None]:
        """Return up to 100 sorted ids with a prefix, and the token of the next page."""
        index = await self._index.data()
        async with translated(seconds=self._index.seconds):
            reply = await index.list_paginated(
                prefix=prefix or None,
                limit=limits.LIST_PAGE,
                pagination_token=after,
                namespace=self._namespace,
            )
            self._count("list", reply.usage)
            _require_namespace(reply.namespace, self._namespace)
            ids = [item.id for item in reply.vectors if item.id and item.id.startswith(prefix)]
            return ids, reply.pagination.next if reply.pagination else None

    async def ids(self, prefix: str = "") -> list[str]:
        """Return every id with a prefix."""
        found, after = await self.page(prefix, after=None)
        every = list(found)
        while after:
            found, after = await self.page(prefix, after=after)
            every += found
        return every

    async def delete(self, ids: Sequence[str]) -> None:
        """Delete records; absent ones are ignored."""
        for start in range(0, len(ids), limits.DELETE_IDS):
            await self._delete(ids=list(ids[start : start + limits.DELETE_IDS]))

    async def delete_all(self) -> None:
        """Delete every record and keep the namespace."""
        await self._delete(delete_all=True)

    async def _delete(self, *, ids: list[str] | None = None, delete_all: bool = False) -> None:
        index = await self._index.data()
        try:
            async with translated(seconds=self._index.seconds):
                await index.delete(ids=ids, delete_all=delete_all, namespace=self._namespace)
                self._count("delete")
        except NotFoundError:
            return

    def _count(self, operation: str, usage: Usage | None = None) -> None:
        self._index.count(operation, self._client_id, usage.read_units if usage else None)


async def together(works: Iterable[Coroutine[Any, Any, Found]]) -> list[Found]:
    """Return all results in order; on failure or cancellation, every task has ended."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _matches(reply: QueryResponse, namespace: str, *, with_values: bool) -> Matches:
    _require_namespace(reply.namespace, namespace)
    found = [
        Match(
            id=m.id,
            score=m.score,
            values=_values(m.values) if with_values else None,
            metadata=m.metadata or {},
        )
        for m in reply.matches
    ]
    info = reply.response_info
    return Matches(found=found, reconciled=info.lsn_reconciled if info else None)


def _require_namespace(answered: str | None, asked: str) -> None:
    """Raise `RejectedError` for a reply from a namespace other than the queried one."""
    if answered not in (asked, "", None):
        raise RejectedError(
            "The vector store returned data from another namespace.", code="bad_reply"
        )


def _values(numbers: Sequence[float]) -> Vector:
    vector = np.asarray(numbers, np.float32)
    if not (vector.size and np.isfinite(vector).all()):
        raise RejectedError("The vector store returned no usable vector.", code="bad_vectors")
    return vector


def _url_bytes(text: str) -> int:
    """Return the length of an id in the URL, where `#` is three characters."""
    return len(text) + 2 * text.count("#") + len("&ids=")
