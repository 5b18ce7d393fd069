"""What a bundle's records must be before they are stored: they come from a stranger."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

import msgspec
from msgspec import Struct

from ragtenancy.app.migration import members
from ragtenancy.domain import ids
from ragtenancy.domain.bounds import require_within
from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.conversations import Conversation, Turn
from ragtenancy.domain.documents import ActiveVersion, BoundedMetadata, Document, require_filename
from ragtenancy.domain.errors import ConflictError, InvalidError, MalformedError, StaleWriteError
from ragtenancy.domain.ids import BoundedBlobName, BoundedRevision, MadeId
from ragtenancy.domain.query import Question
from ragtenancy.domain.tenants import tenant_name

LONGEST_NAME = 500


@contextmanager
def refusing(member: str) -> Iterator[None]:
    """Tell of whatever a member's record is refused for as of a bad bundle, naming the member."""
    try:
        yield
    except (MalformedError, InvalidError, ConflictError, StaleWriteError) as error:
        if error.reason == members.BAD:
            raise
        raise members.bad(f"{member}: {error.detail.rstrip('.')}") from error


def require_client(facts: members.BundledClient) -> None:
    """Raise `MalformedError` unless the client could be made of the facts."""
    ids.tenant_id(facts.client_id)
    tenant_name(facts.name)


def require_document(document: Document, active: ActiveVersion) -> None:
    """Raise `MalformedError` unless the document is as one that was uploaded here."""
    upload = active.upload
    require_within(document.document_id, MadeId, "document_id")
    require_within(upload.job_id, MadeId, "job_id")
    require_within(upload.blob, BoundedBlobName, "blob")
    require_within(active.revision, BoundedRevision, "revision")
    _require(0 < len(active.embedding_fingerprint) <= LONGEST_NAME, "an embedding fingerprint")
    _require(len(upload.media_type) <= LONGEST_NAME, "a media type")
    _require(upload.version > 0 and document.version > 0, "a version")
    _require(active.images_processed >= 0, "a number of pictures")
    require_filename(upload.filename)
    require_within(upload.metadata, BoundedMetadata, "metadata")
    require_plain(document)


def require_chunks(document: Document, active: ActiveVersion, chunks: Sequence[Chunk]) -> None:
    """Raise `MalformedError` unless they are all chunks of the document's active version."""
    _require(active.total_chunks == len(chunks), "the number of chunks")
    for ordinal, chunk in enumerate(chunks):
        place = (chunk.document_id, chunk.revision, chunk.ordinal)
        _require(place == (document.document_id, active.revision, ordinal), "a chunk's place")
        _require(chunk.section_ordinal >= 0 and chunk.token_count >= 0, "a chunk's number")
        require_plain(chunk)


def require_session(session: Conversation, turns: Sequence[Turn]) -> None:
    """Raise `MalformedError` unless it is a session as one that was held here."""
    ids.session_id(session.session_id)
    if session.user_id is not None:
        ids.user_id(session.user_id)
    require_plain(session)
    for index, turn in enumerate(turns):
        _require(turn.index == index, "the order of turns")
        _require(
            [s.index for s in turn.sources] == list(range(1, len(turn.sources) + 1)), "sources"
        )
        require_within(turn.question, Question, "question")
        require_plain(turn)


def require_plain(record: Struct) -> None:
    """Raise `MalformedError` for a time without a zone, or a text with a NUL character."""
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
        raise MalformedError(f"{what} is not of its form.")
