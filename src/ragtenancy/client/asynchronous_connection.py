"""The asynchronous connection; its synchronous form is made by `scripts/sync_client.py`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import TypeVar

import httpx2

from ragtenancy.client import protocol
from ragtenancy.client.protocol import Refusal, Request, TurnEvent, without_nulls
from ragtenancy.wire.pages import Page

Kind = TypeVar("Kind")
TIMEOUT = httpx2.Timeout(150.0, connect=10.0)


class AsyncConnection:
    """Sends requests: with the key, retried where that is safe, errors raised."""

    def __init__(
        self,
        base_url: str | None,
        api_key: str | None,
        http_client: httpx2.AsyncClient | None,
        retries: int,
    ) -> None:
        self._url = protocol.address(base_url)
        self._headers = protocol.credential(api_key)
        self._http = http_client or httpx2.AsyncClient(timeout=TIMEOUT)
        self._retries = retries

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def send(self, request: Request, *, stream: bool = False) -> httpx2.Response:
        """Send a request and return its successful reply, with `stream` unread.

        A busy server (429, 503) is asked again, as is one that cannot be reached if asking twice is
        harmless. Raises the error that the reply stands for.
        """
        attempt = 0
        while True:
            try:
                return await self._attempt(request, stream=stream)
            except Refusal as refusal:
                wait = protocol.pause(refusal, attempt, self._retries)
                if wait is None:
                    raise refusal.error from None
            await asyncio.sleep(wait)
            attempt += 1

    async def _attempt(self, request: Request, *, stream: bool) -> httpx2.Response:
        sent = self._http.build_request(
            request.method,
            f"{self._url}{request.path}",
            headers={**self._headers, **request.headers},
            params=request.params,
            json=request.body,
            data=request.fields,
            files=[each.part() for each in request.files] or None,
        )
        try:
            response = await self._http.send(sent, stream=stream)
            if response.is_success or request.reads(response.status_code):
                return response
            await response.aread()
            await response.aclose()
        except httpx2.HTTPError as failed:
            raise protocol.unreachable(request, failed) from failed
        raise protocol.refused(response)

    async def get(self, path: str, kind: type[Kind], **query: object) -> Kind:
        """Read a resource."""
        request = Request(method="GET", path=path, params=without_nulls(**query))
        return protocol.decoded(await self.send(request), kind)

    async def post(self, path: str, kind: type[Kind], body: object = None) -> Kind:
        """Send a body and return the reply."""
        request = Request(method="POST", path=path, body=body or {})
        return protocol.decoded(await self.send(request), kind)

    async def every(self, path: str, kind: type[Kind], **query: object) -> AsyncIterator[Kind]:
        """Yield the items of all pages of a list."""
        after: str | None = None
        while True:
            page: Page[Kind] = await self.get(path, Page[kind], after=after, limit=100, **query)  # type: ignore[valid-type]
            for item in page.items:
                yield item
            after = page.next
            if after is None:
                return

    async def events(self, path: str, body: object) -> AsyncGenerator[TurnEvent, None]:
        """Yield the events of a stream. Raises the error that ends it."""
        request = Request(
            method="POST", path=path, body=body, headers={"Accept": "text/event-stream"}
        )
        async with aclosing(await self.send(request, stream=True)) as response:
            name = ""
            try:
                async for line in response.aiter_lines():
                    if line.startswith("event: "):
                        name = line.removeprefix("event: ")
                    elif line.startswith("data: "):
                        yield protocol.turn_event(name, line.removeprefix("data: ").encode())
            except httpx2.HTTPError as failed:
                raise protocol.unreachable(request, failed).error from failed
