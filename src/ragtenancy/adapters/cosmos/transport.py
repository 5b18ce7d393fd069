"""The SDK's HTTP transport with our retries and pacing."""

from __future__ import annotations

from types import TracebackType

from azure.core.pipeline.transport import (
    AioHttpTransport,
    AsyncHttpResponse,
    AsyncHttpTransport,
    HttpRequest,
)

from ragtenancy.adapters.cosmos.traffic import PRIORITY, Level, Traffic


class LevelledTransport(AsyncHttpTransport[HttpRequest, AsyncHttpResponse]):
    """Sends each HTTP request, such as a query's page, at the level that its priority names."""

    def __init__(self, traffic: Traffic, *, interactive: Level, bulk: Level) -> None:
        self._traffic = traffic
        self._levels: dict[str, Level] = {level.priority: level for level in (interactive, bulk)}
        self._http: AsyncHttpTransport[HttpRequest, AsyncHttpResponse] = AioHttpTransport()

    async def send(self, request: HttpRequest, **config: object) -> AsyncHttpResponse:
        """Send a request; return the last response."""
        level = self._levels[request.headers.get(PRIORITY, "High")]
        return await self._traffic.send(level, lambda: self._http.send(request, **config))

    async def open(self) -> None:
        """Open the connections."""
        await self._http.open()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    async def __aenter__(self) -> LevelledTransport:
        await self._http.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        await self._http.__aexit__(kind, error, trace)
