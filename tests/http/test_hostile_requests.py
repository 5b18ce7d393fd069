"""Malformed bytes and requests: refused, never a server error."""

from __future__ import annotations

import json
from typing import Any

import pytest
from litestar.types import Message

from tests.http.service import Service

JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'{"query":' + b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"query":"a","filters":{"metadata":{"a":' + b"[" * 100_000,
        b'{"query":"\xff\xfe"}',
        b'{"query":"\\ud800"}',
        b'{"query":"\\udc00abc"}',
        b'{"query":"a\\u0000b"}',
        b'{"query":"a","top_k":NaN}',
        b'{"query":"a","top_k":1e999}',
        b'{"query":"a","top_k":' + b"9" * 4_300 + b"}",
        b'{"query":"a","top_k":"5"}',
        b'{"query":"a","top_k":0}',
        b'{"query":"a","top_k":101}',
        b'{"query":"a","top_k":true}',
        b'{"query":"a","explain":1}',
        b'\xef\xbb\xbf{"query":"a"}',
        b'{"query":"a","client_id":"victim"}',
        b'{"query":"a","filters":{"tenant":"victim"}}',
        b'{"query":"' + b"a" * 8_001 + b'"}',
        b'{"query":" "}',
        b'{"query":"a","why":{"document_id":""}}',
        b'{"query":"a","filters":{"metadata":{"a":{"$gt":1}}}}',
        b"query=a",
    ],
)
async def test_a_malformed_body_is_400(service: Service, body: bytes) -> None:
    key = await service.create()

    reply = await service.call("POST", "/api/v1/search", key, content=body, headers=JSON)

    assert (reply.status_code, reply.headers["content-type"]) == (400, "application/problem+json")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "$.message"),
        ({"message": 1}, "$.message"),
        ({"message": ""}, "$.message"),
        ({"message": "a", "unknown": 1}, "$.unknown"),
        ({"message": "a", "session_id": "a b"}, "$.session_id"),
        ({"message": "a", "session_id": "s\n"}, "$.session_id"),
        ({"message": "a", "session_id": "_s"}, "$.session_id"),
        ({"message": "a", "session_id": "s" * 129}, "$.session_id"),
        ({"message": "a", "filters": {"document_ids": "doc"}}, "$.filters.document_ids"),
        ({"message": "a\0"}, "$.message"),
    ],
)
async def test_the_field_is_named(service: Service, body: Any, field: str) -> None:
    key = await service.create()

    reply = await service.call("POST", "/api/v1/chat", key, json=body)

    assert (reply.status_code, reply.json()["field"]) == (400, field)


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1", "/;;"],
)
async def test_a_body_that_is_not_declared_as_json_is_415(
    service: Service, content_type: str
) -> None:
    key = await service.create()

    reply = await service.call(
        "POST", "/api/v1/search", key, content=b"{}", headers={"content-type": content_type}
    )

    assert reply.status_code == 415


@pytest.mark.parametrize("size", [1_000_001, 5_000_000])
async def test_a_large_json_body_is_413(service: Service, size: int) -> None:
    key = await service.create()
    body = b'{"query":"' + b"a" * size + b'"}'

    async def cut() -> Any:
        yield body[:500_000]
        yield body[500_000:]

    declared = await service.call("POST", "/api/v1/search", key, content=body, headers=JSON)
    streamed = await service.call("POST", "/api/v1/search", key, content=cut(), headers=JSON)

    assert (declared.status_code, streamed.status_code) == (413, 413)


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=101", "limit=x", "limit=nan", "limit=1&limit=2", "after=%ff", "after=%00",
     "after=!!!", "after=", "limit=" + "9" * 5_000, "status=unknown", "&".join(["a=1"] * 200)],
)  # fmt: skip
async def test_a_malformed_query_is_400(service: Service, query: str) -> None:
    key = await service.create()

    reply = await service.call("GET", f"/api/v1/ingest/documents?{query}", key)

    assert reply.status_code == 400


async def raw(service: Service, raw_path: bytes, key: str, method: str = "GET") -> dict[str, Any]:
    """Send a path as raw bytes, which no client library would."""
    sent: list[Message] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Any = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": raw_path.decode("utf-8", "replace"),
        "raw_path": raw_path,
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"test"), (b"x-api-key", key.encode())],
        "client": ("127.0.0.1", 1),
        "server": ("test", 80),
    }
    await service.app(scope, receive, send)
    return {"status": sent[0]["status"], "body": sent[-1]["body"]}  # type: ignore[typeddict-item]


@pytest.mark.parametrize(
    "path",
    [b"/api/v1/ingest/document/%ff%fe", b"/%c0%af", b"/api/v1/ingest/document/a%00b", b"/%0a"],
)
async def test_path_bytes_that_are_not_text_are_400(service: Service, path: bytes) -> None:
    key = await service.create()

    reply = await raw(service, path, key)

    assert (reply["status"], json.loads(reply["body"])["code"]) == (400, "malformed")


@pytest.mark.parametrize(
    "path",
    ["a%2fb", "..%2f..%2fetc", "%E2%84%AA", "x" * 4_000, "doc_%20", "doc%23a"],
)
async def test_a_path_that_names_nothing_is_404(service: Service, path: str) -> None:
    key = await service.create()

    reply = await service.call("GET", f"/api/v1/ingest/document/{path}", key)

    assert (reply.status_code, reply.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("POST", "/health", 405),
        ("GET", "/api/v1/chat", 405),
        ("TRACE", "/health", 405),
        ("BREW", "/health", 405),
    ],
)
async def test_errors_of_routing_are_problems(
    service: Service, method: str, path: str, status: int
) -> None:
    reply = await service.call(method, path)

    assert (reply.status_code, reply.json()["status"]) == (status, status)
    assert reply.headers["content-type"] == "application/problem+json"


async def test_a_refused_method_names_the_allowed_ones(service: Service) -> None:
    reply = await service.call("POST", "/health")

    assert "GET" in reply.headers["allow"]


async def test_options_names_the_methods(service: Service) -> None:
    reply = await service.call("OPTIONS", "/api/v1/chat")

    assert (reply.status_code, "POST" in reply.headers["allow"]) == (204, True)


async def test_head_is_get_without_its_body(service: Service) -> None:
    whole = await service.call("GET", "/livez")

    head = await service.call("HEAD", "/livez")

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == whole.headers["content-length"]
