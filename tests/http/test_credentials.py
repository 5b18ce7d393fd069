"""Every route with every kind of credential; an unlisted route fails the tests."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from litestar.handlers import HTTPRouteHandler
from msgspec import Struct

from tests.http.service import GUIDE, OPERATOR, Service

NEW_CLIENT = {"client_id": "newcomer", "name": "Newcomer"}
NEW_WEBHOOK = {"url": "https://example.com/hook", "events": ["document.deleted"]}
QUESTION = {"message": "How long do refunds take?"}
CONVERSATION = {"messages": [{"role": "user", "content": QUESTION["message"]}]}
RATING = {"rating": "up"}
PREVIEW = {"config": {}, "question": QUESTION["message"]}
UPLOAD = {"file": ("other.md", GUIDE.encode())}
UNKNOWN_KEY = "rtk_local_AAAAAAAAAAA_" + "B" * 49


class Route(Struct, frozen=True):
    """A route, a call to it, and the expected statuses for its own and a foreign key."""

    method: str
    path: str
    own: int
    foreign: int = 0
    scope: str | None = None
    request: dict[str, Any] = {}

    def filled(self, ids: Mapping[str, str]) -> str:
        return self.path.format(**ids)


DOCUMENT = "/api/v1/ingest/document/{document_id}"
JOB = "/api/v1/ingest/status/{job_id}"
SESSION = "/api/v1/chat/sessions/{session_id}"
WEBHOOK = "/api/v1/webhooks/{webhook_id}"
STORE = "/v1/vector_stores/{store_id}"
CLIENT = "/api/v1/admin/clients/{client_id}"
TENANT_ROUTES = [
    Route("POST", "/api/v1/chat", 200, 200, "chat", {"json": QUESTION}),
    Route("GET", "/api/v1/chat/sessions", 200, 200, "chat"),
    Route("GET", SESSION, 200, 404, "chat"),
    Route("DELETE", SESSION, 204, 204, "chat"),
    Route("DELETE", "/api/v1/chat/sessions", 204, 204, "chat", {"params": {"user_id": "u"}}),
    Route("POST", SESSION + "/turns/{turn_id}/feedback", 204, 404, "chat", {"json": RATING}),
    Route("GET", "/api/v1/chat/feedback", 200, 200, "chat"),
    Route("POST", "/api/v1/search", 200, 200, "search", {"json": {"query": "refunds"}}),
    Route("POST", "/api/v1/ingest/document", 202, 202, "ingest", {"files": UPLOAD}),
    Route("POST", "/api/v1/ingest/documents:batch", 202, 202, "ingest", {"files": UPLOAD}),
    Route("GET", "/api/v1/ingest/documents", 200, 200, "ingest"),
    Route("GET", DOCUMENT, 200, 404, "ingest"),
    Route("GET", DOCUMENT + "/chunks", 200, 404, "ingest"),
    Route("GET", DOCUMENT + "/content", 200, 404, "ingest"),
    Route("GET", DOCUMENT + "/text", 200, 404, "ingest"),
    Route("DELETE", DOCUMENT, 200, 404, "ingest"),
    Route("GET", "/api/v1/deletions", 200, 200, "ingest"),
    Route("GET", "/api/v1/deletions/{deleted_document_id}", 200, 404, "ingest"),
    Route("GET", "/api/v1/evidence", 200, 200, "ingest"),
    Route("GET", "/api/v1/ingest/jobs", 200, 200, "ingest"),
    Route("GET", JOB, 200, 404, "ingest"),
    Route("POST", JOB + "/cancel", 409, 404, "ingest"),
    Route("POST", JOB + "/retry", 409, 404, "ingest"),
    Route("POST", "/api/v1/webhooks", 201, 201, "ingest", {"json": NEW_WEBHOOK}),
    Route("GET", "/api/v1/webhooks", 200, 200, "ingest"),
    Route("GET", WEBHOOK, 200, 404, "ingest"),
    Route("PATCH", WEBHOOK, 200, 404, "ingest", {"json": {"enabled": False}}),
    Route("DELETE", WEBHOOK, 204, 404, "ingest"),
    Route("POST", WEBHOOK + "/test", 202, 404, "ingest"),
    Route("GET", WEBHOOK + "/deliveries", 200, 404, "ingest"),
    Route("POST", WEBHOOK + "/deliveries/{delivery_id}/replay", 409, 404, "ingest"),
    Route("GET", "/api/v1/client", 200, 200),
    Route("POST", "/v1/chat/completions", 200, 200, "chat", {"json": CONVERSATION}),
    Route("GET", "/v1/models", 200, 200, "chat"),
    Route("GET", "/v1/models/{model}", 200, 200, "chat"),
    Route("POST", "/v1/embeddings", 200, 200, "search", {"json": {"input": "refunds"}}),
    Route("GET", "/v1/vector_stores", 200, 200, "search"),
    Route("GET", STORE, 200, 404, "search"),
    Route("POST", STORE + "/search", 200, 404, "search", {"json": {"query": "refunds"}}),
]
OPERATOR_ROUTES = [
    Route("POST", "/api/v1/admin/clients", 201, request={"json": NEW_CLIENT}),
    Route("GET", "/api/v1/admin/clients", 200),
    Route("GET", CLIENT, 200),
    Route("PATCH", CLIENT, 200, request={"json": {"name": "Renamed"}}),
    Route("DELETE", CLIENT, 202),
    Route("GET", CLIENT + "/config", 200),
    Route("PUT", CLIENT + "/config", 200, request={"json": {}}),
    Route("GET", CLIENT + "/config/versions", 200),
    Route("POST", CLIENT + "/config/rollback", 200, request={"json": {"version": 1}}),
    Route("POST", CLIENT + "/config/preview", 200, request={"json": PREVIEW}),
    Route("POST", CLIENT + "/keys", 201, request={"json": {}}),
    Route("GET", CLIENT + "/keys", 200),
    Route("POST", CLIENT + "/keys/{key_id}/rotate", 201, request={"json": {}}),
    Route("DELETE", CLIENT + "/keys/{key_id}", 204),
    Route("GET", CLIENT + "/feedback", 200),
    Route("GET", CLIENT + "/usage", 200),
    Route("GET", "/api/v1/admin/jobs", 200),
    Route("GET", "/api/v1/admin/audit", 200),
    Route("GET", "/api/v1/admin/deletions/{deletion_id}", 200),
    Route("GET", "/metrics", 200),
]
OPEN_ROUTES = [
    Route("GET", "/", 200),
    Route("GET", "/health", 200),
    Route("GET", "/livez", 200),
    Route("GET", "/readyz", 503),
    Route("GET", "/schema", 200),
    Route("GET", "/schema/openapi.json", 200),
]


def named(route: Route) -> str:
    return f"{route.method} {route.path}"


class World(Struct):
    """A client with a document and a session, a deleted client, and keys of all kinds."""

    service: Service
    ids: Mapping[str, str]
    keys: Mapping[str, str | None]

    async def statuses(self, route: Route, names: list[str]) -> dict[str, int]:
        path = route.filled(self.ids)
        return {
            name: (
                await self.service.call(route.method, path, self.keys[name], **dict(route.request))
            ).status_code
            for name in names
        }


@pytest.fixture
async def world(service: Service) -> World:
    own = await service.create()
    foreign = await service.create("rival")
    accepted = await service.ingest(own)
    deleted = await service.ingest(own, "To be deleted.", "former.md")
    await service.call("DELETE", f"/api/v1/ingest/document/{deleted['document_id']}", own)
    asked = await service.ask(own, session_id="s1")
    hook = await service.webhook(own)
    scopes = ["chat", "search", "ingest"]
    only = {scope: (await service.key(scopes=[scope]))["api_key"] for scope in scopes}
    expires = (service.clock.now() + timedelta(hours=1)).isoformat()
    expired = (await service.key(expires_at=expires))["api_key"]
    service.clock.advance(timedelta(hours=2))
    revoked = await service.key()
    await service.operate("DELETE", f"clients/acme/keys/{revoked['key_id']}")
    spare = await service.key()
    suspended = await service.create("sleeper")
    await service.operate("PATCH", "clients/sleeper", json={"status": "suspended"})
    await service.create("former")
    deletion = (await service.operate("DELETE", "clients/former")).json()
    keys = {
        "absent": None,
        "empty": "",
        "malformed": "not a key",
        "unknown": UNKNOWN_KEY,
        "revoked": revoked["api_key"],
        "expired": expired,
        "suspended": suspended,
        "foreign": foreign,
        "own": own,
        "operator": OPERATOR,
    }
    ids = {
        "document_id": accepted["document_id"],
        "deleted_document_id": deleted["document_id"],
        "job_id": accepted["job_id"],
        "session_id": "s1",
        "webhook_id": hook["webhook_id"],
        "delivery_id": hook["delivery_id"],
        "turn_id": asked.json()["turn_id"],
        "client_id": "acme",
        "store_id": "vs_acme",
        "model": "ragtenancy",
        "key_id": spare["key_id"],
        "deletion_id": deletion["deletion_id"],
    }
    return World(service, ids, keys | only)


UNKNOWN = ["absent", "empty", "malformed", "unknown", "revoked", "expired"]


def test_every_route_is_listed(service: Service) -> None:
    listed = {(r.method, r.path) for r in [*TENANT_ROUTES, *OPERATOR_ROUTES, *OPEN_ROUTES]}

    routed = {
        (method, route.path.replace(":str", ""))
        for route in service.app.routes
        for handler in getattr(route, "route_handlers", ())
        if isinstance(handler, HTTPRouteHandler)
        for method in handler.http_methods
        if method != "OPTIONS"
    }

    assert routed == listed


@pytest.mark.parametrize("route", TENANT_ROUTES, ids=named)
async def test_a_tenants_route_requires_a_tenants_key(world: World, route: Route) -> None:
    scopes = {"chat", "search", "ingest"} - {route.scope} if route.scope else set()
    refused = sorted(scopes)

    found = await world.statuses(
        route, [*UNKNOWN, "operator", "suspended", *refused, "foreign", "own"]
    )

    assert found == {
        **dict.fromkeys([*UNKNOWN, "operator"], 401),
        **dict.fromkeys(["suspended", *refused], 403),
        "foreign": route.foreign,
        "own": route.own,
    }


@pytest.mark.parametrize("route", OPERATOR_ROUTES, ids=named)
async def test_an_operators_route_requires_the_operators_key(world: World, route: Route) -> None:
    refused = [*UNKNOWN, "suspended", "chat", "foreign", "own"]

    found = await world.statuses(route, [*refused, "operator"])

    assert found == {**dict.fromkeys(refused, 401), "operator": route.own}


@pytest.mark.parametrize("route", OPEN_ROUTES, ids=named)
async def test_an_open_route_requires_no_key(world: World, route: Route) -> None:
    found = await world.statuses(route, ["absent", "malformed", "own", "operator"])

    assert set(found.values()) == {route.own}


async def test_every_refusal_is_the_same_reply(world: World) -> None:
    path, same = "/api/v1/client", {"X-Request-ID": "same"}

    replies = {
        (reply.content, tuple(sorted(reply.headers.items())))
        for name in [*UNKNOWN, "operator"]
        for reply in [await world.service.call("GET", path, world.keys[name], headers=same)]
    }

    assert len(replies) == 1


@pytest.mark.parametrize("path", ["/api/v1/chat", "/api/v1/ingest/document"])
async def test_a_key_is_checked_before_the_body_is_read(service: Service, path: str) -> None:
    reads = 0

    async def never() -> Any:
        nonlocal reads
        reads += 1
        yield b"x"

    refused = await service.call("POST", path, "not a key", content=never())

    assert (refused.status_code, reads) == (401, 0)


async def test_a_key_in_the_query_string_is_not_read(service: Service) -> None:
    key = await service.create()

    reply = await service.http.get("/api/v1/client", params={"api_key": key, "X-API-Key": key})

    assert reply.status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        [(b"x-api-key", "schlüssel".encode())],
        [(b"x-api-key", b"\xff\xfe")],
        [(b"authorization", b"Bearer \xff")],
        [(b"x-api-key", b"k" * 60_000)],
    ],
)
@pytest.mark.parametrize("path", ["/api/v1/client", "/api/v1/admin/clients"])
async def test_a_key_of_strange_bytes_is_refused(
    service: Service, path: str, headers: list[tuple[bytes, bytes]]
) -> None:
    assert (await service.http.get(path, headers=headers)).status_code == 401


async def test_bearer_is_the_same_credential(service: Service) -> None:
    key = await service.create()

    reply = await service.http.get("/api/v1/client", headers={"Authorization": f"Bearer {key}"})

    assert reply.status_code == 200


async def test_two_different_keys_are_malformed(service: Service) -> None:
    key = await service.create()

    reply = await service.call(
        "GET", "/api/v1/client", key, headers={"Authorization": f"Bearer {OPERATOR}"}
    )

    assert reply.status_code == 400
