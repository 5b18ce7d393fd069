"""A document: at most one active version, which answers, and at most one pending upload."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct, field, structs

from ragtenancy.domain.bounds import MAX_SAFE_INTEGER, UNPRINTABLE, holds
from ragtenancy.domain.charsets import CHARSET
from ragtenancy.domain.errors import ConflictError, LeaseLostError, MalformedError
from ragtenancy.domain.ids import (
    ApiKeyId,
    BlobName,
    ContentHash,
    DocumentId,
    Fingerprint,
    JobId,
    Revision,
    TenantUid,
    revision,
)

CANCELLED = "cancelled"
MIGRATED_TEXT: Mapping[str, str] = {"stored_original": "text"}
ORIGINAL_MISSING = "original_missing"
MAX_FILENAME = 255
MetadataValue = str | int | float | bool
Metadata = Mapping[str, MetadataValue]
MetadataKey = Annotated[str, Meta(min_length=1, max_length=128)]
ShortText = Annotated[str, Meta(max_length=1_000)]
Integer = Annotated[int, Meta(ge=-MAX_SAFE_INTEGER, le=MAX_SAFE_INTEGER)]
BoundedValue = ShortText | Integer | float | bool
MAX_METADATA = 64
BoundedMetadata = Annotated[Mapping[MetadataKey, BoundedValue], Meta(max_length=MAX_METADATA)]

_FILENAME = Annotated[str, Meta(pattern=rf"\A[^{UNPRINTABLE}]{{1,{MAX_FILENAME}}}\Z")]


def require_filename(name: str) -> None:
    """Raise `MalformedError` unless it has 1 to 255 printable characters."""
    if not holds(name, _FILENAME):
        raise MalformedError(f"A filename must have 1 to {MAX_FILENAME} printable characters.")


class DocumentStatus(StrEnum):
    """A document's status as a client sees it."""

    PROCESSING = "processing"
    ACTIVE = "active"
    FAILED = "failed"
    CANCELLED = "cancelled"
    DELETING = "deleting"


class Upload(Struct, frozen=True, kw_only=True):
    """The original of one version, as it was received; `key_id` is the key that it came with."""

    version: int
    filename: str
    media_type: str
    content_hash: ContentHash
    size: int
    blob: BlobName
    metadata: Metadata = field(default_factory=dict)
    uploaded_at: datetime
    job_id: JobId
    key_id: ApiKeyId | None = None

    @property
    def charset(self) -> str | None:
        """The encoding of a text, as the uploader declared it."""
        declared = self.metadata.get(CHARSET)
        return declared if isinstance(declared, str) else None

    @property
    def original_name(self) -> str:
        """The name of the stored file: of a migrated document, that is its text alone."""
        is_text = MIGRATED_TEXT.items() <= self.metadata.items()
        if not is_text or self.filename.endswith(".txt"):
            return self.filename
        return f"{self.filename[: MAX_FILENAME - len('.txt')]}.txt"


class ActiveVersion(Struct, frozen=True, kw_only=True):
    """The version that answers: its original, its revision and the results of ingestion.

    `read_by` identifies the readers and settings that made its chunks from the original, "" in
    older records.
    """

    upload: Upload
    revision: Revision
    total_chunks: int
    images_processed: int = 0
    warnings: Sequence[str] = ()
    embedding_fingerprint: Fingerprint
    read_by: str = ""


class Successor(Struct, frozen=True, kw_only=True):
    """The active version by another embedding model, staged beside it.

    `total_chunks` is None until it is completely stored.
    """

    revision: Revision
    embedding_fingerprint: Fingerprint
    total_chunks: int | None = None


class Document(Struct, frozen=True, kw_only=True):
    """A client's document.

    `pending` is the newest upload that is not active yet; `pending_error` the code with which its
    job failed or was cancelled. `fence` is the highest lease that worked on the pending upload:
    only that lease may publish. `successor` takes the active version's place when the tenant
    switches to its model (domain/reindexing.py); `successor_fence` is the highest fence of any
    successor. `version` is the record's own, for optimistic concurrency.

    `attachments` are the documents made of files inside the original, of former versions too until
    these are removed; `announced` are those that reading the original again is about to add.
    `attached_to` is the document whose file this was (domain/attachments.py).
    """

    tenant_uid: TenantUid
    document_id: DocumentId
    created_at: datetime
    active: ActiveVersion | None = None
    pending: Upload | None = None
    pending_error: str | None = None
    fence: int = 0
    successor: Successor | None = None
    successor_fence: int = 0
    attached_to: DocumentId | None = None
    attachments: Sequence[DocumentId] = ()
    announced: Sequence[DocumentId] = ()
    deleting: bool = False
    version: int = 1

    @property
    def status(self) -> DocumentStatus:
        """A document with an active version stays active whatever later jobs do."""
        if self.deleting:
            return DocumentStatus.DELETING
        if self.active is not None:
            return DocumentStatus.ACTIVE
        if self.pending_error == CANCELLED:
            return DocumentStatus.CANCELLED
        return DocumentStatus.FAILED if self.pending_error else DocumentStatus.PROCESSING

    @property
    def active_revision(self) -> Revision | None:
        """The revision that answers; None once the document is being deleted."""
        return self.active.revision if self.active and not self.deleting else None

    @property
    def live_revisions(self) -> frozenset[Revision]:
        """The revisions to keep: the active one and those being staged."""
        staging = succeeding = None
        if self.pending and self.fence and not self.pending_error:
            staging = revision(self.pending.version, self.fence)
        if self.successor and not self.deleting:
            succeeding = self.successor.revision
        return frozenset(r for r in (self.active_revision, staging, succeeding) if r)

    @property
    def blobs(self) -> frozenset[BlobName]:
        """The document's originals."""
        uploads = (self.pending, self.active and self.active.upload)
        return frozenset(upload.blob for upload in uploads if upload)

    @property
    def files(self) -> Sequence[DocumentId]:
        """All documents that may have been made of files inside the original."""
        return tuple(dict.fromkeys((*self.attachments, *self.announced)))

    @property
    def shown(self) -> Upload:
        """The upload shown to a client: the active one, else the pending one."""
        upload = self.active.upload if self.active else self.pending
        if upload is None:
            raise ConflictError("The document has no version.")
        return upload

    @property
    def next_version(self) -> int:
        """The version number of the next upload."""
        versions = [u.version for u in (self.pending, self.active and self.active.upload) if u]
        return max(versions, default=0) + 1

    def current(self) -> Upload | None:
        """The newest upload, active or pending; None if the record holds none."""
        return self.pending or (self.active.upload if self.active else None)

    @property
    def newest(self) -> Upload:
        """The newest upload; raise `ConflictError` if the record holds none."""
        upload = self.current()
        if upload is None:
            raise ConflictError("The document has no version.")
        return upload

    def holds_upload(
        self, filename: str, content_hash: ContentHash, metadata: Metadata | None
    ) -> bool:
        """Return whether the newest upload has this name, content and metadata.

        Metadata of None matches any. An upload whose original was lost matches nothing: it can only
        be replaced.
        """
        newest = self.newest
        return (
            self.pending_error != ORIGINAL_MISSING
            and newest.filename == filename
            and newest.content_hash == content_hash
            and (metadata is None or dict(newest.metadata) == dict(metadata))
        )

    def replaced_by(self, upload: Upload) -> Document:
        """Return the document with a newer pending upload; the active version still answers."""
        self.require_live()
        return structs.replace(self, pending=upload, pending_error=None, fence=0)

    def claimed(self, job_id: JobId, fence: int) -> Document:
        """Return the document claimed with a worker's fence.

        Raises `LeaseLostError` if the upload was superseded or cancelled: only a retry revives it.
        """
        self._require_pending(job_id)
        if self.pending_error == CANCELLED:
            raise LeaseLostError("The upload was cancelled.")
        if fence < self.fence:
            raise LeaseLostError("A later attempt is working on this document.")
        return structs.replace(self, fence=fence, pending_error=None)

    def published(
        self,
        job_id: JobId,
        fence: int,
        active: ActiveVersion,
        attachments: Sequence[DocumentId] = (),
    ) -> Document:
        """Return the document answering from a new revision; raise `LeaseLostError`."""
        self._require_pending(job_id)
        if fence != self.fence or self.pending_error:
            raise LeaseLostError("The upload was superseded or cancelled.")
        return structs.replace(
            self.attaching(attachments),
            active=active,
            pending=None,
            pending_error=None,
            fence=0,
            successor=None,
        )

    def attaching(self, attachments: Sequence[DocumentId]) -> Document:
        """Return the document with attachments, before those of its former version."""
        every = tuple(dict.fromkeys((*attachments, *self.files)))
        return structs.replace(self, attachments=every, announced=())

    def announcing(self, attachments: Sequence[DocumentId]) -> Document:
        """Return the document with attachments that are about to be submitted."""
        return structs.replace(self, announced=tuple(attachments))

    def detached(self, former: Sequence[DocumentId]) -> Document:
        """Return the document without attachments that were removed."""
        kept = tuple(each for each in self.attachments if each not in former)
        return structs.replace(self, attachments=kept)

    def failed(self, job_id: JobId, code: str, *, fence: int | None = None) -> Document:
        """Return the document with its pending upload marked as failed, if the job owns it.

        With a fence, only if that attempt is the latest one.
        """
        if self.pending is None or self.pending.job_id != job_id:
            return self
        if fence is not None and fence != self.fence:
            return self
        return structs.replace(self, pending_error=code)

    def retried(self, job_id: JobId) -> Document:
        """Return the document with its failed upload pending again."""
        self._require_pending(job_id)
        return structs.replace(self, pending_error=None)

    def deleted(self) -> Document:
        """Return the document hidden from every answer, pending removal."""
        return structs.replace(self, deleting=True)

    def require_live(self) -> None:
        """Raise `ConflictError` if the document is being deleted."""
        if self.deleting:
            raise ConflictError("The document is being deleted.", code="document_deleting")

    def _require_pending(self, job_id: JobId) -> None:
        if self.deleting or self.pending is None or self.pending.job_id != job_id:
            raise LeaseLostError("The document no longer waits for this upload.")


class Change(Struct, frozen=True, kw_only=True):
    """An entry in a tenant's change log: at `generation` a document moved between revisions."""

    generation: int
    document_id: DocumentId
    old_revision: Revision | None
    new_revision: Revision | None


class ManifestEntry(Struct, frozen=True, kw_only=True):
    """The facts about an active document that search needs."""

    document_id: DocumentId
    revision: Revision
    filename: str
    version: int
    metadata: Metadata = field(default_factory=dict)
    total_chunks: int
    embedding_fingerprint: Fingerprint


class ManifestDelta(Struct, frozen=True, kw_only=True):
    """How the active documents changed after `since` up to `generation`.

    `whole` is true when it lists every active document instead of a difference. `active` holds
    the present entry of each changed document, `removed` those that no longer answer.
    """

    generation: int
    whole: bool
    active: Sequence[ManifestEntry] = ()
    removed: Sequence[DocumentId] = ()


def manifest_entry(document: Document) -> ManifestEntry | None:
    """Return a document's manifest entry, None if it has no active version."""
    active = document.active
    if active is None or document.deleting:
        return None
    return ManifestEntry(
        document_id=document.document_id,
        revision=active.revision,
        filename=active.upload.filename,
        version=active.upload.version,
        metadata=active.upload.metadata,
        total_chunks=active.total_chunks,
        embedding_fingerprint=active.embedding_fingerprint,
    )
