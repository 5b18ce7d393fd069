"""The API description says what the server replies: statuses, codes, members, header fields."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
import pytest
from msgspec import Struct

from ragtenancy.http.app import create_app
from ragtenancy.http.openapi import describe
from tests.doubles import in_memory_container
from tests.http.service import OPERATOR, Service
from tests.http.test_credentials import (
    OPERATOR_ROUTES,
    TENANT_ROUTES,
    Route,
    World,
    named,
    world,
)

__all__ = ["world"]
DESCRIPTION: Any = describe(create_app(in_memory_container()))
PROBLEM = "application/problem+json"
OURS = set(DESCRIPTION["components"]["headers"])
NOT_ALWAYS_SENT = {"Idempotency-Replayed", "RateLimit", "RateLimit-Policy"}
UNKNOWN_IDS = dict.fromkeys(
    (
        *("document_id", "job_id", "session_id", "turn_id", "client_id", "key_id"),
        *("deletion_id", "deleted_document_id", "model", "webhook_id", "delivery_id"),
    ),
    "absent",
) | {"store_id": "vs_absent"}


class Operation(Struct, frozen=True):
    """An operation of the description, with the scopes that its key needs."""

    method: str
    path: str
    described: dict[str, Any]

    @property
    def scopes(self) -> list[str]:
        return [
            scope for choice in self.described["security"] for scope in next(iter(choice.values()))
        ]

    @property
    def operators(self) -> bool:
        return any("operatorKey" in choice for choice in self.described["security"])

    @property
    def example(self) -> object:
        content = self.described.get("requestBody", {}).get("content", {})
        return content.get("application/json", {}).get("example")

    def bodies(self, status: int) -> list[dict[str, Any]]:
        content = self.described["responses"][str(status)]["content"][PROBLEM]
        return [example["value"] for example in content["examples"].values()]


OPERATIONS = [
    Operation(method.upper(), path, described)
    for path, methods in DESCRIPTION["paths"].items()
    for method, described in methods.items()
]
GUARDED = [each for each in OPERATIONS if each.described["security"]]
SCOPED = [each for each in GUARDED if each.scopes]
WITH_JSON = [
    each
    for each in OPERATIONS
    if "application/json" in each.described.get("requestBody", {}).get("content", {})
]
BY_ID = [each for each in GUARDED if "404" in each.described["responses"] and "{" in each.path]


def name_of(operation: Operation) -> str:
    return f"{operation.method} {operation.path}"


def members(value: object) -> object:
    """Return the shape of a body: the names of its members, and of theirs."""
    if isinstance(value, dict):
        return {key: members(item) for key, item in value.items()}
    return None


def faults(operation: Operation, reply: Any, status: int) -> list[str]:
    """Return how a reply differs from the examples: in status, code, shape or header fields."""
    if reply.status_code != status:
        return [f"{name_of(operation)}: {reply.status_code}, {reply.text}"]
    body = reply.json()
    described = operation.described["responses"][str(status)]
    examples = {example["code"]: members(example) for example in operation.bodies(status)}
    checks = {
        "media type": reply.headers["content-type"] == PROBLEM,
        f"code {body['code']}": body["code"] in examples,
        "members": examples.get(body["code"]) == members(body),
        "header fields": {name for name in OURS if name in reply.headers}
        <= set(described["headers"]),
        "detail": body["detail"] in [example["detail"] for example in operation.bodies(status)],
    }
    return [
        f"{name_of(operation)}, {status}: {what}" for what, holds in checks.items() if not holds
    ]


def filled(operation: Operation, **ids: str) -> str:
    return operation.path.format(**{**UNKNOWN_IDS, **ids})


async def test_a_missing_key_is_as_described(service: Service) -> None:
    found = [
        fault
        for each in GUARDED
        for fault in faults(each, await service.call(each.method, filled(each)), 401)
    ]

    assert found == []


async def test_a_missing_scope_is_as_described(service: Service) -> None:
    await service.create()
    keys = {
        scope: (await service.key(scopes=[other]))["api_key"]
        for scope, other in {"chat": "search", "search": "ingest", "ingest": "chat"}.items()
    }

    found = [
        fault
        for each in SCOPED
        for fault in faults(
            each, await service.call(each.method, filled(each), keys[each.scopes[0]]), 403
        )
    ]

    assert found == []


async def test_a_suspended_client_is_as_described(service: Service) -> None:
    key = await service.create()
    await service.operate("PATCH", "clients/acme", json={"status": "suspended"})

    found = [
        fault
        for each in GUARDED
        if not each.operators
        for fault in faults(each, await service.call(each.method, filled(each), key), 403)
    ]

    assert found == []


@pytest.mark.parametrize(
    ("status", "kind", "body"),
    [
        (400, "application/json", None),
        (413, "application/json", b" " * 1_000_001),
        (415, "text/plain", b"{}"),
    ],
)
async def test_a_wrong_body_is_as_described(
    service: Service, status: int, kind: str, body: bytes | None
) -> None:
    keys = {True: OPERATOR, False: await service.create()}

    found = [
        fault
        for each in WITH_JSON
        for fault in faults(
            each,
            await service.call(
                each.method,
                filled(each, client_id="acme"),
                keys[each.operators],
                headers={"content-type": kind},
                content=wrong_body(each) if body is None else body,
            ),
            status,
        )
    ]

    assert found == []


def wrong_body(operation: Operation) -> bytes:
    """Return a body without the required field that the example names, or with an unknown one."""
    required = "is required" in operation.bodies(400)[0]["detail"]
    return b"{}" if required else b'{"colour": "red"}'


async def test_an_unknown_id_is_as_described(service: Service) -> None:
    keys = {True: OPERATOR, False: await service.create()}

    found = [
        fault
        for each in BY_ID
        for fault in faults(
            each,
            await service.call(
                each.method,
                filled(each, **({"client_id": "acme"} if each.path.count("{") > 1 else {})),
                keys[each.operators],
                json=each.example,
            ),
            404,
        )
    ]

    assert found == []


Provocation = Callable[[Service, str], Awaitable[Any]]


async def taken(service: Service, key: str) -> Any:
    return await service.operate("POST", "clients", json={"client_id": "acme", "name": key[:3]})


async def weights(service: Service, key: str) -> Any:
    settings = {"semantic_weight": 0.7, "bm25_weight": 0.5}
    return await service.configure(search_settings=settings, prompts={"greeting": key[:3]})


async def chunks(service: Service, key: str) -> Any:
    return await service.configure(
        chunking={"target_tokens": 160, "overlap_tokens": 120}, prompts={"greeting": key[:3]}
    )


async def model(service: Service, key: str) -> Any:
    return await service.configure(
        llm_settings={"model": "unheard-of"}, prompts={"greeting": key[:3]}
    )


async def stale(service: Service, key: str) -> Any:
    return await service.operate(
        "PUT", "clients/acme/config", json={}, headers={"If-Match": f'"{len(key)}"'}
    )


async def stale_client(service: Service, key: str) -> Any:
    headers = {"If-Match": f'"{len(key)}"'}
    return await service.operate("PATCH", "clients/acme", json={"name": "B"}, headers=headers)


async def expired(service: Service, key: str) -> Any:
    body = {"label": key[:3], "expires_at": "2001-01-01T00:00:00Z"}
    return await service.operate("POST", "clients/acme/keys", json=body)


async def finished(service: Service, key: str) -> Any:
    accepted = await service.ingest(key)
    return await service.call("POST", f"/api/v1/ingest/status/{accepted['job_id']}/cancel", key)


async def not_failed(service: Service, key: str) -> Any:
    accepted = await service.ingest(key)
    return await service.call("POST", f"/api/v1/ingest/status/{accepted['job_id']}/retry", key)


async def reused(service: Service, key: str) -> Any:
    headers = {"Idempotency-Key": "1"}
    await service.upload(key, headers=headers)
    return await service.upload(key, "Another text.", headers=headers)


async def old_format(service: Service, key: str) -> Any:
    return await service.upload(key, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a.docx")


async def not_a_form(service: Service, key: str) -> Any:
    return await service.call("POST", "/api/v1/ingest/document", key, json={})


async def no_file(service: Service, key: str) -> Any:
    return await service.call(
        "POST", "/api/v1/ingest/document", key, files={"document_id": (None, "doc_1")}
    )


async def too_large(service: Service, key: str) -> Any:
    await service.configure(limits={"max_upload_bytes": 10})
    return await service.upload(key)


async def too_many_jobs(service: Service, key: str) -> Any:
    await service.configure(limits={"max_pending_jobs": 1})
    await service.upload(key)
    return await service.upload(key, "Another text.", "other.md")


async def too_many_documents(service: Service, key: str) -> Any:
    await service.configure(limits={"max_documents": 1})
    await service.ingest(key)
    return await service.upload(key, "Another text.", "other.md")


async def too_many_requests(service: Service, key: str) -> Any:
    await service.configure(limits={"requests_per_minute": 1})
    await service.search(key)
    return await service.call("POST", "/api/v1/search", key, json={"query": "refunds"})


async def bad_query(service: Service, key: str) -> Any:
    return await service.call("GET", "/api/v1/ingest/documents?limit=0", key)


PROVOKED: Mapping[Provocation, tuple[str, str, int, str]] = {
    taken: ("POST", "/api/v1/admin/clients", 409, "already_exists"),
    weights: ("PUT", "/api/v1/admin/clients/{client_id}/config", 422, "bad_weights"),
    chunks: ("PUT", "/api/v1/admin/clients/{client_id}/config", 422, "bad_chunking"),
    model: ("PUT", "/api/v1/admin/clients/{client_id}/config", 422, "unknown_model"),
    stale: ("PUT", "/api/v1/admin/clients/{client_id}/config", 412, "stale_write"),
    stale_client: ("PATCH", "/api/v1/admin/clients/{client_id}", 412, "stale_write"),
    expired: ("POST", "/api/v1/admin/clients/{client_id}/keys", 422, "already_expired"),
    finished: ("POST", "/api/v1/ingest/status/{job_id}/cancel", 409, "job_finished"),
    not_failed: ("POST", "/api/v1/ingest/status/{job_id}/retry", 409, "job_not_retryable"),
    reused: ("POST", "/api/v1/ingest/document", 422, "idempotency_key_reused"),
    old_format: ("POST", "/api/v1/ingest/document", 415, "encrypted_or_legacy"),
    not_a_form: ("POST", "/api/v1/ingest/document", 415, "unsupported_media_type"),
    no_file: ("POST", "/api/v1/ingest/document", 400, "malformed"),
    too_large: ("POST", "/api/v1/ingest/document", 413, "too_large"),
    too_many_jobs: ("POST", "/api/v1/ingest/document", 429, "max_pending_jobs"),
    too_many_documents: ("POST", "/api/v1/ingest/document", 429, "max_documents"),
    too_many_requests: ("POST", "/api/v1/search", 429, "requests_per_minute"),
    bad_query: ("GET", "/api/v1/ingest/documents", 400, "malformed"),
}


@pytest.mark.parametrize("provoke", PROVOKED, ids=lambda provoke: provoke.__name__)
async def test_a_particular_failure_is_as_described(service: Service, provoke: Provocation) -> None:
    method, path, status, code = PROVOKED[provoke]
    operation = next(each for each in OPERATIONS if (each.method, each.path) == (method, path))

    reply = await provoke(service, await service.create())

    assert faults(operation, reply, status) == []
    assert reply.json()["code"] == code


@pytest.mark.parametrize("route", [*TENANT_ROUTES, *OPERATOR_ROUTES], ids=named)
async def test_a_success_has_the_described_headers_and_fields(world: World, route: Route) -> None:
    operation = next(
        each for each in OPERATIONS if (each.method, each.path) == (route.method, route.path)
    )
    key = world.keys["operator" if operation.operators else "own"]

    reply = await world.service.call(
        route.method, route.filled(world.ids), key, **dict(route.request)
    )

    described = operation.described["responses"][str(reply.status_code)]
    sent = {name for name in OURS if name in reply.headers}
    assert sent - {"Retry-After"} <= set(described["headers"])
    assert set(described["headers"]) - NOT_ALWAYS_SENT <= sent | {"Retry-After"}
    assert missing(reply, described) == set()


def missing(reply: Any, described: Any) -> set[str]:
    """Return the required fields that a JSON reply lacks."""
    schema = described.get("content", {}).get("application/json", {}).get("schema")
    if schema is None:
        return set()
    component = DESCRIPTION["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return set(component["required"]) - set(reply.json())


def test_every_property_parameter_and_group_is_described() -> None:
    schemas = DESCRIPTION["components"]["schemas"]
    parameters = [p for each in OPERATIONS for p in each.described["parameters"]]
    undescribed = [
        f"{name}.{field}"
        for name, schema in schemas.items()
        for field, found in schema.get("properties", {}).items()
        if not found.get("description")
    ]

    assert undescribed == []
    assert all(schema.get("description") for schema in schemas.values())
    assert all(parameter["description"] for parameter in parameters)
    assert {tag for each in OPERATIONS for tag in each.described["tags"]} == {
        tag["name"] for tag in DESCRIPTION["tags"]
    }


def test_every_json_body_has_an_example() -> None:
    contents = [
        (name_of(each), status, content)
        for each in OPERATIONS
        for status, body in [
            ("request", each.described.get("requestBody", {})),
            *each.described["responses"].items(),
        ]
        for kind, content in body.get("content", {}).items()
        if kind == "application/json"
    ]

    lacking = [(name, status) for name, status, content in contents if "example" not in content]

    assert lacking == []


def test_no_schema_shows_pythons_notation() -> None:
    text = msgspec.json.encode(DESCRIPTION).decode()

    assert not re.search(r"\\\\[AZ]|Page\[|Page_", text)
