"""The audit log, as administrative acts, refusals and questions write it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec import structs

from ragtenancy.domain.audit import AuditFilter, verified
from ragtenancy.domain.errors import UnavailableError
from ragtenancy.settings import Settings
from tests.http.service import OPERATOR, Service

MARKERS = ("Zanzibar", "zebrafish", "xylophone", "quixotic", "wolverine", "yesteryear")


async def entries(service: Service, **query: str) -> list[dict[str, Any]]:
    found = await service.operate("GET", "audit", params={"limit": "100", **query})
    assert found.status_code == 200, found.text
    return list(found.json()["items"])


async def acts(service: Service, **query: str) -> list[tuple[str, str]]:
    return [(each["action"], each["outcome"]) for each in await entries(service, **query)]


async def test_an_act_is_written_before_and_after(service: Service) -> None:
    await service.create()

    made = await service.operate(
        "POST", "clients/acme/keys", json={}, headers={"X-Request-Id": "mine"}
    )

    begun, done = (await entries(service, action="key.create"))[-2:]
    client = (await entries(service, action="client.create"))[-1]
    assert (begun["outcome"], done["outcome"]) == ("begun", "done")
    assert done["details"] == {"begun": begun["sequence"]}
    assert done["objects"] == [made.json()["key_id"]]
    assert done["client_uid"] == client["client_uid"]
    assert {each["actor"] for each in (begun, done)} == {"olga"}
    assert {each["request_id"] for each in (begun, done)} == {"mine"}


async def test_a_refused_act_names_its_code(service: Service) -> None:
    await service.create()

    await service.operate("DELETE", "clients/acme/keys/none")

    last = (await entries(service))[-1]
    assert (last["action"], last["outcome"]) == ("key.revoke", "refused")
    assert last["details"]["code"] == "not_found"


async def test_an_api_key_given_for_an_id_is_not_written(service: Service) -> None:
    key = await service.create()

    await service.operate("DELETE", f"clients/acme/keys/{key}", headers={"X-Request-Id": key})

    last = (await entries(service))[-1]
    assert (last["action"], last["objects"]) == ("key.revoke", ["_"])
    assert key not in str(last)


@pytest.mark.parametrize(
    ("method", "path", "body", "action"),
    [
        ("POST", "clients", {"client_id": "globex", "name": "G"}, "client.create"),
        ("PATCH", "clients/acme", {"name": "New"}, "client.rename"),
        ("PATCH", "clients/acme", {"status": "suspended"}, "client.suspend"),
        ("PATCH", "clients/acme", {"status": "active"}, "client.resume"),
        ("DELETE", "clients/acme", None, "client.delete"),
        ("PUT", "clients/acme/config", {}, "config.change"),
        ("POST", "clients/acme/config/rollback", {"version": 1}, "config.rollback"),
        ("POST", "clients/acme/keys", {}, "key.create"),
        ("GET", "clients/acme/feedback", None, "feedback.read"),
    ],
)
async def test_every_administrative_route_is_audited(
    service: Service, method: str, path: str, body: object, action: str
) -> None:
    await service.create()
    before = len(await entries(service))

    await service.operate(method, path, json=body)

    written = (await acts(service))[before:]
    assert written[0] == (action, "begun")
    assert written[-1] == (action, "done")


async def test_nothing_is_done_while_the_log_cannot_be_written(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    await service.create()

    async def full(*_: object, **__: object) -> None:
        raise UnavailableError("The disk is full.", code="storage_full")

    monkeypatch.setattr(service.container.audit_log(), "append", full)
    refused = await service.operate("PATCH", "clients/acme", json={"name": "Other"})

    kept = await service.operate("GET", "clients/acme")
    assert refused.status_code == 503
    assert refused.json()["code"] == "storage_full"
    assert kept.json()["name"] == "Acme"


async def test_a_flood_of_refusals_is_one_entry_a_minute(service: Service) -> None:
    key = await service.create()
    for _ in range(30):
        await service.call("GET", "/api/v1/client", "bad")
        await service.call("GET", "/api/v1/ingest/document/none", key)

    await service.container.audit_notes().store()

    found = await entries(service, action="access.refused")
    counted = {(each["details"]["status"], each["actor"] == "nobody"): each for each in found}
    assert len(found) == 2
    assert counted[401, True]["details"]["count"] == 30
    assert counted[404, False]["details"]["count"] == 30
    assert counted[404, False]["client_id"] == "acme"


async def test_kinds_of_refusals_in_a_minute_are_bounded(service: Service) -> None:
    for number in range(30):
        key = await service.create(f"client{number}")
        await service.call("GET", "/api/v1/ingest/document/none", key)

    await service.container.audit_notes().store()

    found = await entries(service, action="access.refused")
    assert len(found) == 21
    assert sum(each["details"]["count"] for each in found) == 30


async def test_a_missing_scope_is_noted_with_its_key(service: Service) -> None:
    await service.create()
    key = await service.key(scopes=["search"])

    await service.call("GET", "/api/v1/chat/sessions", key["api_key"])
    await service.container.audit_notes().store()

    (refused,) = await entries(service, action="access.refused")
    assert refused["details"] == {"status": 403, "count": 1}
    assert refused["actor"] == key["key_id"]


async def test_a_key_is_noted_once_a_day(service: Service) -> None:
    key = await service.create()
    for _ in range(3):
        await service.call("GET", "/api/v1/client", key)

    await service.container.audit_notes().store()

    (used,) = await entries(service, action="key.used")
    assert used["client_id"] == "acme"


async def test_notes_wait_while_the_log_cannot_be_written(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object, **__: object) -> None:
        raise UnavailableError("The disk is full.", code="storage_full")

    await service.call("GET", "/api/v1/client", "bad")
    notes = service.container.audit_notes()
    with monkeypatch.context() as broken:
        broken.setattr(service.container.audit_log(), "append", full)
        await notes.store()

    await notes.store()

    assert len(await entries(service, action="access.refused")) == 1


async def test_retrievals_are_not_noted_by_default(service: Service) -> None:
    key = await service.create()
    await service.ingest(key)

    await service.search(key)
    await service.container.audit_notes().store()

    assert await entries(service, action="retrieval") == []


async def test_retrievals_are_noted_by_the_ids_of_chunks() -> None:
    service = Service(Settings(storage="memory", audit_retrievals=True))
    key = await service.create()
    accepted = await service.ingest(key)

    await service.search(key)
    await service.ask(key)
    await service.container.audit_notes().store()

    found = await entries(service, action="retrieval")
    assert len(found) >= 2
    assert all(accepted["document_id"] in chunk for each in found for chunk in each["objects"])


async def test_a_clients_entries_are_its_own_even_under_a_former_id(service: Service) -> None:
    await service.create("globex")
    await service.create()
    first = (await entries(service, client_id="acme"))[-1]["client_uid"]
    await service.operate("DELETE", "clients/acme")
    await service.create()

    second = {each["client_uid"] for each in await entries(service, client_id="acme")}
    former = await entries(service, client_id=first)

    assert len(second) == 1
    assert first not in second
    assert {each["client_uid"] for each in former} == {first}
    assert former[-1]["action"] == "client.delete"


async def test_an_unknown_client_is_not_found(service: Service) -> None:
    found = await service.operate("GET", "audit", params={"client_id": "nobody"})

    assert found.status_code == 404


async def test_pages_join_to_the_whole_log(service: Service) -> None:
    await service.create()
    whole = await entries(service)

    first = (await service.operate("GET", "audit", params={"limit": 1})).json()
    rest = await entries(service, after=first["next"])

    assert [*first["items"], *rest] == whole


async def test_the_log_holds_no_content() -> None:
    name, label, prompt, question, filename, text = MARKERS
    service = Service(Settings(storage="memory", audit_retrievals=True))
    config = {"prompts": {"system_prompt": f"You are {prompt}."}}
    key = await service.create(name=name)
    await service.operate("PATCH", "clients/acme", json={"name": f"{name}2"})
    await service.configure(**config)
    made = await service.key(label=label)
    preview = {"config": config, "question": f"What is {question}?"}
    await service.ingest(key, f"# {text}\n\nThe {question} of {text} is paid.", f"{filename}.md")
    await service.operate("POST", "clients/acme/config/preview", json=preview)
    await service.operate("POST", "clients/acme/config/rollback", json={"version": 1})
    await service.operate("POST", f"clients/acme/keys/{made['key_id']}/rotate", json={})
    await service.operate("DELETE", f"clients/acme/keys/{made['key_id']}")
    await service.operate("PATCH", "clients/acme", json={"name": f"{name}\x00", "label": label})
    answered = await service.ask(key, f"What is the {question} of {text}?", session_id="s1")
    turn = answered.json()["turn_id"]
    await service.call(
        "POST",
        f"/api/v1/chat/sessions/s1/turns/{turn}/feedback",
        key,
        json={"rating": "down", "comment": label},
    )
    await service.operate("GET", "clients/acme/feedback")
    await service.search(key, f"{question} {text}")
    await service.operate("DELETE", "clients/acme")
    await service.container.audit_notes().store()

    log = await service.container.audit_log().entries(AuditFilter(), limit=1000)
    written = msgspec.json.encode(log).decode().lower()
    assert [marker for marker in MARKERS if marker.lower() in written] == []
    assert OPERATOR not in written
    assert {"retrieval", "config.preview", "client.delete"} <= {e.event.action for e in log}
    assert verified(log) is None
    assert verified([log[0], structs.replace(log[1], hash=log[0].hash)]) is not None
