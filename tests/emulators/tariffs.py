"""What Cosmos DB and Pinecone charge for a request, estimated by published rules.

Cosmos DB: a point read of 1 KB costs 1 request unit and of 100 KB 10, a write 5 and 50 (Microsoft,
"Optimize request cost in Azure Cosmos DB"); 1 more per write is for this service's indexes. A query
costs 2.5 for each physical partition asked and page, and 0.75 per KB returned: about 3 for one
small item, 10 for ten (OneUptime, "How to Optimize Request Unit (RU) Consumption in Azure Cosmos
DB", 2026).

Pinecone: a query costs 1 read unit per GB of its namespace, at least 0.25; a fetch 1 per 10
records, a listing 1 per page; an upsert or deletion 1 write unit per KB, at least 5 (Pinecone,
"Understanding cost"). Descriptions and statistics are free.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

from msgspec import Struct

KB = 1_024


class Call(Struct, frozen=True, kw_only=True):
    """A request and its reply."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    status: int
    reply: bytes


class Charge(Struct, frozen=True, kw_only=True):
    """The cost of a request; a free one has no units. Cosmos DB does not tell reads from writes."""

    operation: str
    reads: float = 0.0
    writes: float = 0.0

    @property
    def units(self) -> float:
        return self.reads + self.writes


class Tariff(Protocol):
    """The prices of one service."""

    def charge(self, call: Call) -> Charge:
        """Return the cost of a request that was answered."""


class CosmosTariff:
    """Prices of a database of `partitions` physical partitions a container."""

    def __init__(self, partitions: int = 1) -> None:
        self._partitions = partitions
        self._sizes: dict[str, int] = {}

    def charge(self, call: Call) -> Charge:
        operation = operation_of(call.method, call.path, call.headers)
        match operation:
            case "read":
                return Charge(operation=operation, reads=_read(len(call.reply)))
            case "create" | "upsert" | "replace":
                return Charge(operation=operation, writes=_write(len(call.body)))
            case "delete":
                return Charge(operation=operation, writes=self._deleted(_last(call.path)))
            case "query":
                return self._query(call)
            case "batch":
                return self._batch(call)
            case _:
                return Charge(operation=operation)

    def _query(self, call: Call) -> Charge:
        is_crossing = not call.headers.get("x-ms-documentdb-partitionkey")
        asked = self._partitions if is_crossing else 1
        units = 2.5 * asked + 0.75 * len(call.reply) / KB
        name = "query of all partitions" if is_crossing else "query"
        return Charge(operation=name, reads=units)

    def _batch(self, call: Call) -> Charge:
        reads, writes = 0.0, 0.0
        for operation in json.loads(call.body):
            kind, body = operation["operationType"], operation.get("resourceBody")
            if kind == "Read":
                reads += _read(0)
            elif kind == "Delete":
                writes += self._deleted(operation["id"])
            else:
                size = len(json.dumps(body))
                self._sizes[body["id"]] = size
                writes += _write(size)
        return Charge(operation="batch", reads=reads, writes=writes)

    def _deleted(self, item_id: str) -> float:
        return _write(self._sizes.pop(item_id, 0))


def operation_of(method: str, path: str, headers: Mapping[str, str]) -> str:
    """Return what a request asks of Cosmos DB; `metadata` is free."""
    given = {name.lower() for name, value in headers.items() if value.lower() == "true"}
    if "/docs" not in path or "x-ms-cosmos-is-query-plan-request" in given:
        return "metadata"
    if method == "POST":
        kinds = {
            "x-ms-documentdb-isquery": "query",
            "x-ms-cosmos-is-batch-request": "batch",
            "x-ms-documentdb-is-upsert": "upsert",
        }
        return next((kind for name, kind in kinds.items() if name in given), "create")
    return {"GET": "read", "PUT": "replace", "DELETE": "delete"}.get(method, "metadata")


def _last(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]


def _read(size: int) -> float:
    return 1 + 9 * max(size / KB - 1, 0) / 99


def _write(size: int) -> float:
    return 6 + 45 * max(size / KB - 1, 0) / 99


SMALL_NAMESPACE = 0.25
NAMES = {
    r"POST /vectors/upsert": "upsert",
    r"POST /query": "query",
    r"GET /vectors/fetch": "fetch",
    r"GET /vectors/list": "list",
    r"POST /vectors/delete": "delete",
    r"DELETE /namespaces/[^/]+": "delete namespace",
}
LEAST_WRITE = 5.0


class PineconeTariff:
    """Prices of an index whose namespaces are below 250 MB each."""

    def __init__(self) -> None:
        self._sizes: dict[str, int] = {}

    def charge(self, call: Call) -> Charge:
        url = urlsplit(call.path)
        asked = f"{call.method} {url.path}"
        name = next((n for pattern, n in NAMES.items() if re.fullmatch(pattern, asked)), "free")
        match name:
            case "query":
                return Charge(operation=name, reads=SMALL_NAMESPACE)
            case "list":
                return Charge(operation=name, reads=1)
            case "fetch":
                return Charge(operation=name, reads=max(len(parse_qs(url.query)["ids"]) / 10, 1))
            case "upsert":
                return Charge(operation=name, writes=self._upserted(json.loads(call.body)))
            case "delete":
                return Charge(operation=name, writes=self._deleted(json.loads(call.body)))
            case "delete namespace":
                return Charge(operation=name, writes=LEAST_WRITE)
            case _:
                return Charge(operation=name)

    def _upserted(self, body: Any) -> float:
        sizes = {record["id"]: _size(record) for record in body["vectors"]}
        self._sizes |= sizes
        return max(sum(sizes.values()) / KB, LEAST_WRITE)

    def _deleted(self, body: Any) -> float:
        gone = [self._sizes.pop(record_id, 0) for record_id in body.get("ids") or ()]
        return max(sum(gone) / KB, LEAST_WRITE)


def _size(record: Any) -> int:
    """Return a record's bytes as Pinecone counts them: id, metadata, and 4 for each dimension."""
    metadata = len(json.dumps(record.get("metadata") or {}))
    return len(record["id"]) + metadata + 4 * len(record["values"])
