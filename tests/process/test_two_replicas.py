"""Nothing that one process knows is kept from another: two servers on one data folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from msgspec import Struct

from ragtenancy import RagTenancy
from ragtenancy.container import Container
from ragtenancy.domain.ids import SessionId
from ragtenancy.settings import Settings
from tests.process.running import OPERATOR, Server, key, serving, succeeded, upload

ADMIN = "/api/v1/admin/clients/"
QUESTION = "What is the code of the vault?"
NOTE = b"# Vault\n\nThe code of the vault is VA-4711."


class Servers(Struct, frozen=True, kw_only=True):
    """Two servers on one data folder."""

    data_dir: Path
    one: Server
    other: Server


class Replicas(Servers, frozen=True, kw_only=True):
    """The servers, and a client of both with one document, of each test its own."""

    client_id: str
    api_key: str
    document_id: str


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    data_dir = tmp_path_factory.mktemp("replicas") / "data"
    with serving(data_dir) as one, serving(data_dir, workers=0) as other:
        yield Servers(data_dir=data_dir, one=one, other=other)


@pytest.fixture
def replicas(servers: Servers) -> Replicas:
    client_id = f"acme-{uuid4().hex}"
    api_key = servers.one.create_client(client_id)
    accepted = upload(servers.other, api_key, "vault.md", NOTE)
    succeeded(servers.other, api_key, accepted["job_id"])
    return Replicas(
        data_dir=servers.data_dir,
        one=servers.one,
        other=servers.other,
        client_id=client_id,
        api_key=api_key,
        document_id=accepted["document_id"],
    )


def test_a_revoked_key_is_refused_by_the_other_at_once(replicas: Replicas) -> None:
    assert _search(replicas.other, replicas.api_key).status_code == 200
    listed = replicas.one.http.get(
        f"{ADMIN}{replicas.client_id}/keys", headers=key(OPERATOR)
    ).json()

    replicas.one.http.delete(
        f"{ADMIN}{replicas.client_id}/keys/{listed['items'][0]['key_id']}",
        headers=key(OPERATOR),
    ).raise_for_status()

    assert _search(replicas.other, replicas.api_key).status_code == 401


def test_a_suspended_client_is_refused_by_the_other_at_once(replicas: Replicas) -> None:
    assert _search(replicas.other, replicas.api_key).status_code == 200

    replicas.one.http.patch(
        f"{ADMIN}{replicas.client_id}", json={"status": "suspended"}, headers=key(OPERATOR)
    ).raise_for_status()

    assert _search(replicas.other, replicas.api_key).status_code == 403


def test_a_deleted_document_is_never_served_by_the_other(replicas: Replicas) -> None:
    assert _found(replicas.other, replicas.api_key) == ["vault.md"]
    assert _sources(replicas.other, replicas.api_key) == ["vault.md"]

    replicas.one.http.delete(
        f"/api/v1/ingest/document/{replicas.document_id}", headers=key(replicas.api_key)
    ).raise_for_status()

    assert _found(replicas.other, replicas.api_key) == []
    assert _sources(replicas.other, replicas.api_key) == []


def test_a_new_document_is_served_by_the_other(replicas: Replicas) -> None:
    assert _found(replicas.other, replicas.api_key) == ["vault.md"]

    accepted = upload(replicas.one, replicas.api_key, "safe.md", b"# Safe\n\nThe vault is a safe.")
    succeeded(replicas.one, replicas.api_key, accepted["job_id"])

    assert sorted(_found(replicas.other, replicas.api_key)) == ["safe.md", "vault.md"]


async def test_a_session_that_one_holds_is_busy_for_the_other(replicas: Replicas) -> None:
    container = Container(settings=Settings(data_dir=replicas.data_dir))
    async with RagTenancy.open(container=container, worker=False) as rag:
        scope = (await rag.get_tenant(replicas.client_id)).scope

        async with container.session_holder().hold(scope, SessionId("shared")):
            held = _chat(replicas.other, replicas.api_key)
        free = _chat(replicas.other, replicas.api_key)

    assert (held.status_code, held.json()["code"]) == (409, "session_busy")
    assert free.status_code == 200


def _search(server: Server, api_key: str) -> httpx.Response:
    return server.http.post("/api/v1/search", json={"query": QUESTION}, headers=key(api_key))


def _chat(server: Server, api_key: str) -> httpx.Response:
    body = {"message": QUESTION, "session_id": "shared"}
    return server.http.post("/api/v1/chat", json=body, headers=key(api_key))


def _found(server: Server, api_key: str) -> list[str]:
    return [hit["filename"] for hit in _search(server, api_key).json()["hits"]]


def _sources(server: Server, api_key: str) -> list[str]:
    return [source["filename"] for source in _chat(server, api_key).json()["sources"]]
