"""Bounds on the size of replies."""

from __future__ import annotations

from collections.abc import AsyncIterator

from httpx2 import AsyncByteStream, Response

from ragtenancy.domain.errors import RejectedError

REPLY_BYTES = 32 * 1024 * 1024


class BoundedStream(AsyncByteStream):
    """A reply's bytes; raises `RejectedError` (bad_reply) if there are too many."""

    def __init__(self, stream: AsyncByteStream, most: int = REPLY_BYTES) -> None:
        self._stream = stream
        self._most = most

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the pieces as they come."""
        left = self._most
        async for piece in self._stream:
            left -= len(piece)
            if left < 0:
                raise RejectedError("The model's reply is too large.", code="bad_reply")
            yield piece

    async def aclose(self) -> None:
        """Close the reply."""
        await self._stream.aclose()


async def bound(response: Response) -> None:
    """Limit a reply to the size of the largest valid one: 64 vectors as numbers are 5 MB."""
    if isinstance(response.stream, AsyncByteStream):
        response.stream = BoundedStream(response.stream)
