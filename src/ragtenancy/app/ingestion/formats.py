"""Choosing a file's parser by its content."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from ragtenancy.domain.errors import UnsupportedError
from ragtenancy.domain.ids import BlobName
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.blobs import BlobStore
from ragtenancy.ports.parsing import DocumentParser, FileTypeDetector

HEAD_BYTES = 4_096
_NOT_SUPPORTED = (
    "This file type is not supported; save it as .docx, .xlsx, .pptx, .pdf, .html or .txt."
)


class Formats:
    """The installed parsers, tried in order."""

    def __init__(
        self, parsers: Sequence[DocumentParser], file_types: FileTypeDetector, blobs: BlobStore
    ) -> None:
        self._parsers = parsers
        self._file_types = file_types
        self._blobs = blobs

    async def detect(self, scope: TenantScope, blob: BlobName, filename: str) -> str:
        """Return the media type of a blob. Raises `UnsupportedError`."""
        async with self._blobs.local(scope, blob) as path:
            return await asyncio.to_thread(self._recognised, path, filename)

    def _recognised(self, path: Path, filename: str) -> str:
        with path.open("rb") as file:
            return self.recognise(file, filename)

    def recognise(self, file: IO[bytes], filename: str) -> str:
        """Return the media type of a file, open at its start. Raises `UnsupportedError`."""
        detected = self._file_types.detect(file)
        if detected is not None:
            return detected
        file.seek(0)
        head = file.read(HEAD_BYTES)
        if not head:
            raise UnsupportedError("The file is empty.", code="no_text")
        for parser in self._parsers:
            media_type = parser.recognises(head, filename)
            if media_type is not None:
                return media_type
        raise UnsupportedError(_NOT_SUPPORTED)

    def parser_of(self, media_type: str) -> DocumentParser:
        """Return the parser of a media type. Raises `UnsupportedError`."""
        for parser in self._parsers:
            if media_type in parser.media_types:
                return parser
        raise UnsupportedError(_NOT_SUPPORTED)
