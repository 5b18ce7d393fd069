"""The route `/mcp`, whose SDK is loaded with the first request."""

from __future__ import annotations

import asyncio
import importlib
from types import ModuleType

from litestar.handlers import ASGIRouteHandler, asgi
from litestar.types import ASGIApp, Receive, Scope, Send

from ragtenancy.domain.errors import UnavailableError
from ragtenancy.http.auth import Credential
from ragtenancy.http.mcp.tools import UseCases
from ragtenancy.http.problems import Problems

PATH = "/mcp"


def mcp_endpoint(use_cases: UseCases, problems: Problems) -> ASGIRouteHandler:
    """Return the route; it takes a client's key of any scope, which decides the tools."""
    loaded: list[ASGIApp] = []

    options = {"credential": Credential.TENANT, "scope": None, "mcp": True}

    @asgi(PATH, opt=options, copy_scope=True)
    async def mcp(scope: Scope, receive: Receive, send: Send) -> None:
        if not loaded:
            server = await asyncio.to_thread(server_module)
            loaded.append(server.over_http(use_cases, problems))
        await loaded[0](scope, receive, send)

    return mcp


def server_module() -> ModuleType:
    """Import the SDK and the server. Raises `UnavailableError` if the extra is not installed."""
    try:
        return importlib.import_module("ragtenancy.http.mcp.server")
    except ModuleNotFoundError as error:
        raise UnavailableError(
            "This service does not offer MCP: its operator has not installed ragtenancy[mcp].",
            code="mcp_not_installed",
        ) from error
