"""What the emulators hold, as JSON: taken out of running ones and put into others."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from azure.storage.blob import BlobServiceClient

from tests.emulators import azurite
from tests.emulators.pinecone_state import Project, Space, Stored, upserted

Json = dict[str, Any]
EVER = float("inf")


def dump_cosmos(endpoint: str) -> Json:
    """Return every container by `database/container`: its definition and items, without system fields."""
    with closing(HTTPConnection(urlsplit(endpoint).netloc)) as connection:
        return {
            f"{database['id']}/{container['id']}": {
                "definition": _ours(container),
                "items": _listed(connection, f"{_path(database, container)}/docs", "Documents"),
            }
            for database in _listed(connection, "/dbs", "Databases")
            for container in _listed(connection, f"/dbs/{database['id']}/colls", _COLLECTIONS)
        }


def load_cosmos(endpoint: str, state: Json) -> None:
    """Make the containers of a dump; ETags and times of change are new."""
    with closing(HTTPConnection(urlsplit(endpoint).netloc)) as connection:
        for database in sorted({name.partition("/")[0] for name in state}):
            _post(connection, "/dbs", {"id": database})
        for name, container in state.items():
            database, _, _ = name.partition("/")
            definition = container["definition"]
            _post(connection, f"/dbs/{database}/colls", definition)
            [field] = definition["partitionKey"]["paths"]
            for item in container["items"]:
                path = f"/dbs/{database}/colls/{definition['id']}/docs"
                _post(connection, path, item, item[field.removeprefix("/")])


def dump_azurite(endpoint: str) -> Json:
    """Return every blob by container and name: its content in base64 and its metadata."""
    with BlobServiceClient(endpoint, azurite.KEY) as account:
        return {
            container.name: {
                blob.name: {
                    "metadata": blob.metadata or {},
                    "content": _text(
                        account.get_blob_client(container.name, blob.name).download_blob().readall()
                    ),
                }
                for blob in account.get_container_client(container.name).list_blobs(
                    include=["metadata"]
                )
            }
            for container in account.list_containers()
        }


def load_azurite(endpoint: str, state: Json) -> None:
    """Make the containers and blobs of a dump."""
    with BlobServiceClient(endpoint, azurite.KEY) as account:
        for name, blobs in state.items():
            container = account.create_container(name)
            for blob, kept in blobs.items():
                content = base64.b64decode(kept["content"])
                container.upload_blob(blob, content, metadata=kept["metadata"])


def dump_pinecone(project: Project) -> Json:
    """Return the index and every record by namespace, once every write is seen."""
    return {
        "index": project.index,
        "namespaces": {
            name: {
                "schema": space.schema,
                "records": [_record(stored) for stored in space.view(-1, EVER).seen.values()],
            }
            for name, space in project.spaces.items()
        },
    }


def load_pinecone(project: Project, state: Json) -> None:
    """Give a project the index and records of a dump."""
    project.index = state["index"]
    for name, kept in state["namespaces"].items():
        project.spaces[name] = Space(schema=kept["schema"])
        if kept["records"]:
            project.write(name, upserted(map(_stored, kept["records"])))


def _record(stored: Stored) -> Json:
    values = _text(np.asarray(stored.values, "<f4").tobytes())
    return {"id": stored.id, "values": values, "metadata": stored.metadata}


def _stored(record: Json) -> Stored:
    values = np.frombuffer(base64.b64decode(record["values"]), "<f4").astype(np.float32)
    return Stored(id=record["id"], values=values, metadata=record["metadata"])


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


_COLLECTIONS = "DocumentCollections"


def _path(database: Json, container: Json) -> str:
    return f"/dbs/{database['id']}/colls/{container['id']}"


def _ours(item: Json) -> Json:
    return {name: value for name, value in item.items() if not name.startswith("_")}


def _listed(connection: HTTPConnection, path: str, name: str) -> Sequence[Json]:
    connection.request("GET", path)
    reply = connection.getresponse()
    return [_ours(item) for item in json.loads(reply.read())[name]]


def _post(
    connection: HTTPConnection, path: str, body: Mapping[str, Any], partition: str | None = None
) -> None:
    keyed = {} if partition is None else {"x-ms-documentdb-partitionkey": json.dumps([partition])}
    connection.request(
        "POST", path, json.dumps(body), {"Content-Type": "application/json", **keyed}
    )
    reply = connection.getresponse()
    said = reply.read()
    assert reply.status == 201, said
