"""Accepting a stored upload: writing its document's record and its job."""

from __future__ import annotations

from contextlib import suppress

from msgspec import Struct, structs

from ragtenancy.app.intents import Intents
from ragtenancy.app.jobs.endings import cancel_unfinished
from ragtenancy.app.jobs.quota import JobQuota
from ragtenancy.app.optimistic_writes import retry_stale
from ragtenancy.domain.documents import Document, Metadata, Upload
from ragtenancy.domain.errors import (
    AlreadyExistsError,
    ConflictError,
    NotFoundError,
    StaleWriteError,
    UnavailableError,
)
from ragtenancy.domain.ids import ApiKeyId, DocumentId, JobId
from ragtenancy.domain.intents import Work
from ragtenancy.domain.jobs import RETRYABLE, Job, JobStatus, new_job
from ragtenancy.domain.tenant_config import EffectiveLimits
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.domain.usage import uploaded
from ragtenancy.ports.blobs import BlobStore, StoredBlob
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.documents import DocumentRepository
from ragtenancy.ports.ids import Ids
from ragtenancy.ports.job_signals import JobSignals
from ragtenancy.ports.jobs import JobRepository


class StoredUpload(Struct, frozen=True, kw_only=True):
    """An upload whose original is stored; `document_id` names the document to replace.

    `attached_to` as in `NewUpload`. `job_id` is the id of its job, if it gets one. Without metadata,
    it may repeat an upload with any; an attached file's are exactly its parent's.
    """

    document_id: DocumentId | None
    attached_to: DocumentId | None = None
    filename: str
    media_type: str
    metadata: Metadata
    blob: StoredBlob
    job_id: JobId
    key_id: ApiKeyId | None = None

    @property
    def is_attached(self) -> bool:
        """Whether it is a file inside another document's original."""
        return self.attached_to is not None

    def is_held_by(self, document: Document) -> bool:
        """Return whether it repeats a document's newest upload."""
        is_any = not self.metadata and not self.is_attached
        metadata = None if is_any else self.metadata
        return document.holds_upload(self.filename, self.blob.content_hash, metadata)


class Accepted(Struct, frozen=True, kw_only=True):
    """The job and the document; `kept_upload` is false if both existed already."""

    job_id: JobId
    document_id: DocumentId
    status: JobStatus = JobStatus.QUEUED
    kept_upload: bool = True
    replayed: bool = False


class Acceptance:
    """Decides whether an upload is new, a replacement or a repetition, and records it."""

    def __init__(
        self,
        quota: JobQuota,
        documents: DocumentRepository,
        jobs: JobRepository,
        blobs: BlobStore,
        signals: JobSignals,
        intents: Intents,
        ids: Ids,
        clock: Clock,
    ) -> None:
        self._quota = quota
        self._documents = documents
        self._jobs = jobs
        self._blobs = blobs
        self._signals = signals
        self._intents = intents
        self._ids = ids
        self._clock = clock

    async def accept(self, scope: TenantScope, upload: StoredUpload) -> Accepted:
        """Return the job; its document's record is written durably first.

        Raises `NotFoundError` for an unknown document to replace, `LimitError`, and
        `ConflictError` (`document_busy`) if other requests keep changing the document.
        """
        busy = ConflictError(
            "Other requests keep changing this document; try again.",
            code="document_busy",
            retry_after=1.0,
        )
        async with self._quota.locked(scope):
            accepted = await retry_stale(lambda: self._accept(scope, upload), busy)
        if accepted.status is JobStatus.QUEUED:
            await self._signals.submitted(scope, accepted.job_id)
        return accepted

    async def _accept(self, scope: TenantScope, upload: StoredUpload) -> Accepted:
        known = await self._known(scope, upload)
        if known is not None and upload.is_held_by(known):
            return await self._repeat(scope, known, attached=upload.is_attached)
        received = self._received(known, upload)
        if known is not None and known.pending is not None:
            return await self._overtake(scope, known, known.pending, upload, received)
        return await self._record(scope, known, upload, received)

    async def _known(self, scope: TenantScope, upload: StoredUpload) -> Document | None:
        """Return the document that the upload names, or one that holds the same file."""
        if upload.document_id is not None:
            document = await self._documents.get(scope, upload.document_id)
            if upload.attached_to is not None:
                return None if document is None else _of_parent(document, upload.attached_to)
            if document is None or document.deleting:
                raise NotFoundError("There is no such document.")
            return document
        found = await self._documents.find(
            scope, filename=upload.filename, content_hash=upload.blob.content_hash
        )
        return None if found is None or found.deleting or found.attached_to else found

    async def _repeat(self, scope: TenantScope, known: Document, *, attached: bool) -> Accepted:
        """Return the current job of an upload that already exists; retry it if it had failed."""
        current = known.newest
        job = await self._jobs.get(scope, current.job_id)
        if job is None:
            job = await self._enqueue(scope, known.document_id, current)
        if job.status in RETRYABLE and known.pending == current:
            await self._quota.require(scope, attached=attached)
            await self._documents.save(scope, known.retried(job.job_id))
            job = await self._jobs.save(scope, job.retried(self._clock.now()))
        return Accepted(
            job_id=job.job_id,
            document_id=known.document_id,
            status=job.status,
            kept_upload=False,
        )

    def _received(self, target: Document | None, upload: StoredUpload) -> Upload:
        return Upload(
            version=target.next_version if target else 1,
            filename=upload.filename,
            media_type=upload.media_type,
            content_hash=upload.blob.content_hash,
            size=upload.blob.size,
            blob=upload.blob.name,
            metadata=dict(upload.metadata),
            uploaded_at=self._clock.now(),
            job_id=upload.job_id,
            key_id=upload.key_id,
        )

    async def _record(
        self,
        scope: TenantScope,
        target: Document | None,
        upload: StoredUpload,
        received: Upload,
    ) -> Accepted:
        limits = await self._quota.require(scope, attached=upload.is_attached)
        document_id = await self._write(scope, target, upload, received, limits)
        if target is None and not upload.is_attached:
            await self._require_first(scope, document_id, received)
        job = await self._enqueue(scope, document_id, received)
        return Accepted(job_id=job.job_id, document_id=document_id)

    async def _overtake(
        self,
        scope: TenantScope,
        target: Document,
        former: Upload,
        upload: StoredUpload,
        received: Upload,
    ) -> Accepted:
        """Record a newer upload; cancel the job and drop the original of the one it overtakes.

        The newer upload is durable by then, so a failed cleanup does not fail it: the former
        job's next write finds the job overtaken, and the sweeper drops the original.
        """
        intent = await self._intents.open(
            scope,
            Work.STAGE,
            received.job_id,
            document_id=target.document_id,
            blobs=[former.blob],
        )
        accepted = await self._record(scope, target, upload, received)
        with suppress(UnavailableError):
            await cancel_unfinished(self._jobs, self._clock, scope, former.job_id)
            await self._blobs.delete(scope, former.blob)
            await self._intents.close(scope, intent)
        return accepted

    async def _write(
        self,
        scope: TenantScope,
        target: Document | None,
        upload: StoredUpload,
        received: Upload,
        limits: EffectiveLimits,
    ) -> DocumentId:
        used = [] if upload.is_attached else [uploaded(upload.key_id, received.uploaded_at)]
        if target is not None:
            newer = structs.replace(target.replaced_by(received), attached_to=upload.attached_to)
            await self._documents.save(scope, newer, used)
            return target.document_id
        document = Document(
            tenant_uid=scope.tenant_uid,
            document_id=upload.document_id or DocumentId(self._ids.new("doc")),
            attached_to=upload.attached_to,
            created_at=received.uploaded_at,
            pending=received,
        )
        try:
            await self._documents.add(scope, document, used, most=limits.max_documents)
        except AlreadyExistsError:
            raise StaleWriteError("Another attempt adds the same attached file.") from None
        return document.document_id

    async def _enqueue(self, scope: TenantScope, document_id: DocumentId, upload: Upload) -> Job:
        """Write the job durably, unless another request has: it may finish an interrupted upload."""
        now = self._clock.now()
        job = new_job(scope, document_id, upload.job_id, now, size=upload.size)
        with suppress(AlreadyExistsError):
            await self._jobs.add(scope, job)
        return job

    async def _require_first(
        self, scope: TenantScope, document_id: DocumentId, received: Upload
    ) -> None:
        """Withdraw the record if another request accepted the same file at the same time."""
        first = await self._documents.find(
            scope, filename=received.filename, content_hash=received.content_hash
        )
        if first is None or first.document_id == document_id:
            return
        if not first.deleting and first.attached_to is None:
            withdrawn = uploaded(received.key_id, received.uploaded_at, -1)
            await self._documents.remove(scope, document_id, [withdrawn])
            raise StaleWriteError("Another request is uploading the same file.")


def _of_parent(document: Document, parent_id: DocumentId) -> Document:
    """Return an attached file's document; raise `ConflictError` if it is another's now, or none."""
    document.require_live()
    if document.attached_to != parent_id:
        raise ConflictError("An upload has replaced it by a document of its own.")
    return document
