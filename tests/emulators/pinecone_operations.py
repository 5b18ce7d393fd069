"""What each call on the Pinecone server does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tests.emulators.pinecone_filters import BadFilterError, matches
from tests.emulators.pinecone_state import (
    DEFAULT,
    Project,
    Row,
    Space,
    Stored,
    View,
    named,
    removed,
    upserted,
)

Body = dict[str, Any]
DECIMALS = 6  # vectors are not read back to the bit; how far off they are is guessed
COMMITTED, RECONCILED = "x-pinecone-request-lsn", "x-pinecone-max-indexed-lsn"


class RefusedError(Exception):
    """A call that the service refuses."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass
class Call:
    """A request."""

    parts: Sequence[str]
    query: Mapping[str, list[str]]
    body: Body
    data_url: str

    def first(self, name: str) -> str | None:
        """Return a query parameter's value."""
        return self.query.get(name, [None])[0]


@dataclass
class Reply:
    """An answer."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


def require(holds: object, message: str, status: int = 400) -> None:
    """Raise `RefusedError` unless it holds."""
    if not holds:
        raise RefusedError(status, message)


def upsert(project: Project, call: Call) -> Reply:
    vectors = call.body.get("vectors", [])
    require(0 < len(vectors) <= 1_000, "an upsert takes 1 to 1000 records")
    records = [_stored(project, vector) for vector in vectors]
    lsn = project.write(call.body.get("namespace", ""), upserted(records))
    return Reply({"upsertedCount": len(records)}, headers=_lsn(project, COMMITTED, lsn))


def _stored(project: Project, vector: Body) -> Stored:
    metadata = vector.get("metadata") or {}
    values = np.array(np.round(vector["values"], DECIMALS), np.float32)
    require(0 < len(vector["id"]) <= 512, "an id has 1 to 512 characters")
    require(len(str(metadata).encode()) <= 40_960, "metadata is larger than 40 KB")
    require(len(values) == project.dimension, _dimension(project, len(values)))
    require(np.any(values), "a dense vector must hold a value that is not zero")
    return Stored(id=vector["id"], values=values, metadata=metadata)


def _dimension(project: Project, given: int) -> str:
    return f"Vector dimension {given} does not match the dimension of the index {project.dimension}"


def query(project: Project, call: Call) -> Reply:
    body, view = call.body, project.read(call.body.get("namespace", ""))
    full = body.get("includeValues") or body.get("includeMetadata")
    require(1 <= body["topK"] <= (1_000 if full else 10_000), "topK is beyond its limit")
    vector = np.array(body["vector"], np.float32)
    require(len(vector) == project.dimension, _dimension(project, len(vector)))
    records = _chosen(view, body.get("filter"))
    scored = _dot if project.metric == "dotproduct" else _cosine
    found = sorted(((scored(r, vector), r.id) for r in records), key=lambda hit: -hit[0])
    hits = [_shown(view.seen[key], body, {"score": score}) for score, key in found[: body["topK"]]]
    answer = {"matches": hits, "namespace": body.get("namespace", ""), "usage": {"readUnits": 1}}
    return Reply(answer, headers=_lsn(project, RECONCILED, view.reconciled))


def _chosen(view: View, where: Body | None) -> list[Stored]:
    if where is None:
        return list(view.seen.values())
    try:
        return [record for record in view.seen.values() if matches(record.metadata, where)]
    except BadFilterError as error:
        raise RefusedError(400, str(error)) from error


def _dot(record: Stored, vector: Row) -> np.float32:
    return np.float32(record.values @ vector)


def _cosine(record: Stored, vector: Row) -> np.float32:
    norms = np.linalg.norm(record.values) * np.linalg.norm(vector)
    return np.float32(record.values @ vector / norms)


def _shown(record: Stored, body: Body, more: Body) -> Body:
    shown: Body = {"id": record.id, **more}
    if body.get("includeValues"):
        shown["values"] = record.values
    if body.get("includeMetadata"):
        shown["metadata"] = record.metadata
    return shown


def fetch(project: Project, call: Call) -> Reply:
    ids = call.query.get("ids", [])
    require(0 < len(ids) <= 1_000, "a fetch takes 1 to 1000 ids")
    namespace = call.first("namespace") or ""
    seen = project.read(namespace).seen
    every = {"includeValues": True, "includeMetadata": True}
    vectors = {key: _shown(seen[key], every, {}) for key in ids if key in seen}
    return Reply({"vectors": vectors, "namespace": namespace, "usage": {"readUnits": 1}})


def list_ids(project: Project, call: Call) -> Reply:
    limit, namespace = int(call.first("limit") or 100), call.first("namespace") or ""
    require(1 <= limit <= 100, "a page has 1 to 100 ids")
    prefix, after = call.first("prefix") or "", call.first("paginationToken") or ""
    seen = project.read(namespace).seen
    ids = sorted(key for key in seen if key.startswith(prefix) and key > after)
    answer: Body = {"vectors": [{"id": key} for key in ids[:limit]], "namespace": namespace}
    if len(ids) > limit:
        answer["pagination"] = {"next": ids[limit - 1]}
    return Reply({**answer, "usage": {"readUnits": 1}})


def delete(project: Project, call: Call) -> Reply:
    body, namespace = call.body, call.body.get("namespace", "")
    ways = [body.get("ids"), body.get("deleteAll"), body.get("filter")]
    require(sum(bool(way) for way in ways) == 1, "name ids, a filter or deleteAll")
    require(len(body.get("ids") or ()) <= 1_000, "a delete takes 1000 ids")
    require(named(namespace) in project.spaces, "Namespace not found", 404)
    ids, where = frozenset(body.get("ids") or ()), body.get("filter")

    def chosen(record: Stored) -> bool:
        return record.id in ids or bool(body.get("deleteAll")) or (
            where is not None and matches(record.metadata, where)
        )  # fmt: skip

    lsn = project.write(namespace, removed(chosen))
    return Reply({}, headers=_lsn(project, COMMITTED, lsn))


def stats(project: Project, _: Call) -> Reply:
    counts = {name: len(project.read(name).seen) for name in project.spaces}
    namespaces = {
        "" if name == DEFAULT else name: {"vectorCount": count}
        for name, count in counts.items()
        if count or name != DEFAULT
    }
    return Reply(
        {
            "namespaces": namespaces,
            "dimension": project.dimension,
            "indexFullness": 0,
            "totalVectorCount": sum(counts.values()),
            "metric": project.metric,
            "vectorType": "dense",
        }
    )


def create_namespace(project: Project, call: Call) -> Reply:
    name = call.body["name"]
    require(name and name != DEFAULT, "that name is reserved")
    require(name not in project.spaces, "Namespace already exists", 409)
    project.spaces[name] = Space(schema=call.body.get("schema"))
    return Reply(_described(project, name))


def describe_namespace(project: Project, call: Call) -> Reply:
    require(call.parts[0] in project.spaces, "Namespace not found", 404)
    return Reply(_described(project, call.parts[0]))


def delete_namespace(project: Project, call: Call) -> Reply:
    require(project.spaces.pop(call.parts[0], None), "Namespace not found", 404)
    return Reply({})


def list_namespaces(project: Project, call: Call) -> Reply:
    limit = int(call.first("limit") or 100)
    prefix, after = call.first("prefix") or "", call.first("paginationToken") or ""
    names = sorted(n for n in project.spaces if n.startswith(prefix) and n > after)
    answer: Body = {
        "namespaces": [_described(project, name) for name in names[:limit]],
        "total_count": len(names),
    }
    if len(names) > limit:
        answer["pagination"] = {"next": names[limit - 1]}
    return Reply(answer)


def _described(project: Project, name: str) -> Body:
    space = project.spaces[name]
    described: Body = {"name": name, "record_count": len(project.read(name).seen)}
    if space.schema is not None:
        fields = list(space.schema["fields"])
        described |= {"schema": space.schema, "indexed_fields": {"fields": fields}}
    return described


def create_index(project: Project, call: Call) -> Reply:
    require(project.index is None, "the index exists", 409)
    project.index = {
        "name": call.body["name"],
        "status": {"ready": True, "state": "Ready"},
        "schema": call.body["schema"],
        "deployment": call.body.get("deployment")
        or {"deployment_type": "managed", "cloud": "aws", "region": "us-east-1"},
        "deletion_protection": call.body.get("deletion_protection", "disabled"),
        "tags": call.body.get("tags") or {},
    }
    return Reply({**project.index, "host": call.data_url}, status=201)


def describe_index(project: Project, call: Call) -> Reply:
    index = project.index
    require(index is not None and index["name"] == call.parts[0], "no such index", 404)
    return Reply({**(index or {}), "host": call.data_url})


def delete_index(project: Project, call: Call) -> Reply:
    describe_index(project, call)
    project.index, project.spaces = None, {DEFAULT: Space()}
    return Reply(None, status=202)


def _lsn(project: Project, header: str, position: int) -> dict[str, str]:
    return {header: str(position)} if project.tells_lsn else {}


OPERATIONS: Mapping[str, tuple[str, str, Callable[[Project, Call], Reply]]] = {
    "upsert": ("POST", "/vectors/upsert", upsert),
    "query": ("POST", "/query", query),
    "fetch": ("GET", "/vectors/fetch", fetch),
    "list": ("GET", "/vectors/list", list_ids),
    "delete": ("POST", "/vectors/delete", delete),
    "stats": ("POST", "/describe_index_stats", stats),
    "create_namespace": ("POST", "/namespaces", create_namespace),
    "list_namespaces": ("GET", "/namespaces", list_namespaces),
    "describe_namespace": ("GET", "/namespaces/([^/]+)", describe_namespace),
    "delete_namespace": ("DELETE", "/namespaces/([^/]+)", delete_namespace),
    "create_index": ("POST", "/indexes", create_index),
    "describe_index": ("GET", "/indexes/([^/]+)", describe_index),
    "delete_index": ("DELETE", "/indexes/([^/]+)", delete_index),
}
