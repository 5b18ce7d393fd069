"""MCP over HTTP, as the official client uses it in both eras of the protocol."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import httpx2
import jsonschema
import mcp_types as types
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from tests.http.service import GUIDE, Service

MODERN, LEGACY = "2026-07-28", "2025-11-25"


@asynccontextmanager
async def connected(service: Service, key: str, mode: Any = "auto") -> AsyncIterator[Client]:
    transport = httpx2.ASGITransport(app=cast("Any", service.app))
    async with httpx2.AsyncClient(transport=transport, headers={"X-API-Key": key}) as http_client:
        streams = streamable_http_client("http://test/mcp", http_client=http_client)
        async with Client(streams, mode=mode) as client:
            yield client


def structured(result: types.CallToolResult) -> dict[str, Any]:
    assert not result.is_error, result.content
    return cast("dict[str, Any]", result.structured_content)


def problem(result: types.CallToolResult) -> dict[str, Any]:
    assert result.is_error
    content = result.content[0]
    assert isinstance(content, types.TextContent)
    return cast("dict[str, Any]", json.loads(content.text))


async def ready(service: Service, name: str = "acme") -> str:
    key = await service.create(name)
    await service.ingest(key)
    return key


@pytest.mark.parametrize(("mode", "version"), [("auto", MODERN), ("legacy", LEGACY)])
async def test_both_eras_are_spoken_on_one_path(service: Service, mode: str, version: str) -> None:
    key = await ready(service)

    async with connected(service, key, mode) as client:
        tools = (await client.list_tools()).tools
        found = structured(await client.call_tool("search", {"query": "refunds"}))

        assert client.session.protocol_version == version
    assert [tool.name for tool in tools] == ["search", "ask", "list_documents", "get_passage"]
    assert found["hits"][0]["filename"] == "guide.md"


async def test_a_question_is_answered_with_sources_and_followed_up(service: Service) -> None:
    key = await ready(service)

    async with connected(service, key) as client:
        first = structured(await client.call_tool("ask", {"question": "How long do refunds take?"}))
        again = {"question": "And reports?", "session_id": first["session_id"]}
        await client.call_tool("ask", again)

    assert (first["answer"], first["grounded"]) == ("Refunds take 30 days [1].", True)
    assert [turn.question for turn in service.chat_model.requests[-1].history] == [
        "How long do refunds take?"
    ]


async def test_a_passage_is_read_by_the_range_of_a_hit(service: Service) -> None:
    key = await ready(service)

    async with connected(service, key) as client:
        hit = structured(await client.call_tool("search", {"query": "refunds"}))["hits"][0]
        start, end = hit["range"]
        place = {"document_id": hit["document_id"], "start": start, "end": end}
        passage = structured(await client.call_tool("get_passage", place))
        whole = structured(
            await client.call_tool("get_passage", {"document_id": hit["document_id"]})
        )

    assert passage["text"] == hit["text"]
    assert (whole["total"], whole["range"]) == (len(whole["text"]), [0, len(whole["text"])])
    assert all(line in GUIDE for line in whole["text"].splitlines())


@pytest.mark.parametrize(
    ("scopes", "shown"),
    [
        (["chat"], ["ask"]),
        (["search"], ["search", "get_passage"]),
        (["ingest"], ["list_documents"]),
    ],
)
async def test_tools_are_shown_and_called_by_scope(
    service: Service, scopes: list[str], shown: list[str]
) -> None:
    await ready(service)
    key = (await service.key(scopes=scopes))["api_key"]

    async with connected(service, key) as client:
        tools = [tool.name for tool in (await client.list_tools()).tools]
        refused = [
            problem(await client.call_tool(name, arguments))["code"]
            for name, arguments in CALLS.items()
            if name not in shown
        ]

    assert tools == shown
    assert set(refused) == {"insufficient_scope"}


CALLS: dict[str, dict[str, Any]] = {
    "search": {"query": "x"},
    "ask": {"question": "x"},
    "list_documents": {},
    "get_passage": {"document_id": "doc_a"},
}


@pytest.mark.parametrize(
    ("name", "arguments", "field"),
    [
        ("search", {}, "query"),
        ("search", {"query": 3}, "query"),
        ("search", {"query": "x", "top_k": 101}, "top_k"),
        ("search", {"query": "x", "client_id": "globex"}, "client_id"),
        ("ask", {"question": "x" * 8_001}, "question"),
        ("list_documents", {"limit": 0}, "limit"),
        ("get_passage", {"document_id": "doc_a", "start": -1}, "start"),
    ],
)
async def test_arguments_are_checked_and_named(
    service: Service, name: str, arguments: dict[str, Any], field: str
) -> None:
    key = await service.create()

    async with connected(service, key) as client:
        found = problem(await client.call_tool(name, arguments))

    assert (found["code"], found["status"]) == ("malformed", 400)
    assert field in found["detail"]


async def test_another_clients_documents_do_not_exist(service: Service) -> None:
    key = await ready(service)
    foreign = await service.create("rival")
    listed = await service.call("GET", "/api/v1/ingest/documents", key)
    document_id = listed.json()["items"][0]["document_id"]

    async with connected(service, foreign) as client:
        passage = problem(await client.call_tool("get_passage", {"document_id": document_id}))
        documents = structured(await client.call_tool("list_documents", {}))
        hits = structured(await client.call_tool("search", {"query": "refunds"}))

    assert (passage["code"], documents["items"], hits["hits"]) == ("not_found", [], [])


async def test_an_unknown_tool_is_a_protocol_error(service: Service) -> None:
    key = await service.create()

    async with connected(service, key) as client:
        with pytest.raises(Exception, match="no such tool"):
            await client.call_tool("drop_everything", {})


@pytest.mark.parametrize("key", [None, "not a key", "o" * 40])
async def test_without_a_clients_key_nothing_is_said(service: Service, key: str | None) -> None:
    await service.create()

    reply = await service.call("POST", "/mcp", key, json={"jsonrpc": "2.0"})

    assert (reply.status_code, reply.json()["code"]) == (401, "unauthenticated")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", -32700),
        (b"{", -32700),
        (b"[" * 100_000, -32600),
        (b"[]", -32600),
        (b'"x"', -32600),
        (b"{}", -32600),
        (b'{"jsonrpc": "1.0", "id": 1, "method": "ping"}', -32600),
        (b'{"jsonrpc": "2.0", "id": 1, "method": 3}', -32600),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "ping", "params": []}', -32600),
    ],
)
@pytest.mark.parametrize("version", [MODERN, LEGACY])
async def test_what_is_no_message_is_refused_in_plain_words(
    service: Service, body: bytes, code: int, version: str
) -> None:
    key = await service.create()
    headers = {"Content-Type": "application/json", "Mcp-Protocol-Version": version}

    reply = await service.call("POST", "/mcp", key, content=body, headers=headers)

    assert (reply.status_code, reply.json()["error"]["code"]) == (400, code)
    assert reply.json()["error"]["message"].startswith("The body is not ")


async def test_a_body_that_is_too_large_is_refused(service: Service) -> None:
    key = await service.create()

    reply = await service.call("POST", "/mcp", key, content=b" " * 1_000_001)

    assert (reply.status_code, reply.json()["code"]) == (413, "too_large")


async def test_results_fit_their_schemas_in_every_draft(service: Service) -> None:
    key = await ready(service)

    async with connected(service, key) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        found = structured(await client.call_tool("search", {"query": "refunds"}))

    schema = tools["search"].output_schema
    assert schema is not None
    for draft in (jsonschema.Draft7Validator, jsonschema.Draft202012Validator):
        draft(schema).validate(found)
    assert "\\A" not in json.dumps([tool.input_schema for tool in tools.values()])


async def test_tools_count_as_usage_of_the_key(service: Service) -> None:
    key = await ready(service)
    async with connected(service, key) as client:
        await client.call_tool("search", {"query": "refunds"})
        await client.call_tool("ask", {"question": "How long do refunds take?"})

    reply = await service.operate("GET", "clients/acme/usage", params={"by": "key"})

    (line,) = [each for each in reply.json()["items"] if each["key_id"]]
    assert (line["questions"], line["searches"], line["prompt_tokens"]) == (1, 1, 7)


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE", "PUT"])
@pytest.mark.parametrize("version", [MODERN, LEGACY])
async def test_there_is_no_stream_that_a_caller_could_keep_open(
    service: Service, method: str, version: str
) -> None:
    key = await service.create()
    headers = {"Accept": "text/event-stream", "Mcp-Protocol-Version": version}

    async with asyncio.timeout(10):
        reply = await service.call(method, "/mcp", key, headers=headers)

    assert (reply.status_code, reply.headers["allow"]) == (405, "OPTIONS, POST")


async def test_options_names_the_method(service: Service) -> None:
    reply = await service.call("OPTIONS", "/mcp", await service.create())

    assert (reply.status_code, reply.headers["allow"]) == (204, "OPTIONS, POST")


@pytest.mark.parametrize(("tool", "field"), [("search", "query"), ("ask", "question")])
async def test_an_argument_with_nul_is_refused(service: Service, tool: str, field: str) -> None:
    key = await ready(service)

    async with connected(service, key) as client:
        refused = problem(await client.call_tool(tool, {field: "refunds\0"}))

    assert (refused["code"], refused["field"]) == ("malformed", f"$.{field}")
