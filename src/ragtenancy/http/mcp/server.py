"""The MCP server, by the official SDK: over HTTP for every client, over stdio for one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Literal, cast

import mcp_types as types
import msgspec
from litestar.enums import HttpMethod
from litestar.exceptions import MethodNotAllowedException
from litestar.response.base import ASGIResponse
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.shared.exceptions import MCPError
from msgspec import Struct

from ragtenancy.domain.errors import MalformedError, TooLargeError, UnauthenticatedError
from ragtenancy.domain.principals import TenantPrincipal
from ragtenancy.http.mcp.tools import Call, Tool, UseCases, named, shown_to
from ragtenancy.http.problems import Problems, Rendered
from ragtenancy.http.requests import MAX_JSON_BYTES, allowed, request_id, require_unique
from ragtenancy.version import __version__

INSTRUCTIONS = (
    "Search and answers from one company's documents. Cite what you use by filename and section; "
    "say so when the documents do not hold an answer."
)

_ALLOW = {"Allow": allowed(["POST"])}
Context = ServerRequestContext[Any, Any]
Caller = Callable[[Context], Awaitable[Call]]


def over_http(use_cases: UseCases, problems: Problems) -> ASGIApp:
    """Return the application for `/mcp`; its requests have passed the guard.

    It keeps no session: clients of protocol 2026-07-28 need none, those of 2025-11-25 get none. Each
    request runs in a task group of its own, which ends with it.
    """
    server = _server(use_cases, problems, _from_request)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        method = cast("HTTPScope", scope)["method"]
        if method == HttpMethod.OPTIONS:
            await ASGIResponse(status_code=204, headers=_ALLOW)(scope, receive, send)
            return
        if method != HttpMethod.POST:  # the SDK keeps a GET open, as a stream of nothing
            raise MethodNotAllowedException(headers=_ALLOW)
        body = await _whole(receive)
        fault = _fault(body)
        if fault is not None:
            reply = ASGIResponse(body=fault, status_code=400, media_type="application/json")
            await reply(scope, receive, send)
            return
        receive = _again(body, receive)
        manager = StreamableHTTPSessionManager(
            server, json_response=True, stateless=True, max_request_body_size=MAX_JSON_BYTES
        )
        async with manager.run():
            await manager.handle_request(scope, receive, send)  # type: ignore[arg-type]

    return app


class _Message(Struct, frozen=True, kw_only=True):
    """What every JSON-RPC message has; the SDK words its lack in terms of its own types."""

    jsonrpc: Literal["2.0"]
    id: int | str | None = None
    method: str | msgspec.UnsetType = msgspec.UNSET
    params: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET


def _fault(body: bytes) -> bytes | None:
    """Return the JSON-RPC error for a body that is no message; None for one that is."""
    code, told = types.INVALID_REQUEST, "The body is not a JSON-RPC 2.0 message."
    try:
        message = msgspec.json.decode(body, type=_Message)
        require_unique(body)
        if message.method is not msgspec.UNSET:
            return None
    except MalformedError as repeated:
        told = repeated.detail
    except msgspec.ValidationError:
        pass
    except (msgspec.DecodeError, RecursionError):
        code, told = types.PARSE_ERROR, "The body is not valid JSON."
    error = {"jsonrpc": "2.0", "id": None, "error": {"code": code, "message": told}}
    return msgspec.json.encode(error)


async def _whole(receive: Receive) -> bytes:
    """Return the body. Raises `TooLargeError`, `MalformedError`."""
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise MalformedError("The body ended too early.")
        body += message["body"]
        more = message["more_body"]
        if len(body) > MAX_JSON_BYTES:
            raise TooLargeError("The body is too large.", limit=MAX_JSON_BYTES)
    return bytes(body)


def _again(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives a body that has been read, then what comes after it."""
    held = [body]

    async def replayed() -> Any:  # noqa: ANN401 - an ASGI message
        if held:
            return {"type": "http.request", "body": held.pop(), "more_body": False}
        return await receive()

    return replayed


async def over_stdio(
    use_cases: UseCases, problems: Problems, call: Callable[[], Awaitable[Call]]
) -> None:
    """Serve standard input and output until the input ends; `call` says who calls, each time."""
    server = _server(use_cases, problems, lambda _: call())
    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())


def _server(use_cases: UseCases, problems: Problems, caller: Caller) -> Server[Any]:
    async def list_tools(
        ctx: Context, _: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        shown = shown_to((await caller(ctx)).caller)
        return types.ListToolsResult(tools=[_described(tool) for tool in shown])

    async def call_tool(ctx: Context, params: types.CallToolRequestParams) -> types.CallToolResult:
        tool = named(params.name)
        if tool is None:
            raise MCPError(types.INVALID_PARAMS, "There is no such tool.")
        call = await caller(ctx)
        try:
            return _result(await tool.call(use_cases, call, params.arguments or {}))
        except Exception as error:  # noqa: BLE001 - the SDK would send its message to the client
            return _failure(problems.render(error, call.request_id))

    server: Server[Any] = Server(
        "ragtenancy",
        version=__version__,
        instructions=INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
        get_tool_input_schema=lambda _: None,
    )
    return server


async def _from_request(ctx: Context) -> Call:
    """Return who made a request over HTTP, as the guard recorded it. Fails closed."""
    if ctx.request is None:
        raise UnauthenticatedError
    scope: Scope = ctx.request.scope
    principal = scope["state"].get("principal")
    if not isinstance(principal, TenantPrincipal):
        raise UnauthenticatedError
    return Call(caller=principal, request_id=request_id(scope))


def _described(tool: Tool) -> types.Tool:
    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.input_schema,
        output_schema=tool.output_schema,
        annotations=types.ToolAnnotations(
            read_only_hint=tool.read_only, destructive_hint=False, open_world_hint=False
        ),
    )


def _result(found: Struct) -> types.CallToolResult:
    body = msgspec.json.encode(found)
    return types.CallToolResult(
        content=[types.TextContent(type="text", text=body.decode())],
        structured_content=msgspec.json.decode(body),
    )


def _failure(problem: Rendered) -> types.CallToolResult:
    """Return a problem as a tool's error, which a model can read and correct."""
    return types.CallToolResult(
        content=[types.TextContent(type="text", text=problem.body.decode())], is_error=True
    )
