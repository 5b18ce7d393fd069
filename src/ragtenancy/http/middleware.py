"""Middleware: request ids, reply headers, one log line per request, metrics."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Iterable
from typing import cast
from urllib.parse import unquote_to_bytes

import structlog
from litestar.enums import HttpMethod
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from ragtenancy.app.audit.acts import caller
from ragtenancy.domain.errors import MalformedError
from ragtenancy.domain.metrics import CLIENT_REQUESTS, REQUEST_SECONDS, REQUESTS
from ragtenancy.domain.principals import TenantPrincipal
from ragtenancy.http.requests import REQUEST_ID_HEADER, chosen_request_id
from ragtenancy.ports.ids import Ids
from ragtenancy.ports.metrics import Metrics
from ragtenancy.ports.tracing import Span, Tracer

log = structlog.get_logger(__name__)

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_ENCODED_HEADERS = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
_REQUEST_ID = REQUEST_ID_HEADER.lower().encode()
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Frame:
    """The outermost layer. Answers HEAD as GET without the body.

    The tasks of requests are in `under_way` until they end.
    """

    def __init__(
        self,
        app: ASGIApp,
        ids: Ids,
        metrics: Metrics,
        tracer: Tracer,
        under_way: set[asyncio.Task[None]],
        refused: Callable[[int], None],
    ) -> None:
        self._app = app
        self._under_way = under_way
        self._ids = ids
        self._metrics = metrics
        self._tracer = tracer
        self._refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run one request."""
        if "method" not in scope:
            await self._app(scope, receive, send)
            return
        task = cast("asyncio.Task[None]", asyncio.current_task())
        self._under_way.add(task)
        try:
            await self._request(cast("HTTPScope", scope), receive, send)
        finally:
            self._under_way.discard(task)

    async def _request(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        method = scope["method"]
        request_id = chosen_request_id(scope["headers"], self._ids.new("req"))
        scope.setdefault("state", {})["request_id"] = request_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        caller.set(None)
        reply = _Reply(send, request_id, bodyless=method == "HEAD")
        routed = scope
        if method == "HEAD":  # the server must still see HEAD
            routed = cast("HTTPScope", {**scope, "method": HttpMethod.GET})
        try:
            with self._tracer.span(
                "request", kind="server", parent=_traceparent(scope["headers"])
            ) as span:
                try:
                    await self._app(routed, receive, reply)
                finally:
                    seconds = time.perf_counter() - started
                    self._refused(reply.status)
                    self._record(routed, method, reply.status, seconds, span)
        finally:
            structlog.contextvars.clear_contextvars()

    def _record(
        self, scope: HTTPScope, method: str, status: int, seconds: float, span: Span
    ) -> None:
        route = str(scope.get("path_template") or "unmatched")
        known = method if method in _METHODS else "other"
        self._metrics.count(REQUESTS, method=known, route=route, status=str(status))
        self._metrics.observe(REQUEST_SECONDS, seconds, method=known, route=route)
        span.rename(f"{known} {route}")
        span.add(
            {
                "http.request.method": known,
                "http.route": route,
                "http.response.status_code": status,
                "ragtenancy.request_id": scope["state"]["request_id"],
            }
        )
        principal = scope["state"].get("principal")
        if isinstance(principal, TenantPrincipal):
            client_id = principal.scope.tenant_id
            self._metrics.count(CLIENT_REQUESTS, client_id=client_id, status=f"{status // 100}xx")
            span.add({"ragtenancy.client_id": client_id})
        duration = round(seconds * 1000, 3)
        log.info("request", method=known, route=route, status=status, duration_ms=duration)


def _traceparent(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """Return the trace that the caller is part of, as W3C's header names it."""
    return next((v.decode("latin-1") for name, v in headers if name == b"traceparent"), None)


class PathCheck:
    """Refuses paths that are not UTF-8 or contain control characters: they would collide."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check the path, then run the application. Raises `MalformedError`."""
        if "method" in scope:
            _check(scope.get("raw_path") or scope["path"].encode("utf-8", "surrogatepass"))
        await self._app(scope, receive, send)


class _Reply:
    """Sends a reply, adding the headers that every reply carries."""

    def __init__(self, send: Send, request_id: str, *, bodyless: bool) -> None:
        self._send = send
        self._bodyless = bodyless
        self._request_id = request_id.encode("latin-1")
        self.status = 499

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message["headers"], *self._missing(message["headers"])]
        elif message["type"] == "http.response.body" and self._bodyless:
            message["body"] = b""
        await self._send(message)

    def _missing(self, present: object) -> list[tuple[bytes, bytes]]:
        names = {name.lower() for name, _ in present}  # type: ignore[attr-defined]
        ours = [*_ENCODED_HEADERS, (_REQUEST_ID, self._request_id)]
        return [(name, value) for name, value in ours if name not in names]


def _check(raw_path: bytes) -> None:
    try:
        path = unquote_to_bytes(raw_path.split(b"?", 1)[0]).decode()
    except UnicodeDecodeError:
        raise MalformedError("The path is not UTF-8.") from None
    if _CONTROL.search(path):
        raise MalformedError("The path contains control characters.")
