"""Downloading originals, piece by piece."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from urllib.parse import quote

from litestar import Response
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Send

from ragtenancy.app.documents import Original
from ragtenancy.domain.errors import UnavailableError


class Download(Response[bytes]):
    """An attachment; its first piece is read before the reply begins."""

    def __init__(self, sending: _Sending) -> None:
        super().__init__(b"")
        self._sending = sending

    def to_asgi_response(self, *_: object, **__: object) -> ASGIResponse:
        """Return the prepared response."""
        return self._sending


async def download(original: Original) -> Download:
    """Return an original as an attachment. Raises if its first piece cannot be read."""
    pieces = aiter(original.body)
    first = await anext(pieces, b"")
    return Download(_Sending(original, first, pieces))


class _Sending(ASGIResponse):
    def __init__(self, original: Original, first: bytes, rest: AsyncIterator[bytes]) -> None:
        super().__init__(
            content_length=original.size,
            headers={"Content-Disposition": attachment(original.filename)},
            media_type=original.media_type,
        )
        self._size = original.size
        self._first = first
        self._rest = rest

    async def send_body(self, send: Send, receive: Receive) -> None:  # noqa: ARG002 - Litestar's
        """Send every piece. Raises `UnavailableError` if they do not add up to the declared size.

        Ending such a reply normally would leave the server and the client waiting for each other.
        """
        left = self._size
        async for piece in self._pieces():
            left -= len(piece)
            if left < 0:
                raise _damaged()
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        if left:
            raise _damaged()
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _pieces(self) -> AsyncIterator[bytes]:
        yield self._first
        async for piece in self._rest:
            yield piece


def _damaged() -> UnavailableError:
    return UnavailableError("The original is damaged.", code="storage_corrupt")


def attachment(name: str) -> str:
    """Return a download's Content-Disposition (RFC 6266, RFC 8187)."""
    plain = re.sub(r"[^ !#-\[\]-~]|[%;]", "_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
