"""Two servers on services alone: what one does the other knows, though Pinecone lags."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from azure.storage.blob import ContainerClient
from msgspec import Struct

from ragtenancy import RagTenancy
from ragtenancy.container import Container
from ragtenancy.domain.ids import SessionId
from ragtenancy.settings import load_settings
from tests.emulators import azurite
from tests.emulators.redis import redis_server
from tests.process.cloud import Cloud, cloud_services
from tests.process.running import (
    OPERATOR,
    Server,
    eventually,
    key,
    serving,
    succeeded,
    upload,
)

pytestmark = pytest.mark.emulator

LAG = 1.0  # 30.0 holds too, and takes minutes
AUTHENTICATION_SECONDS = 10.0
HEALTH_SECONDS = 5.0
WARMTH = {"birch": 0.1, "alder": 0.9}
PROMPT = "You answer for "
QUESTION = "What is the code of the vault?"
COUNTED = {"documents", "chunks", "vectors", "originals", "jobs", "due_jobs", "intents", "api_keys"}
NOTE = b"# Vault\n\nThe code of the vault is VA-4711."


class Replicas(Struct, frozen=True, kw_only=True):
    """Two servers with nothing in common but the services."""

    one: Server
    other: Server
    services: Cloud
    variables: Mapping[str, str]
    stop: Mapping[str, Callable[[], object]]


@pytest.fixture(scope="module")
def replicas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replicas]:
    folder = tmp_path_factory.mktemp("replicas")
    with ExitStack() as stack:
        broker = stack.enter_context(redis_server())
        services = stack.enter_context(cloud_services(folder / "setup", lag=LAG))
        variables = {**services.variables, "RAGTENANCY_BROKER_URL": broker.url}
        one, other = (
            stack.enter_context(serving(folder / name, workers=1, **variables))
            for name in ("one", "other")
        )
        yield Replicas(
            one=one,
            other=other,
            services=services,
            variables={**variables, "RAGTENANCY_DATA_DIR": str(folder / "test")},
            stop={**services.stop, "broker": broker.stop},
        )


def test_the_model_is_told_of_one_client_alone(replicas: Replicas) -> None:
    for name, warmth in WARMTH.items():
        config = {
            "prompts": {"system_prompt": PROMPT + name},
            "llm_settings": {"temperature": warmth},
        }
        api_key = replicas.one.create_client(name, config=config)
        body = NOTE.replace(b"VA-", name.encode())
        succeeded(replicas.one, api_key, upload(replicas.one, api_key, "n.md", body)["job_id"])
        _chat(replicas.one, api_key)
        _chat(replicas.other, api_key)

    for name, warmth in WARMTH.items():
        own = [request for request in replicas.services.asked() if PROMPT + name in request]
        others = set(WARMTH) - {name}
        assert len(own) == 2
        assert all(f'"temperature": {warmth}' in request for request in own)
        assert all(f"{name}4711" in request for request in own)
        assert own[1].count(QUESTION) == 2
        assert not [request for request in own for other in others if other in request]


def test_originals_come_back_from_the_other(replicas: Replicas) -> None:
    api_key = replicas.one.create_client("originals")
    accepted = upload(replicas.one, api_key, "vault.md", NOTE)

    reply = replicas.other.http.get(
        f"/api/v1/ingest/document/{accepted['document_id']}/content", headers=key(api_key)
    )

    assert reply.content == NOTE


def test_a_deleted_client_is_gone_from_every_service(replicas: Replicas) -> None:
    api_key = replicas.one.create_client("deleted")
    accepted = upload(replicas.one, api_key, "vault.md", NOTE)
    succeeded(replicas.other, api_key, accepted["job_id"])
    _chat(replicas.one, api_key)
    before = _tenants_with_originals(replicas)

    started = replicas.other.http.delete("/api/v1/admin/clients/deleted", headers=key(OPERATOR))

    where = started.headers["Location"]
    deletion = replicas.one.http.get(where, headers=key(OPERATOR)).json()
    assert (deletion["status"], sum(deletion["remaining"].values())) == ("verified", 0)
    assert set(deletion["remaining"]) >= COUNTED
    assert len(before - _tenants_with_originals(replicas)) == 1
    assert "deleted" not in replicas.services.project.spaces


def test_a_former_clients_key_shows_and_changes_nothing_of_its_successor(
    replicas: Replicas, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replicas.services.project, "lag", 0.0)  # or the key is forgotten by then
    former = replicas.one.create_client("heir")
    succeeded(replicas.other, former, upload(replicas.one, former, "vault.md", NOTE)["job_id"])
    _search(replicas.other, former)  # which remembers the key for seconds
    replicas.one.http.delete("/api/v1/admin/clients/heir", headers=key(OPERATOR))
    heir = replicas.one.create_client("heir")
    accepted = upload(replicas.one, heir, "new.md", b"# Vault\n\nThe code of the vault is NEW-1.")
    succeeded(replicas.one, heir, accepted["job_id"])
    _chat(replicas.one, heir)

    replies = _everything(replicas.other, former, accepted["document_id"])

    assert not [reply.text for reply in replies if "NEW-1" in reply.text or "new.md" in reply.text]
    assert {reply.status_code for reply in replies} <= {200, 204, 401, 404}
    assert _found(replicas.other, heir) == ["new.md"]
    assert len(_turns(replicas.other, heir)) == 1


def test_what_one_publishes_or_deletes_the_others_next_answer_knows(replicas: Replicas) -> None:
    api_key = replicas.one.create_client("documents")
    accepted = upload(replicas.one, api_key, "vault.md", NOTE)
    succeeded(replicas.other, api_key, accepted["job_id"])
    before = _found(replicas.other, api_key)

    replicas.one.http.delete(
        f"/api/v1/ingest/document/{accepted['document_id']}", headers=key(api_key)
    ).raise_for_status()

    assert (before, _found(replicas.other, api_key)) == (["vault.md"], [])
    assert _chat(replicas.other, api_key).json()["sources"] == []


def test_a_replaced_document_is_never_served_by_halves(replicas: Replicas) -> None:
    api_key = replicas.one.create_client("replaced")
    first = upload(replicas.one, api_key, "vault.md", NOTE)
    succeeded(replicas.other, api_key, first["job_id"])
    _found(replicas.other, api_key)
    changed = NOTE.replace(b"4711", b"4712")

    second = upload(replicas.one, api_key, "vault.md", changed, document_id=first["document_id"])
    succeeded(replicas.one, api_key, second["job_id"])

    texts = [hit["text"] for hit in _search(replicas.other, api_key).json()["hits"]]
    assert ["4712" in text for text in texts] == [True]


def test_a_revoked_key_is_refused_by_the_other_in_time(replicas: Replicas) -> None:
    api_key = replicas.one.create_client("revoked")
    assert _search(replicas.other, api_key).status_code == 200
    keys = "/api/v1/admin/clients/revoked/keys"
    [listed] = replicas.one.http.get(keys, headers=key(OPERATOR)).json()["items"]
    began = time.monotonic()

    replicas.one.http.delete(f"{keys}/{listed['key_id']}", headers=key(OPERATOR)).raise_for_status()

    eventually(lambda: _search(replicas.other, api_key).status_code == 401, "the refusal")
    assert time.monotonic() - began < AUTHENTICATION_SECONDS


def test_a_suspended_client_is_refused_by_the_other_in_time(replicas: Replicas) -> None:
    api_key = replicas.one.create_client("suspended")
    assert _search(replicas.other, api_key).status_code == 200
    began = time.monotonic()

    replicas.one.http.patch(
        "/api/v1/admin/clients/suspended", json={"status": "suspended"}, headers=key(OPERATOR)
    ).raise_for_status()

    eventually(lambda: _search(replicas.other, api_key).status_code == 403, "the refusal")
    assert time.monotonic() - began < AUTHENTICATION_SECONDS


async def test_a_session_that_one_process_holds_is_busy_for_another(replicas: Replicas) -> None:
    api_key = replicas.one.create_client("sessions")
    settings = load_settings({**replicas.variables, "ADMIN_API_KEY": OPERATOR})
    container = Container(settings=settings)
    async with RagTenancy.open(container=container, worker=False) as rag:
        scope = (await rag.get_tenant("sessions")).scope

        async with container.session_holder().hold(scope, SessionId("shared")):
            held = _chat(replicas.other, api_key)
        free = _chat(replicas.other, api_key)

    assert (held.status_code, held.json()["code"]) == (409, "session_busy")
    assert free.status_code == 200


@pytest.mark.parametrize("backend", ["azure_blob", "broker", "cosmos"])
def test_a_stopped_backend_shows_in_health_while_the_process_lives(
    replicas: Replicas, backend: str
) -> None:
    """The last of this file: what is stopped stays away."""
    assert _services(replicas.other)[backend] == "connected"
    replicas.stop[backend]()
    began = time.monotonic()

    eventually(lambda: _services(replicas.other)[backend] == "unavailable", backend)

    assert time.monotonic() - began < HEALTH_SECONDS
    assert replicas.other.http.get("/livez").status_code == 200


def _search(server: Server, api_key: str) -> httpx.Response:
    return server.http.post("/api/v1/search", json={"query": QUESTION}, headers=key(api_key))


def _found(server: Server, api_key: str) -> list[str]:
    return [hit["filename"] for hit in _search(server, api_key).json()["hits"]]


def _chat(server: Server, api_key: str) -> httpx.Response:
    body = {"message": QUESTION, "session_id": "shared"}
    return server.http.post("/api/v1/chat", json=body, headers=key(api_key))


def _everything(server: Server, api_key: str, document_id: str) -> list[httpx.Response]:
    """Ask, list, overwrite and delete all that a client may."""
    note = {"file": ("new.md", NOTE)}
    document, sessions = f"/api/v1/ingest/document/{document_id}", "/api/v1/chat/sessions"
    calls: list[tuple[str, str, dict[str, Any]]] = [
        ("GET", "/api/v1/client", {}),
        ("GET", "/api/v1/ingest/documents", {}),
        ("GET", "/api/v1/ingest/jobs", {}),
        ("GET", document, {}),
        ("GET", f"{document}/chunks", {}),
        ("GET", f"{document}/content", {}),
        ("GET", sessions, {}),
        ("GET", f"{sessions}/shared", {}),
        ("POST", "/api/v1/ingest/document", {"files": note}),
        ("POST", "/api/v1/ingest/document", {"files": note, "data": {"document_id": document_id}}),
        ("DELETE", f"{sessions}/shared", {}),
        ("DELETE", document, {}),
    ]
    asked = [server.http.request(m, path, headers=key(api_key), **more) for m, path, more in calls]
    return [_search(server, api_key), _chat(server, api_key), *asked]


def _turns(server: Server, api_key: str) -> list[object]:
    path = "/api/v1/chat/sessions/shared"
    turns: list[object] = server.http.get(path, headers=key(api_key)).json()["items"]
    return turns


def _services(server: Server) -> dict[str, str]:
    services: dict[str, str] = server.http.get("/health").json()["services"]
    return services


def _tenants_with_originals(replicas: Replicas) -> set[str]:
    endpoint = replicas.variables["RAGTENANCY_BLOB_ENDPOINT"]
    with ContainerClient(endpoint, "ragtenancy", credential=azurite.KEY) as container:
        return {blob.name.partition("/")[0] for blob in container.list_blobs()}
