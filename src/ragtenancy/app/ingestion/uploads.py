"""An upload as it arrives and what its sender is told."""

from __future__ import annotations

from collections.abc import AsyncIterator

from msgspec import Struct, field

from ragtenancy.domain.bounds import require_within
from ragtenancy.domain.documents import BoundedMetadata, Metadata, require_filename
from ragtenancy.domain.idempotency import IdempotencyKey
from ragtenancy.domain.ids import BoundedDocumentId, DocumentId, JobId
from ragtenancy.domain.jobs import JobStatus
from ragtenancy.ports.blobs import StoredBlob


class NewUpload(Struct, frozen=True, kw_only=True):
    """A file as it arrives; `document_id` names the document to replace.

    Raises `MalformedError` for a name, metadata or an id out of its bounds.
    """

    filename: str
    body: AsyncIterator[bytes]
    document_id: DocumentId | None = None
    metadata: Metadata = field(default_factory=dict)
    idempotency_key: str | None = None

    def __post_init__(self) -> None:
        """Keep to the bounds."""
        require_filename(self.filename)
        require_within(self.metadata, BoundedMetadata, "metadata")
        require_within(self.document_id, BoundedDocumentId | None, "document_id")
        require_within(self.idempotency_key, IdempotencyKey | None, "idempotency_key")


class Original(Struct, frozen=True, kw_only=True):
    """The stored bytes of an upload, their media type, and the id that its job takes."""

    stored: StoredBlob
    media_type: str
    job_id: JobId


class Accepted(Struct, frozen=True, kw_only=True):
    """The job and the document; `kept_upload` is false when both were there already."""

    job_id: JobId
    document_id: DocumentId
    status: JobStatus = JobStatus.QUEUED
    kept_upload: bool = True
    replayed: bool = False
