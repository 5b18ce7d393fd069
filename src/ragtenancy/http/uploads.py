"""Receiving uploads: multipart/form-data parsed as it arrives, the file spooled to disk."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from tempfile import SpooledTemporaryFile

from msgspec import Struct
from multipart import (  # type: ignore[import-untyped] # it has no stubs
    MultipartError,
    MultipartSegment,
    PushMultipartParser,
)

from ragtenancy.domain.bounds import holds
from ragtenancy.domain.documents import Metadata
from ragtenancy.domain.errors import MalformedError, TooLargeError, UnsupportedError
from ragtenancy.domain.ids import BoundedDocumentId, DocumentId
from ragtenancy.http.requests import AnyRequest, declared_length, decode_json, pieces
from ragtenancy.wire import fields as wire

MAX_FIELD_BYTES = 8_000
OVERHEAD = 32_000
IN_MEMORY = 1_000_000
PIECE = 65_536
FIELDS = frozenset({"document_id", "metadata"})
_BOUNDARY = re.compile(
    r"multipart/form-data\s*;.*?\bboundary=(?:\"([^\"]{1,200})\"|([^\s;\"]{1,200}))", re.IGNORECASE
)


class ReceivedFile:
    """A file's name as sent, and its bytes; those beyond `limit` are counted, not kept."""

    def __init__(self, name: str, limit: int, in_memory: int) -> None:
        self.name = name
        self.file = SpooledTemporaryFile(max_size=in_memory)  # noqa: SIM115 - closed by `close`
        self.limit = limit
        self._size = 0

    @property
    def is_too_large(self) -> bool:
        """Whether it is larger than the limit."""
        return self._size > self.limit

    async def write(self, piece: bytes) -> None:
        """Add a piece."""
        self._size += len(piece)
        if not self.is_too_large:
            await asyncio.to_thread(self.file.write, piece)

    async def body(self) -> AsyncIterator[bytes]:
        """Yield the bytes in pieces. Raises `TooLargeError`."""
        if self.is_too_large:
            raise too_large(self.limit)
        await asyncio.to_thread(self.file.seek, 0)
        while piece := await asyncio.to_thread(self.file.read, PIECE):
            yield piece

    async def close(self) -> None:
        """Remove the bytes."""
        await asyncio.to_thread(self.file.close)


class FormLimits(Struct, frozen=True, kw_only=True):
    """Bounds on a form: its files, and the bytes of each and of all."""

    files: int = 1
    file_bytes: int
    total_bytes: int


class ReceivedForm(Struct, kw_only=True):
    """The files in order, and the other fields as received."""

    limits: FormLimits
    known: frozenset[str]
    files: list[ReceivedFile]
    fields: dict[str, bytearray]

    @property
    def file(self) -> ReceivedFile:
        """The first file."""
        return self.files[0]


class _Parts:
    """Handles the parser's events in order."""

    def __init__(self, form: ReceivedForm) -> None:
        self._form = form
        self._field: bytearray | None = None

    async def take(self, event: MultipartSegment | bytes | bytearray | None) -> None:
        if isinstance(event, MultipartSegment):
            self._begin(event)
        elif event is not None and self._field is None:
            await self._form.files[-1].write(bytes(event))
        elif event is not None and self._field is not None:
            self._field += event
            if len(self._field) > MAX_FIELD_BYTES:
                raise MalformedError("A field is too long.", limit=MAX_FIELD_BYTES)

    def _begin(self, part: MultipartSegment) -> None:
        name = part.name or ""
        if name == "file":
            self._begin_file(part.filename)
            return
        if name not in self._form.known:
            known = sorted({"file", *self._form.known})
            raise MalformedError(f"A field is unknown; use {', '.join(known)}.")
        if name in self._form.fields:
            raise MalformedError(f"{name} is given twice.", field=name)
        if part.filename is not None:
            raise MalformedError(f"{name} must be text, not a file.", field=name)
        self._field = self._form.fields[name] = bytearray()

    def _begin_file(self, filename: str | None) -> None:
        limits = self._form.limits
        if len(self._form.files) == limits.files:
            most = (
                "Exactly one file is" if limits.files == 1 else f"At most {limits.files} files are"
            )
            raise MalformedError(f"{most} expected.", field="file")
        if filename is None:
            raise MalformedError("The field `file` must be a file with a filename.", field="file")
        kept = IN_MEMORY // limits.files
        self._form.files.append(ReceivedFile(filename, limits.file_bytes, kept))
        self._field = None


@asynccontextmanager
async def received(
    request: AnyRequest, limits: FormLimits, known: frozenset[str] = FIELDS
) -> AsyncIterator[ReceivedForm]:
    """Yield a request's form, with `known` fields; its files are removed when the context closes.

    A file over its limit is refused where its bytes are used. Raises `TooLargeError` if all
    together are over theirs, before reading if the declared length is; `MalformedError` for a
    malformed form; `UnsupportedError` for a body that is not a form.
    """
    boundary = _boundary(request.headers.get("content-type", ""))
    if (declared_length(request) or 0) > limits.total_bytes + OVERHEAD:
        raise too_large(limits.total_bytes)
    form = ReceivedForm(limits=limits, known=known, files=[], fields={})
    try:
        await _parse(request, boundary, form)
        if not form.files:
            raise MalformedError("The file is missing.", field="file")
        yield form
    finally:
        for file in form.files:
            await asyncio.shield(file.close())


def too_large(limit: int) -> TooLargeError:
    """Return the error for a file over the limit in bytes."""
    return TooLargeError("The file is larger than this client may upload.", limit=limit)


async def _parse(request: AnyRequest, boundary: str, form: ReceivedForm) -> None:
    parts = _Parts(form)
    read = 0
    try:
        parser = PushMultipartParser(
            boundary, max_segment_count=form.limits.files + len(form.known) + 4
        )
        async for piece in pieces(request):
            read += len(piece)
            if read > form.limits.total_bytes + OVERHEAD:
                raise too_large(form.limits.total_bytes)
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
