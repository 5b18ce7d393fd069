"""A walk over real HTTP, from two new clients to nothing found after deletion."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext

import pytest
from msgspec import Struct

from ragtenancy.demo.clients import guide
from tests.process.cloud import cloud
from tests.process.running import OPERATOR, Server, key, serving, succeeded, upload

TERMS, BILLING = "Terms_of_Sale.docx", "Billing_and_Refunds.docx"
QUESTION = "How long is the refund period?"
ABSENT = "doc_aaaaaaaaaaaaaaaaaaaaaaaaaa"


class Walk(Struct, frozen=True, kw_only=True):
    """A server with two clients that each have one guide."""

    server: Server
    acme: str
    circular: str
    acme_document: str
    circular_document: str


@pytest.fixture(
    scope="module", params=["embedded", pytest.param("cloud", marks=pytest.mark.emulator)]
)
def walk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Walk]:
    data_dir = tmp_path_factory.mktemp("walk") / "data"
    services: AbstractContextManager[Mapping[str, str]]
    services = cloud(data_dir) if request.param == "cloud" else nullcontext({})
    with services as variables, serving(data_dir, workers=1, **variables) as server:
        acme, circular = server.create_client("acme"), server.create_client("circular_ai")
        terms = upload(server, acme, TERMS, guide(TERMS))
        billing = upload(server, circular, BILLING, guide(BILLING))
        succeeded(server, acme, terms["job_id"])
        succeeded(server, circular, billing["job_id"])
        yield Walk(
            server=server,
            acme=acme,
            circular=circular,
            acme_document=terms["document_id"],
            circular_document=billing["document_id"],
        )


def test_each_client_searches_its_own_documents(walk: Walk) -> None:
    reply = walk.server.http.post(
        "/api/v1/search", json={"query": QUESTION}, headers=key(walk.acme)
    ).json()

    assert reply["hits"][0]["filename"] == TERMS
    assert "30 days" not in json.dumps(reply)


def test_a_session_is_remembered(walk: Walk) -> None:
    chat = {"message": QUESTION, "session_id": "walk-1"}
    first = walk.server.http.post("/api/v1/chat", json=chat, headers=key(walk.circular)).json()

    chat["message"] = "And how are they paid?"
    walk.server.http.post("/api/v1/chat", json=chat, headers=key(walk.circular))

    turns = walk.server.http.get("/api/v1/chat/sessions/walk-1", headers=key(walk.circular)).json()
    assert "30 days" in first["answer"]
    assert [turn["question"] for turn in turns["items"]] == [QUESTION, "And how are they paid?"]


def test_another_client_has_no_such_session(walk: Walk) -> None:
    chat = {"message": QUESTION, "session_id": "walk-2"}
    walk.server.http.post("/api/v1/chat", json=chat, headers=key(walk.circular))

    reply = walk.server.http.get("/api/v1/chat/sessions/walk-2", headers=key(walk.acme))

    assert reply.status_code == 404


def test_the_streamed_answer_is_the_plain_one(walk: Walk) -> None:
    with walk.server.http.stream(
        "POST", "/api/v1/chat", json={"message": QUESTION, "stream": True}, headers=key(walk.acme)
    ) as reply:
        events = [_event(block) for block in reply.read().decode().split("\n\n") if block]

    tokens = "".join(data["text"] for name, data in events if name == "token")
    assert [events[0][0], events[-1][0]] == ["sources", "done"]
    assert tokens == events[-1][1]["answer"]
    assert "14 days" in tokens


@pytest.mark.parametrize("place", ["", "/chunks", "/content"])
def test_a_foreign_document_is_byte_equal_to_an_absent_one(walk: Walk, place: str) -> None:
    headers = {**key(walk.acme), "X-Request-ID": "same"}
    path = "/api/v1/ingest/document/"

    foreign = walk.server.http.get(f"{path}{walk.circular_document}{place}", headers=headers)
    absent = walk.server.http.get(f"{path}{ABSENT}{place}", headers=headers)

    kept = [{k: v for k, v in r.headers.items() if k != "date"} for r in (foreign, absent)]
    assert foreign.status_code == 404
    assert kept[0] == kept[1]
    assert foreign.content == absent.content


def test_a_foreign_document_cannot_be_deleted(walk: Walk) -> None:
    path = f"/api/v1/ingest/document/{walk.circular_document}"

    refused = walk.server.http.delete(path, headers=key(walk.acme))

    assert refused.status_code == 404
    assert walk.server.http.get(path, headers=key(walk.circular)).status_code == 200


def test_nothing_is_found_after_a_deletion(walk: Walk) -> None:
    api_key = walk.server.create_client("leaver")
    accepted = upload(walk.server, api_key, "guide.docx", guide(TERMS))
    succeeded(walk.server, api_key, accepted["job_id"])
    path = f"/api/v1/ingest/document/{accepted['document_id']}"

    receipt = walk.server.http.delete(path, headers=key(api_key)).json()

    found = walk.server.http.post(
        "/api/v1/search", json={"query": QUESTION}, headers=key(api_key)
    ).json()
    assert receipt["verified"] is True
    assert receipt["removed"]["chunks"] > 0
    assert found["hits"] == []
    assert walk.server.http.get(path, headers=key(api_key)).status_code == 404


def test_a_deleted_clients_key_ends(walk: Walk) -> None:
    api_key = walk.server.create_client("gone")

    started = walk.server.http.delete("/api/v1/admin/clients/gone", headers=key(OPERATOR))
    deletion = walk.server.http.get(
        f"/api/v1/admin/deletions/{started.json()['deletion_id']}", headers=key(OPERATOR)
    )

    assert started.status_code == 202
    assert deletion.json()["verified"] is True
    assert walk.server.http.get("/api/v1/client", headers=key(api_key)).status_code == 401


def _event(block: str) -> tuple[str, dict[str, str]]:
    name, data = block.split("\n", 1)
    return name.removeprefix("event: "), json.loads(data.removeprefix("data: "))
