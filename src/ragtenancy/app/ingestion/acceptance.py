"""Making the document's row and its job for a stored upload."""

from __future__ import annotations

from ragtenancy.app.config.effective import ReadConfig
from ragtenancy.app.ingestion.uploads import Accepted, NewUpload
from ragtenancy.app.jobs.cancel import cancel_unfinished
from ragtenancy.domain.documents import Document, Upload
from ragtenancy.domain.errors import ConflictError, LimitError, NotFoundError, StaleWriteError
from ragtenancy.domain.ids import DocumentId, JobId
from ragtenancy.domain.jobs import RETRYABLE, Job
from ragtenancy.domain.tenant_config import EffectiveLimits
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.blobs import StoredBlob
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.documents import DocumentRepository
from ragtenancy.ports.ids import Ids
from ragtenancy.ports.jobs import JobRepository

MAX_WRITES = 5
PENDING_RETRY_AFTER = 2.0


class AcceptUpload:
    """Decides whether an upload is new, a replacement or there already, and records it."""

    def __init__(
        self,
        read_config: ReadConfig,
        documents: DocumentRepository,
        jobs: JobRepository,
        ids: Ids,
        clock: Clock,
    ) -> None:
        self._read_config = read_config
        self._documents = documents
        self._jobs = jobs
        self._ids = ids
        self._clock = clock

    async def __call__(
        self, scope: TenantScope, upload: NewUpload, stored: StoredBlob, media_type: str
    ) -> Accepted:
        """Return the job; its document's row is durable before it is."""
        for _ in range(MAX_WRITES):
            target = await self._target(scope, upload)
            known = target or await self._documents.find(
                scope, filename=upload.filename, content_hash=stored.content_hash
            )
            if known is not None and _same(known, upload, stored):
                same = await self._again(scope, known)
                if same is not None:
                    return same
            try:
                return await self._record(scope, target, upload, stored, media_type)
            except StaleWriteError:
                continue
        raise ConflictError("The document is changing too fast.", code="document_busy")

    async def _target(self, scope: TenantScope, upload: NewUpload) -> Document | None:
        if upload.document_id is None:
            return None
        document = await self._documents.get(scope, upload.document_id)
        if document is None or document.deleting:
            raise NotFoundError("There is no such document.")
        return document

    async def _again(self, scope: TenantScope, known: Document) -> Accepted | None:
        """Return the current job of an upload that is there already, retried if it had failed."""
        current = known.current()
        job = await self._jobs.get(scope, current.job_id) if current else None
        if job is None:
            return None
        if job.status in RETRYABLE:
            if known.pending is None or known.pending.job_id != job.job_id:
                return None
            await self._documents.save(scope, known.retried(job.job_id))
            job = await self._jobs.save(scope, job.retried(self._clock.now()))
        return Accepted(
            job_id=job.job_id,
            document_id=known.document_id,
            status=job.status,
            kept_upload=False,
        )

    async def _record(
        self,
        scope: TenantScope,
        target: Document | None,
        upload: NewUpload,
        stored: StoredBlob,
        media_type: str,
    ) -> Accepted:
        await self._require_room(scope, new=target is None)
        now = self._clock.now()
        received = Upload(
            version=target.next_version if target else 1,
            filename=upload.filename,
            media_type=media_type,
            content_hash=stored.content_hash,
            size=stored.size,
            blob=stored.name,
            metadata=dict(upload.metadata),
            uploaded_at=now,
            job_id=JobId(self._ids.new("job")),
        )
        document_id = await self._write(scope, target, received)
        job = Job(
            job_id=received.job_id,
            tenant_id=scope.tenant_id,
            tenant_uid=scope.tenant_uid,
            document_id=document_id,
            created_at=now,
            updated_at=now,
        )
        await self._jobs.add(scope, job)
        await self._supersede(scope, target)
        return Accepted(job_id=job.job_id, document_id=document_id)

    async def _write(
        self, scope: TenantScope, target: Document | None, received: Upload
    ) -> DocumentId:
        if target is not None:
            await self._documents.save(scope, target.replaced_by(received))
            return target.document_id
        document = Document(
            tenant_uid=scope.tenant_uid,
            document_id=DocumentId(self._ids.new("doc")),
            created_at=received.uploaded_at,
            pending=received,
        )
        await self._documents.add(scope, document)
        return document.document_id

    async def _supersede(self, scope: TenantScope, target: Document | None) -> None:
        """Cancel the job of an upload that a newer one overtook."""
        if target is not None and target.pending is not None:
            await cancel_unfinished(self._jobs, self._clock, scope, target.pending.job_id)

    async def _require_room(self, scope: TenantScope, *, new: bool) -> None:
        limits: EffectiveLimits = (await self._read_config(scope)).limits
        pending = await self._jobs.count_pending(scope)
        if pending >= limits.max_pending_jobs:
            raise LimitError(
                "Too many ingestion jobs are pending.",
                code="max_pending_jobs",
                retry_after=PENDING_RETRY_AFTER,
                limit=limits.max_pending_jobs,
            )
        if new and await self._documents.count(scope) >= limits.max_documents:
            raise LimitError(
                "The client holds as many documents as it may.",
                code="max_documents",
                retry_after=60.0,
                limit=limits.max_documents,
            )


def _same(known: Document, upload: NewUpload, stored: StoredBlob) -> bool:
    """Tell whether the document's newest upload has this name, these bytes and this metadata."""
    current = known.current()
    return (
        not known.deleting
        and current is not None
        and current.filename == upload.filename
        and current.content_hash == stored.content_hash
        and (not upload.metadata or dict(current.metadata) == dict(upload.metadata))
    )
