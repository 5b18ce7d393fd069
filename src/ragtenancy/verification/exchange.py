"""Sending requests to the installation under test, and keeping the whole of each reply."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import msgspec
from msgspec import Struct

from ragtenancy.domain.errors import UnavailableError

TIMEOUT = httpx2.Timeout(120.0, connect=10.0)
REQUEST_ID = {"X-Request-ID": "verify"}
PATIENCE = 180.0  # seconds for a job or a deletion to end


class Reply(Struct, frozen=True, kw_only=True):
    """One reply: status, header fields and body as they were received, and the seconds it took."""

    status: int
    headers: bytes
    body: bytes
    seconds: float

    @property
    def raw(self) -> bytes:
        """Every byte that the caller received."""
        return self.headers + b"\n\n" + self.body

    def json(self) -> Any:  # noqa: ANN401 - whatever the service replied
        """Return the body as JSON, None if it is none."""
        try:
            return msgspec.json.decode(self.body)
        except msgspec.DecodeError:
            return None


class Installation:
    """The HTTP API of the installation under test, in another process or in this one.

    All requests carry the same request id, so that replies can be compared byte by byte. A job or a
    deletion may take `patience` seconds.
    """

    def __init__(
        self, http: httpx2.AsyncClient, operator_key: str, patience: float = PATIENCE
    ) -> None:
        self._http = http
        self.operator_key = operator_key
        self.patience = patience
        self.requests = 0

    async def call(
        self,
        method: str,
        path: str,
        key: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        **content: Any,  # noqa: ANN401 - whatever httpx takes
    ) -> Reply:
        """Send a request with a key and return the whole reply; `content` is as httpx takes it.

        Raises `UnavailableError` if there is no reply.
        """
        self.requests += 1
        credential = {} if key is None else {"X-API-Key": key}
        sent = {**REQUEST_ID, **credential, **(headers or {})}
        started = time.perf_counter()
        try:
            reply = await self._http.request(method, path, headers=sent, **content)
        except httpx2.TransportError as error:
            raise UnavailableError(f"There is no reply to {method} {path}.") from error
        return Reply(
            status=reply.status_code,
            headers=b"\n".join(b": ".join(each) for each in reply.headers.raw),
            body=reply.content,
            seconds=time.perf_counter() - started,
        )

    async def operate(self, method: str, path: str, **content: Any) -> Reply:  # noqa: ANN401
        """Send a request with the operator's key."""
        return await self.call(method, f"/api/v1/admin{path}", self.operator_key, **content)


@asynccontextmanager
async def at_address(url: str, operator_key: str) -> AsyncIterator[Installation]:
    """Provide the installation that serves `url`."""
    async with httpx2.AsyncClient(base_url=url.rstrip("/"), timeout=TIMEOUT) as http:
        yield Installation(http, operator_key)


@asynccontextmanager
async def in_process(
    app: Any,  # noqa: ANN401 - Litestar's, wrapped
    operator_key: str,
    patience: float = PATIENCE,
) -> AsyncIterator[Installation]:
    """Provide the installation behind an ASGI application."""
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://verify") as http:
        yield Installation(http, operator_key, patience)
