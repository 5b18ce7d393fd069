"""Receiving the bodies of requests: within a deadline, and within a bound on unfinished ones."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from typing import cast

from litestar.types import ASGIApp, HTTPScope, Receive, ReceiveMessage, Scope, Send

from ragtenancy.domain.errors import LimitError, OverloadedError, RequestTimeoutError
from ragtenancy.domain.principals import TenantPrincipal
from ragtenancy.http.gate import visit_of

GRACE_SECONDS = 10.0
BYTES_PER_SECOND = 1_000
CLIENT_SHARE = 4  # one client may hold a quarter of the bytes,
CLIENT_UPLOADS = 4  # and as many as uploads of its greatest size
RETRY_AFTER = 5.0


class UnfinishedBytes:
    """The bytes of bodies whose requests are not finished, bounded in all and for each client.

    A body alone is never refused, however large the client's own limit allows it to be.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._total = 0
        self._bodies = 0
        self._bytes_of: Counter[str] = Counter()
        self._bodies_of: Counter[str] = Counter()
        self._shares: dict[str, int] = {}

    def begin(self, client: str, max_upload_bytes: int | None = None) -> None:
        """Count a body that begins, of a client that may upload files of some size."""
        share = self._limit // CLIENT_SHARE
        own = share if max_upload_bytes is None else CLIENT_UPLOADS * max_upload_bytes
        self._shares[client] = min(share, own)
        self._bodies += 1
        self._bodies_of[client] += 1

    def add(self, client: str, count: int) -> None:
        """Count bytes of a body. Raises `LimitError` for the client's, `OverloadedError` for all."""
        self._total += count
        self._bytes_of[client] += count
        share = self._shares[client]
        if self._bytes_of[client] > share and self._bodies_of[client] > 1:
            raise LimitError(
                "Too much of this client's uploads is unfinished.",
                code="uploads_unfinished",
                retry_after=RETRY_AFTER,
                limit=share,
            )
        if self._total > self._limit and self._bodies > 1:
            raise OverloadedError

    def end(self, client: str, count: int) -> None:
        """Forget a body of `count` bytes."""
        self._total -= count
        self._bodies -= 1
        for counter, amount in ((self._bytes_of, count), (self._bodies_of, 1)):
            counter[client] -= amount
            if not counter[client]:
                del counter[client]
        if client not in self._bodies_of:
            del self._shares[client]


class Bodies:
    """Times out a body that arrives too slowly, and bounds the bytes of unfinished ones.

    Only the time spent waiting for the client counts.
    """

    def __init__(self, app: ASGIApp, seconds: float, unfinished: UnfinishedBytes) -> None:
        self._app = app
        self._seconds = seconds
        self._unfinished = unfinished

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application with bounds on the body."""
        if "method" not in scope:
            await self._app(scope, receive, send)
            return
        body = _Body(cast("HTTPScope", scope), receive, self._seconds, self._unfinished)
        try:
            await self._app(scope, body, send)
        finally:
            body.close()


class _Body:
    """Receives a body; once it is whole, an admitted request takes its turn.

    Raises `RequestTimeoutError`, as `UnfinishedBytes.add` and as `Place.hold` do.
    """

    def __init__(
        self, scope: HTTPScope, receive: Receive, seconds: float, unfinished: UnfinishedBytes
    ) -> None:
        self._scope = scope
        self._receive = receive
        self._seconds = seconds
        self._unfinished = unfinished
        self._client: str | None = None  # known once the body is read, after authentication
        self._received = 0
        self._waited = 0.0
        self._whole = False

    async def __call__(self) -> ReceiveMessage:
        if self._whole:
            return await self._receive()
        started = time.perf_counter()
        try:
            async with asyncio.timeout(allowed(self._received, self._seconds) - self._waited):
                message = await self._receive()
        except TimeoutError:
            raise RequestTimeoutError from None
        self._waited += time.perf_counter() - started
        if message["type"] == "http.request":
            self._whole = not message["more_body"]
            self._count(len(message["body"]))
            if self._whole and (visit := visit_of(self._scope["state"])) is not None:
                await visit.place.hold()
        return message

    def close(self) -> None:
        """End the body with its request."""
        if self._client is not None:
            self._unfinished.end(self._client, self._received)

    def _count(self, size: int) -> None:
        if self._client is None:
            visit = visit_of(self._scope["state"])
            self._client = _client_of(self._scope)
            largest = None if visit is None else visit.limits.max_upload_bytes
            self._unfinished.begin(self._client, largest)
        self._received += size
        self._unfinished.add(self._client, size)


def allowed(received: int, seconds: float) -> float:
    """Return how many seconds to wait in all for a body of which `received` bytes have arrived.

    10 s plus 1 s per 1,000 bytes, at most `seconds`.
    """
    return min(seconds, GRACE_SECONDS + received / BYTES_PER_SECOND)


def _client_of(scope: HTTPScope) -> str:
    """Return the uid of the authenticated client; operators share one name."""
    principal = cast("dict[str, object]", scope["state"]).get("principal")
    return principal.scope.tenant_uid if isinstance(principal, TenantPrincipal) else ""
