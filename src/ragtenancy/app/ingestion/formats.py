"""Choosing a file's parser by its content."""

from __future__ import annotations

from collections.abc import Sequence

from ragtenancy.domain.errors import UnsupportedError
from ragtenancy.domain.ids import BlobName
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.blobs import BlobStore
from ragtenancy.ports.parsing import DocumentParser

HEAD_BYTES = 4_096


class Formats:
    """The installed parsers, tried in order."""

    def __init__(self, parsers: Sequence[DocumentParser], blobs: BlobStore) -> None:
        self._parsers = parsers
        self._blobs = blobs

    async def detect(self, scope: TenantScope, blob: BlobName, filename: str) -> str:
        """Return the media type of a blob. Raises `UnsupportedError`."""
        return self.recognise(await self._head(scope, blob), filename)

    def recognise(self, head: bytes, filename: str) -> str:
        """Return the media type of a file that begins with `head`. Raises `UnsupportedError`."""
        if not head:
            raise UnsupportedError("The file is empty.", code="no_text")
        for parser in self._parsers:
            media_type = parser.recognises(head, filename)
            if media_type is not None:
                return media_type
        raise UnsupportedError("This file type is not supported.")

    def parser_of(self, media_type: str) -> DocumentParser:
        """Return the parser of a media type. Raises `UnsupportedError`."""
        for parser in self._parsers:
            if media_type in parser.media_types:
                return parser
        raise UnsupportedError("This file type is not supported.")

    async def _head(self, scope: TenantScope, blob: BlobName) -> bytes:
        async with self._blobs.local(scope, blob) as path:
            with path.open("rb") as file:
                return file.read(HEAD_BYTES)
