"""The operator's routes over HTTP."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.http.service import Service


async def test_a_new_client_shows_its_key_once(service: Service) -> None:
    made = await service.operate("POST", "clients", json={"client_id": "acme", "name": "Acme"})
    read = await service.operate("GET", "clients/acme")

    assert made.status_code == 201
    assert made.json()["api_key"].startswith("rtk_local_")
    assert made.json()["pinecone_namespace"] == "acme"
    assert made.headers["location"] == "/api/v1/admin/clients/acme"
    assert made.headers["etag"] == read.headers["etag"] == '"1"'
    assert "rtk_" not in read.text


@pytest.mark.parametrize(
    "body",
    [
        {"client_id": "acme", "name": "Again"},
        {"client_id": "other", "name": "Other", "pinecone_namespace": "acme"},
    ],
)
async def test_an_id_or_namespace_that_is_taken_conflicts(
    service: Service, body: dict[str, str]
) -> None:
    await service.create()

    reply = await service.operate("POST", "clients", json=body)

    assert reply.status_code == 409


@pytest.mark.parametrize(
    "client_id",
    ["Acme", "", "a" * 64, "-a", "a-", "a\n", "\uff41cme", "acm\u0435", "a b", "..", "a\0"],
)
async def test_a_client_id_of_another_form_is_400(service: Service, client_id: str) -> None:
    reply = await service.operate("POST", "clients", json={"client_id": client_id, "name": "A"})

    assert reply.status_code == 400


@pytest.mark.parametrize("namespace", ["", "__default__", " ", "-a", "a\n"])
async def test_a_namespace_of_another_form_is_400(service: Service, namespace: str) -> None:
    body = {"client_id": "acme", "name": "A", "pinecone_namespace": namespace}

    assert (await service.operate("POST", "clients", json=body)).status_code == 400


async def test_clients_are_listed_page_by_page(service: Service) -> None:
    names = ["acme", "beta", "gamma"]
    made = [await service.create(name) for name in names]

    first = (await service.operate("GET", "clients?limit=2")).json()
    rest = (await service.operate("GET", f"clients?limit=2&after={first['next']}")).json()

    listed = [client["client_id"] for client in [*first["items"], *rest["items"]]]
    assert (listed, rest["next"], len(set(made))) == (names, None, 3)


async def test_a_client_is_renamed_with_a_precondition(service: Service) -> None:
    await service.create()

    changed = await service.operate(
        "PATCH", "clients/acme", json={"name": "Acme Ltd"}, headers={"If-Match": '"1"'}
    )
    stale = await service.operate(
        "PATCH", "clients/acme", json={"name": "Late"}, headers={"If-Match": '"1"'}
    )

    assert (changed.json()["name"], changed.headers["etag"]) == ("Acme Ltd", '"2"')
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_write")


async def test_a_suspended_client_is_refused_until_restored(service: Service) -> None:
    key = await service.create()
    await service.operate("PATCH", "clients/acme", json={"status": "suspended"})
    refused = await service.call("GET", "/api/v1/client", key)
    await service.operate("PATCH", "clients/acme", json={"status": "active"})
    served = await service.call("GET", "/api/v1/client", key)

    assert (refused.status_code, refused.json()["code"]) == (403, "client_suspended")
    assert served.status_code == 200


async def test_keys_are_listed_without_the_keys(service: Service) -> None:
    await service.create()
    made = await service.key(label="website", scopes=["chat"])

    listed = await service.operate("GET", "clients/acme/keys")

    assert [key["label"] for key in listed.json()["items"]] == ["first", "website"]
    assert made["api_key"] not in listed.text
    assert "rtk_" not in listed.text


async def test_a_key_can_be_created_without_a_body(service: Service) -> None:
    await service.create()

    made = await service.operate("POST", "clients/acme/keys")

    assert (made.status_code, made.json()["scopes"]) == (201, ["chat", "search", "ingest"])


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"scopes": ["admin"]}, 400),
        ({"scopes": []}, 400),
        ({"label": "x" * 201}, 400),
        ({"expires_at": "tomorrow"}, 400),
        ({"expires_at": "2030-01-01T00:00:00"}, 400),
        ({"expires_at": "2020-01-01T00:00:00Z"}, 422),
    ],
)
async def test_a_senseless_key_is_refused(
    service: Service, body: dict[str, object], status: int
) -> None:
    await service.create()

    assert (await service.operate("POST", "clients/acme/keys", json=body)).status_code == status


async def test_an_expired_key_is_refused(service: Service) -> None:
    await service.create()
    expires = (service.clock.now() + timedelta(hours=1)).isoformat()
    key = (await service.key(expires_at=expires))["api_key"]
    before = await service.call("GET", "/api/v1/client", key)

    service.clock.advance(timedelta(hours=1))
    after = await service.call("GET", "/api/v1/client", key)

    assert (before.status_code, after.status_code) == (200, 401)


async def test_a_revoked_key_is_refused_at_once(service: Service) -> None:
    await service.create()
    made = await service.key()
    path = f"clients/acme/keys/{made['key_id']}"

    first = await service.operate("DELETE", path)
    again = await service.operate("DELETE", path)
    absent = await service.operate("DELETE", "clients/acme/keys/AAAAAAAAAAA")
    refused = await service.call("GET", "/api/v1/client", made["api_key"])

    assert (first.status_code, again.status_code, absent.status_code) == (204, 204, 404)
    assert refused.status_code == 401


async def test_jobs_of_all_clients_are_listed(service: Service) -> None:
    await service.upload(await service.create())
    await service.upload(await service.create("rival"))

    everybody = (await service.operate("GET", "jobs")).json()["items"]
    one = (await service.operate("GET", "jobs?client_id=acme&status=queued")).json()["items"]
    unknown = await service.operate("GET", "jobs?client_id=nobody")

    assert {job["client_id"] for job in everybody} == {"acme", "rival"}
    assert [job["client_id"] for job in one] == ["acme"]
    assert unknown.status_code == 404


async def test_a_deleted_client_leaves_a_receipt_and_nothing_else(service: Service) -> None:
    key = await service.create()
    await service.ingest(key)
    await service.ask(key, session_id="s1")

    begun = await service.operate("DELETE", "clients/acme")
    receipt = await service.call("GET", begun.headers["location"], "o" * 40)

    assert begun.status_code == 202
    assert begun.json().keys() == {"deletion_id"}
    assert receipt.json()["verified"] is True
    assert receipt.json()["requested_by"] == "olga"
    assert sum(receipt.json()["removed"].values()) > 0
    assert set(receipt.json()["remaining"].values()) <= {0}
    assert (await service.call("GET", "/api/v1/client", key)).status_code == 401
    assert (await service.operate("GET", "clients/acme")).status_code == 404
    assert (await service.operate("GET", "deletions/del_none")).status_code == 404


async def test_a_successor_of_the_same_id_starts_empty(service: Service) -> None:
    await service.ingest(await service.create())
    await service.operate("DELETE", "clients/acme")

    successor = await service.create()

    assert (await service.search(successor))["hits"] == []
