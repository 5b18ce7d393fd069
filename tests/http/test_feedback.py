"""Feedback on answers, and turns whose documents were deleted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.http.service import GUIDE, Service

SESSION = "/api/v1/chat/sessions/s1"


async def asked(service: Service, key: str) -> Any:
    reply = await service.ask(key, session_id="s1")
    assert reply.status_code == 200, reply.text
    return reply.json()


async def rate(service: Service, key: str, turn_id: str, **given: Any) -> Any:
    path = f"{SESSION}/turns/{turn_id}/feedback"
    return await service.call("POST", path, key, json={"rating": "down"} | given)


async def listed(service: Service, key: str, **query: Any) -> list[Any]:
    page = await service.call("GET", "/api/v1/chat/feedback", key, params=query)
    assert page.status_code == 200, page.text
    return list(page.json()["items"])


async def turns(service: Service, key: str) -> Any:
    return (await service.call("GET", SESSION, key)).json()["items"]


async def test_feedback_is_listed_with_what_was_retrieved(service: Service) -> None:
    key = await service.create()
    document_id = (await service.ingest(key))["document_id"]
    reply = await asked(service, key)

    given = await rate(
        service, key, reply["turn_id"], comment="Last year's.", right_document_id=document_id
    )

    assert (given.status_code, given.content) == (204, b"")
    (found,) = await listed(service, key)
    assert (found["session_id"], found["turn_id"]) == ("s1", reply["turn_id"])
    assert (found["question"], found["answer"]) == ("How long do refunds take?", reply["answer"])
    assert found["sources"] == reply["sources"]
    assert found["feedback"] == {
        "rating": "down",
        "comment": "Last year's.",
        "right_document_id": document_id,
        "given_at": service.clock.now().isoformat().replace("+00:00", "Z"),
    }
    assert [{**turn, "session_id": "s1"} for turn in await turns(service, key)] == [found]


async def test_the_operator_lists_a_clients_feedback(service: Service) -> None:
    key, other = await service.create(), await service.create("rival")
    await service.ingest(key)
    await rate(service, key, (await asked(service, key))["turn_id"])

    theirs = await service.operate("GET", "clients/acme/feedback")
    none = await service.operate("GET", "clients/rival/feedback")
    absent = await service.operate("GET", "clients/nobody/feedback")

    assert theirs.json()["items"] == await listed(service, key)
    assert (none.json()["items"], await listed(service, other)) == ([], [])
    assert absent.status_code == 404


async def test_feedback_is_chosen_by_its_time(service: Service) -> None:
    key = await service.create()
    await service.ingest(key)
    await rate(service, key, (await asked(service, key))["turn_id"])
    now = service.clock.now()

    hour = timedelta(hours=1)
    spans = [
        {"from": now},
        {"from": now + hour},
        {"to": now},
        {"from": now - hour, "to": now + hour},
    ]
    found = [
        await listed(service, key, **{name: at.isoformat() for name, at in span.items()})
        for span in spans
    ]

    assert [len(each) for each in found] == [1, 0, 0, 1]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "yesterday"}, "$.from"),
        ({"from": "2026-01-01T00:00:00"}, "$.from"),
        ({"to": "9" * 400}, "$.to"),
        ({"limit": "0"}, "$.limit"),
        ({"after": "?"}, "$.after"),
    ],
)
async def test_a_malformed_query_is_400(
    service: Service, query: dict[str, str], field: str | None
) -> None:
    key = await service.create()

    reply = await service.call("GET", "/api/v1/chat/feedback", key, params=query)

    assert (reply.status_code, reply.json().get("field")) == (400, field)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "$.rating"),
        ({"rating": "sideways"}, "$.rating"),
        ({"rating": None}, "$.rating"),
        ({"rating": "up", "stars": 5}, "$.stars"),
        ({"rating": "up", "comment": "a" * 4_001}, "$.comment"),
        ({"rating": "up", "comment": "a\0"}, "$.comment"),
        ({"rating": "up", "right_document_id": ""}, "$.right_document_id"),
        ({"rating": "up", "right_document_id": "a b"}, "$.right_document_id"),
    ],
)
async def test_malformed_feedback_is_400(service: Service, body: Any, field: str) -> None:
    key = await service.create()

    reply = await service.call("POST", f"{SESSION}/turns/turn_1/feedback", key, json=body)

    assert (reply.status_code, reply.json()["field"]) == (400, field)


@pytest.mark.parametrize("turn_id", ["turn_none", "a%20b", "t" * 129])
async def test_an_absent_turn_is_404(service: Service, turn_id: str) -> None:
    key = await service.create()
    await service.ingest(key)
    await asked(service, key)

    assert (await rate(service, key, turn_id)).status_code == 404


async def test_feedback_goes_with_its_user(service: Service) -> None:
    key = await service.create()
    await service.ingest(key)
    reply = await service.ask(key, session_id="s1", user_id="jane")
    await rate(service, key, reply.json()["turn_id"])

    await service.call("DELETE", "/api/v1/chat/sessions", key, params={"user_id": "jane"})

    assert await listed(service, key) == []


async def test_an_answer_from_a_deleted_document_is_withheld(service: Service) -> None:
    key = await service.create()
    document_id = (await service.ingest(key))["document_id"]
    reply = await asked(service, key)
    await rate(service, key, reply["turn_id"])

    await service.call("DELETE", f"/api/v1/ingest/document/{document_id}", key)

    (turn,) = await turns(service, key)
    assert (turn["withheld"], turn["answer"], turn["citations"]) == (True, None, [])
    assert turn["question"] == "How long do refunds take?"
    (source, *_) = turn["sources"]
    assert (source["removed"], source["text"], source["section"]) == (True, "", [])
    assert (source["range"], source["document_id"]) == (None, document_id)
    assert await listed(service, key) == [{**turn, "session_id": "s1"}]


async def test_a_deleted_document_that_is_not_cited_withholds_nothing(service: Service) -> None:
    key = await service.create()
    await service.ingest(key)
    other = await service.ingest(key, "# Refunds\n\nRefunds of gift cards take 60 days.", "b.md")
    reply = await asked(service, key)
    assert {each["document_id"]: each["cited"] for each in reply["sources"]}[
        other["document_id"]
    ] is False

    await service.call("DELETE", f"/api/v1/ingest/document/{other['document_id']}", key)

    (turn,) = await turns(service, key)
    removed = {each["document_id"] for each in turn["sources"] if each["removed"]}
    assert (turn["withheld"], turn["answer"]) == (False, reply["answer"])
    assert removed == {other["document_id"]}


async def test_a_replaced_document_withholds_nothing(service: Service) -> None:
    key = await service.create()
    document_id = (await service.ingest(key))["document_id"]
    await asked(service, key)
    before = await turns(service, key)

    await service.upload(key, GUIDE + "\nMore.", fields={"document_id": document_id})
    await service.work()

    assert await turns(service, key) == before
