"""The bundle format: its members, their encoding, and their validation on import.

Members: `client/client.json`; `configs/<version>.json`; for each active document
`documents/<n>.json`, `originals/<n>.bin`, `chunks/<n>.jsonl` and `vectors/<n>.npy`; and
`sessions/<n>.jsonl`, a session's record followed by its turns. Files of a document come after it.
A bundle is untrusted input.
"""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Generic, TypeVar

import msgspec
import numpy as np
from msgspec import DecodeError, Struct, ValidationError

from ragtenancy.domain import ids
from ragtenancy.domain.bounds import bounded, malformed, require_within
from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.conversations import Conversation, Turn
from ragtenancy.domain.documents import ActiveVersion, BoundedMetadata, Document, require_filename
from ragtenancy.domain.errors import ConflictError, InvalidError, MalformedError, StaleWriteError
from ragtenancy.domain.feedback import NewFeedback
from ragtenancy.domain.ids import BoundedBlobName, BoundedRevision, MadeId
from ragtenancy.domain.query import Question
from ragtenancy.domain.tenant_config import ConfigVersion
from ragtenancy.domain.tenants import tenant_name
from ragtenancy.persistence.record_codec import RecordCodec
from ragtenancy.ports.bundles import BundleReader
from ragtenancy.ports.embeddings import Vectors
from ragtenancy.wire.configs import ConfigInput

Record = TypeVar("Record", bound=Struct)
CLIENT = "client/client.json"
BAD = "bad_bundle"
LONGEST_NAME = 500


class BundledClient(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The bundled client, and the numbers of its bundled configurations, documents and sessions."""

    client_id: str
    name: str
    configs: int = 0
    documents: int = 0
    sessions: int = 0


class Lines(Generic[Record]):
    """Codec for records as lines of JSON."""

    def __init__(self, kind: type[Record]) -> None:
        self._codec = RecordCodec(kind)

    def encode(self, record: Record) -> bytes:
        """Return a record as a line."""
        return msgspec.json.encode(self._codec.as_json(record)) + b"\n"

    def decode(self, line: bytes) -> Record:
        """Return a line's record. Raises `MalformedError`."""
        return self.made(decoded(line))

    def made(self, value: object) -> Record:
        """Return the record of a decoded line. Raises `MalformedError`."""
        try:
            return self._codec.of_json(value)
        except ValidationError as error:
            raise malformed(error) from error


class Versions(Lines[ConfigVersion]):
    """Codec for configuration versions, with the same checks and messages as `PUT config`."""

    def made(self, value: object) -> ConfigVersion:
        """Return the version. Raises `MalformedError`, `InvalidError`."""
        whole = value if isinstance(value, dict) else {}
        for name in sorted(whole.keys() - set(ConfigVersion.__struct_fields__)):
            raise MalformedError(f"`{name}` is not a known field.", field=f"$.{name}")
        config = bounded(whole.get("config"), ConfigInput).filled()
        return super().made({**whole, "config": config})


CLIENTS = Lines(BundledClient)
CONFIGS = Versions(ConfigVersion)
DOCUMENTS = Lines(Document)
CHUNKS = Lines(Chunk)
SESSIONS = Lines(Conversation)
TURNS = Lines(Turn)


async def whole(bundle: BundleReader, name: str) -> bytes:
    """Return a member's bytes."""
    return b"".join([piece async for piece in bundle.read(name)])


async def once(body: bytes) -> AsyncIterator[bytes]:
    """Yield `body` as a single piece."""
    yield body


def packed(vectors: Vectors) -> bytes:
    """Return vectors as a NumPy file, float32, little-endian."""
    file = io.BytesIO()
    np.save(file, np.ascontiguousarray(vectors, np.dtype("<f4")), allow_pickle=False)
    return file.getvalue()


def unpacked(body: bytes, count: int) -> Vectors:
    """Return the vectors of a document with `count` chunks. Raises `MalformedError`."""
    try:
        vectors = np.load(io.BytesIO(body), allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise bad("its vectors cannot be read") from error
    if vectors.dtype != np.dtype("<f4") or vectors.ndim != 2 or len(vectors) != count:
        raise bad("the shape of its vectors does not match its chunks")
    if not np.isfinite(vectors).all():
        raise bad("its vectors are not finite")
    return np.ascontiguousarray(vectors, np.float32)


def decoded(line: bytes) -> object:
    """Decode JSON without duplicate fields. Raises `MalformedError`."""
    try:
        value = msgspec.json.decode(line)
        json.loads(line, object_pairs_hook=_unique)
    except RecursionError:
        raise MalformedError("It is nested too deeply.") from None
    except (DecodeError, ValueError) as error:
        raise MalformedError("It is not valid JSON.") from error
    return value


def _unique(pairs: Sequence[tuple[str, object]]) -> None:
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            raise MalformedError(f"The field `{name[:100]}` is given twice.", field=name[:100])
        seen.add(name)


def bad(detail: str) -> MalformedError:
    """Return the error for an inconsistent bundle."""
    return MalformedError(f"The bundle is refused: {detail}.", code=BAD)


def split(body: bytes) -> Sequence[bytes]:
    """Return a member's lines."""
    return [line for line in body.split(b"\n") if line]


@contextmanager
def refusing(member: str) -> Iterator[None]:
    """Convert errors in a member's record to `bad_bundle`, naming the member."""
    try:
        yield
    except (MalformedError, InvalidError, ConflictError, StaleWriteError) as error:
        if error.reason == BAD:
            raise
        raise bad(f"{member}: {error.detail.rstrip('.')}") from error


def require_client(facts: BundledClient) -> None:
    """Raise `MalformedError` unless the client's id and name are valid."""
    ids.tenant_id(facts.client_id)
    tenant_name(facts.name)


def require_document(document: Document, active: ActiveVersion) -> None:
    """Raise `MalformedError` unless the document's record is as valid as an uploaded one's."""
    upload = active.upload
    require_within(document.document_id, MadeId, "document_id")
    require_within(upload.job_id, MadeId, "job_id")
    require_within(upload.blob, BoundedBlobName, "blob")
    require_within(active.revision, BoundedRevision, "revision")
    _require(0 < len(active.embedding_fingerprint) <= LONGEST_NAME, "the embedding fingerprint")
    _require(len(upload.media_type) <= LONGEST_NAME, "the media type")
    _require(upload.version > 0 and document.version > 0, "a version number")
    _require(active.images_processed >= 0, "the number of pictures")
    for attached in (document.attached_to, *document.files):
        require_within(attached, MadeId | None, "attached document")
    is_attached = document.attached_to is not None
    _require(not (is_attached and document.files), "the files of an attached document")
    require_filename(upload.filename)
    require_within(upload.metadata, BoundedMetadata, "metadata")
    require_plain(document)


def require_chunks(document: Document, active: ActiveVersion, chunks: Sequence[Chunk]) -> None:
    """Raise `MalformedError` unless these are all the chunks of the document's active version."""
    _require(active.total_chunks == len(chunks), "the number of chunks")
    for ordinal, chunk in enumerate(chunks):
        place = (chunk.document_id, chunk.revision, chunk.ordinal)
        _require(place == (document.document_id, active.revision, ordinal), "a chunk's place")
        _require(
            chunk.section_ordinal >= 0 and chunk.token_count >= 0,
            "a chunk's section or token number",
        )
        require_plain(chunk)


def require_session(session: Conversation, turns: Sequence[Turn]) -> None:
    """Raise `MalformedError` unless the session's record is as valid as one held here."""
    ids.session_id(session.session_id)
    if session.user_id is not None:
        ids.user_id(session.user_id)
    require_plain(session)
    for index, turn in enumerate(turns):
        _require(turn.index == index, "the order of turns")
        _require(
            [s.index for s in turn.sources] == list(range(1, len(turn.sources) + 1)),
            "the numbering of sources",
        )
        require_within(turn.question, Question, "question")
        require_within(turn.feedback, NewFeedback | None, "feedback")
        require_plain(turn)


def require_plain(record: Struct) -> None:
    """Raise `MalformedError` for a time without a zone, or text with a NUL character."""
    _walk(msgspec.to_builtins(record, builtin_types=(datetime, bytes)))


def _walk(value: object) -> None:
    if isinstance(value, datetime):
        _require(value.tzinfo is not None, "a time without a zone")
    elif isinstance(value, str):
        _require("\0" not in value, "a text with a NUL character")
    elif isinstance(value, Mapping):
        for name, item in value.items():
            _walk(name)
            _walk(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _walk(item)


def _require(holds: object, what: str) -> None:
    if not holds:
        raise MalformedError(f"{what} is invalid.")
