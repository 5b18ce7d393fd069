"""Receiving uploads: multipart/form-data parsed as it arrives, the file spooled to disk."""

from __future__ import annotations

import asyncio
import re
import unicodedata
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from tempfile import SpooledTemporaryFile

from msgspec import Struct
from multipart import (  # type: ignore[import-untyped] # it has no stubs
    MultipartError,
    MultipartSegment,
    PushMultipartParser,
)

from ragtenancy.domain.bounds import holds
from ragtenancy.domain.documents import MAX_FILENAME, UNPRINTABLE, Metadata
from ragtenancy.domain.errors import MalformedError, TooLargeError, UnsupportedError
from ragtenancy.domain.ids import BoundedDocumentId, DocumentId
from ragtenancy.domain.visible_text import visible
from ragtenancy.http.requests import AnyRequest, declared_length, decode_json, pieces
from ragtenancy.wire import fields as wire

MAX_FIELD_BYTES = 8_000
OVERHEAD = 32_000
IN_MEMORY = 1_000_000
PIECE = 65_536
FIELDS = frozenset({"document_id", "metadata"})
_UNPRINTABLE = re.compile(rf"[{UNPRINTABLE}]")
_ENCODED_WORDS = re.compile(r"(=\?[\w-]{1,40}\?[BbQq]\?[!->@-~]*\?=\s*)+\Z")
_BOUNDARY = re.compile(
    r"multipart/form-data\s*;.*?\bboundary=(?:\"([^\"]{1,200})\"|([^\s;\"]{1,200}))", re.IGNORECASE
)


class ReceivedFile:
    """The file's bytes, to be read once."""

    def __init__(self, limit: int) -> None:
        self._file = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed by `close`
        self.limit = limit
        self._size = 0

    async def write(self, piece: bytes) -> None:
        """Add a piece. Raises `TooLargeError`."""
        self._size += len(piece)
        if self._size > self.limit:
            raise too_large(self.limit)
        await asyncio.to_thread(self._file.write, piece)

    async def body(self) -> AsyncIterator[bytes]:
        """Yield the bytes in pieces."""
        await asyncio.to_thread(self._file.seek, 0)
        while piece := await asyncio.to_thread(self._file.read, PIECE):
            yield piece

    async def close(self) -> None:
        """Remove the bytes."""
        await asyncio.to_thread(self._file.close)


class ReceivedForm(Struct, kw_only=True):
    """The file with its name, and the other fields as received."""

    file: ReceivedFile
    filename: str | None = None
    fields: dict[str, bytearray]


class _Parts:
    """Handles the parser's events in order."""

    def __init__(self, form: ReceivedForm) -> None:
        self._form = form
        self._field: bytearray | None = None

    async def take(self, event: MultipartSegment | bytes | bytearray | None) -> None:
        if isinstance(event, MultipartSegment):
            self._begin(event)
        elif event is not None and self._field is None:
            await self._form.file.write(bytes(event))
        elif event is not None and self._field is not None:
            self._field += event
            if len(self._field) > MAX_FIELD_BYTES:
                raise MalformedError("A field is too long.", limit=MAX_FIELD_BYTES)

    def _begin(self, part: MultipartSegment) -> None:
        name = part.name or ""
        if name == "file":
            self._begin_file(part.filename)
            return
        if name not in FIELDS:
            raise MalformedError("A field is unknown; use file, document_id and metadata.")
        if name in self._form.fields:
            raise MalformedError(f"{name} is given twice.", field=name)
        if part.filename is not None:
            raise MalformedError(f"{name} must be text, not a file.", field=name)
        self._field = self._form.fields[name] = bytearray()

    def _begin_file(self, filename: str | None) -> None:
        if self._form.filename is not None:
            raise MalformedError("Exactly one file is expected.", field="file")
        if filename is None:
            raise MalformedError("The field `file` must be a file with a filename.", field="file")
        self._form.filename = cleaned_filename(filename)
        self._field = None


@asynccontextmanager
async def received(request: AnyRequest, limit: int) -> AsyncIterator[ReceivedForm]:
    """Yield a request's form; its file is removed when the context closes.

    Raises `TooLargeError` before reading if the declared length is over `limit` bytes, and while
    reading if the file is; `MalformedError` for a malformed form; `UnsupportedError` for a body
    that is not a form.
    """
    boundary = _boundary(request.headers.get("content-type", ""))
    if (declared_length(request) or 0) > limit + OVERHEAD:
        raise too_large(limit)
    form = ReceivedForm(file=ReceivedFile(limit), fields={})
    try:
        await _parse(request, boundary, form)
        if form.filename is None:
            raise MalformedError("The file is missing.", field="file")
        yield form
    finally:
        await asyncio.shield(form.file.close())


def too_large(limit: int) -> TooLargeError:
    """Return the error for a file over the limit in bytes."""
    return TooLargeError("The file is larger than this client may upload.", limit=limit)


async def _parse(request: AnyRequest, boundary: str, form: ReceivedForm) -> None:
    parts = _Parts(form)
    read = 0
    try:
        parser = PushMultipartParser(boundary, max_segment_count=8)
        async for piece in pieces(request):
            read += len(piece)
            if read > form.file.limit + OVERHEAD:
                raise too_large(form.file.limit)
            for event in () if parser.closed else parser.parse(piece):
                await parts.take(event)
        parser.close()
    except MultipartError:
        raise MalformedError("The form is malformed.") from None


def _boundary(content_type: str) -> str:
    found = _BOUNDARY.match(content_type)
    if found is None and content_type.lower().startswith("multipart/form-data"):
        raise MalformedError("The Content-Type header of the form has no boundary.")
    if found is None:
        raise UnsupportedError("An upload must be multipart/form-data.")
    return found[1] or found[2]


def cleaned_filename(name: str) -> str:
    """Return the last part of a path, in NFC, without invisible characters.

    A name in encoded words (RFC 2047), as .NET and PowerShell send it, is decoded first.
    Raises `MalformedError` for an empty name and one of more than 255 characters.
    """
    last = re.split(r"[/\\]", _decoded_words(name))[-1]
    cleaned = unicodedata.normalize("NFC", _UNPRINTABLE.sub("", visible(last))).strip()
    if cleaned in {"", ".", ".."}:
        raise MalformedError("The file must have a name.", field="file")
    if len(cleaned) > MAX_FILENAME:
        raise MalformedError("The file's name is too long.", field="file", limit=MAX_FILENAME)
    return cleaned


def _decoded_words(name: str) -> str:
    if not _ENCODED_WORDS.match(name):
        return name
    try:
        return str(make_header(decode_header(name)))
    except (LookupError, UnicodeDecodeError, HeaderParseError):
        return name


def document_id_of(fields: Mapping[str, bytearray]) -> DocumentId | None:
    """Return the document to replace. Raises `MalformedError`."""
    if "document_id" not in fields:
        return None
    text = bytes(fields["document_id"]).decode("latin-1")
    if not holds(text, BoundedDocumentId):
        raise MalformedError("document_id was not issued by this service.", field="document_id")
    return DocumentId(text)


def metadata_of(fields: Mapping[str, bytearray]) -> Metadata:
    """Return the metadata: a JSON object of strings, numbers and booleans.

    Raises `MalformedError`.
    """
    if "metadata" not in fields:
        return {}
    found: Metadata = decode_json(bytes(fields["metadata"]), wire.Metadata)
    return found
