"""One attempt at one job: claim, stage, publish, settle, clean up."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from ragtenancy.app.config.tenant_embedder import TenantEmbedder
from ragtenancy.app.ingestion.attachments import Attachments
from ragtenancy.app.ingestion.originals import OriginalReader
from ragtenancy.app.ingestion.pipeline import Pipeline, StagedRevision
from ragtenancy.app.intents import Intents
from ragtenancy.app.jobs.endings import fail_upload
from ragtenancy.app.jobs.lease import JobLease
from ragtenancy.app.optimistic_writes import retry_stale
from ragtenancy.app.revisions import Revisions
from ragtenancy.domain import ids
from ragtenancy.domain.attachments import AttachedFile
from ragtenancy.domain.documents import ActiveVersion, Document, Upload
from ragtenancy.domain.errors import (
    ClientSuspendedError,
    ConflictError,
    LeaseLostError,
    NotFoundError,
    RagTenancyError,
    ReindexRequiredError,
    UnavailableError,
    UnreadableDocumentError,
)
from ragtenancy.domain.jobs import (
    ATTEMPTS_EXHAUSTED,
    MAX_ATTEMPTS,
    OVERTAKEN,
    PERMANENT_FAILURES,
    TRANSIENT_FAILURES,
    IngestionCounts,
    Job,
    JobError,
    Step,
)
from ragtenancy.domain.usage import Counts, UsageRow, day_of
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.documents import DocumentRepository
from ragtenancy.ports.embeddings import EmbeddingModel
from ragtenancy.ports.ids import Ids

log = structlog.get_logger(__name__)

LONGEST_ATTEMPT = 3_600.0  # seconds, besides waiting for a turn


class Ingestion:
    """Runs a leased job to its end; a crash at any moment is safe.

    Publishing is one transaction in the tenant's store; the job's record is then settled from the
    document's.
    """

    def __init__(
        self,
        documents: DocumentRepository,
        tenant_embedder: TenantEmbedder,
        pipeline: Pipeline,
        originals: OriginalReader,
        attachments: Attachments,
        revisions: Revisions,
        intents: Intents,
        ids: Ids,
        clock: Clock,
    ) -> None:
        self.longest_attempt = LONGEST_ATTEMPT
        self._documents = documents
        self._tenant_embedder = tenant_embedder
        self._pipeline = pipeline
        self._originals = originals
        self._attachments = attachments
        self._revisions = revisions
        self._intents = intents
        self._ids = ids
        self._clock = clock

    async def ingest(self, lease: JobLease) -> Job:
        """Attempt the job; return it in its final state."""
        try:
            await self._ended(lease)
        except OVERTAKEN:
            log.info("job_overtaken")
            await self._abandon(lease)
        return lease.job

    async def put_back(self, lease: JobLease, error: RagTenancyError | None = None) -> None:
        """Requeue the job, or fail it if its attempts are exhausted."""
        why = JobError(code="internal", detail="The worker failed.")
        if error is not None:
            why = JobError(code=error.reason, detail=error.detail)
        log.warning("job_put_back", code=why.code, attempts=lease.job.attempts)
        if lease.job.attempts >= MAX_ATTEMPTS:
            await self._fail_upload(lease, ATTEMPTS_EXHAUSTED, lease.job.fence)
        wanted = timedelta(seconds=error.retry_after or 0.0) if error else timedelta(0)
        await lease.write(
            lambda job: job.put_back(why, self._clock.now(), self._ids.jitter(), at_least=wanted)
        )

    async def _ended(self, lease: JobLease) -> None:
        """Attempt the job; record a failure of the file or a backend."""
        try:
            await self._guarded(lease)
        except PERMANENT_FAILURES as error:
            await self._fail(lease, JobError(code=error.reason, detail=error.detail))
        except ReindexRequiredError as error:
            why = JobError(code=error.reason, detail=error.detail)
            await lease.write(lambda job: job.waiting_for_reindex(why, self._clock.now()))
        except ClientSuspendedError:
            await lease.write(lambda job: job.held(self._clock.now()))
        except TRANSIENT_FAILURES as error:
            await self.put_back(lease, error)

    async def _guarded(self, lease: JobLease) -> None:
        """Attempt the job while renewing its lease; if either fails, both end."""
        if lease.job.attempts > MAX_ATTEMPTS:
            raise UnreadableDocumentError(
                "The worker died on every attempt; check the file, then retry the job.",
                code=ATTEMPTS_EXHAUSTED,
            )
        try:
            async with lease.turn.limited(self.longest_attempt), asyncio.TaskGroup() as group:
                keeper = group.create_task(lease.keep())
                await self._attempt(lease)
                keeper.cancel()
        except ExceptionGroup as failures:
            raise _first(failures) from None
        except TimeoutError:
            raise UnreadableDocumentError(
                f"One attempt took longer than {self.longest_attempt / 60:.0f} minutes; "
                "split the document, or retry the job when its backends answer faster.",
                code="job_timeout",
            ) from None

    async def _attempt(self, lease: JobLease) -> None:
        job = lease.job
        document = await self._reread(lease)
        if await self._attachments.remove_detached(lease.scope, document):
            raise LeaseLostError("The document that contained this file no longer does.")
        if document.active is not None and document.active.upload.job_id == job.job_id:
            await self._settle(lease, document, await self._attached_before(lease, document))
            return
        embedder = await self._tenant_embedder.in_use(lease.scope, besides=job.document_id)
        claimed = await self._claim(lease, document)
        upload = claimed.pending
        if upload is None:
            raise LeaseLostError("A newer upload replaced this one.")
        revision = ids.revision(upload.version, job.fence)
        staged = await self._pipeline.stage(lease, claimed, upload, revision, embedder)
        published = await self._publish(lease, staged, upload, embedder.model)
        await self._settle(lease, published, staged.attached)
        await self._revisions.remove_originals(lease.scope, claimed, published)
        await self._intents.close(lease.scope, staged.intent)

    async def _claim(self, lease: JobLease, document: Document) -> Document:
        """Write this attempt's fence to the document, which the caller has just read."""
        read = [document]

        async def attempt() -> Document:
            latest = read.pop() if read else await self._reread(lease)
            claimed = latest.claimed(lease.job.job_id, lease.job.fence)
            return await self._documents.save(lease.scope, claimed)

        return await retry_stale(attempt, _busy())

    async def _publish(
        self, lease: JobLease, staged: StagedRevision, upload: Upload, model: EmbeddingModel
    ) -> Document:
        """Make the staged revision the active one, and record its usage."""
        await lease.step(Step.PUBLISH, 0.95)
        active = ActiveVersion(
            upload=upload,
            revision=staged.revision,
            total_chunks=staged.total_chunks,
            images_processed=staged.images_processed,
            warnings=staged.warnings,
            embedding_fingerprint=model.fingerprint,
            read_by=staged.read_by,
        )

        async def attempt() -> Document:
            document = await self._reread(lease)
            attached = [file.document_id for file in staged.attached]
            published = document.published(lease.job.job_id, lease.job.fence, active, attached)
            used = _used(staged, upload, model.name, self._clock.now())
            return await self._documents.save(lease.scope, published, [used])

        return await retry_stale(attempt, _busy())

    async def _reread(self, lease: JobLease) -> Document:
        document = await self._documents.get(lease.scope, lease.job.document_id)
        if document is None:
            raise LeaseLostError("The document was deleted.")
        return document

    async def _attached_before(self, lease: JobLease, document: Document) -> Sequence[AttachedFile]:
        """Read again the files inside an original that an earlier attempt has published."""
        if document.active is None or not document.attachments:
            return ()
        return await self._originals.attached(
            lease.scope, document, document.active.upload, lease.turn
        )

    async def _settle(
        self, lease: JobLease, document: Document, attached: Sequence[AttachedFile]
    ) -> None:
        """Attach files, update the job's record from the document's, then remove orphans."""
        active = document.active
        if active is None:
            raise LeaseLostError("The document was deleted.")
        refused = await self._attachments.submit(lease.scope, document, attached)
        await self._attachments.remove_former(lease.scope, document, attached)
        counts = IngestionCounts(
            total_chunks=active.total_chunks,
            images_processed=active.images_processed,
            warnings=[*active.warnings, *refused],
        )
        await lease.write(lambda job: job.succeeded(counts, self._clock.now()))
        await self._revisions.remove_orphans(lease.scope, document.document_id)

    async def _fail(self, lease: JobLease, error: JobError) -> None:
        """Fail the job permanently: its document's record first, then its own."""
        log.info("job_failed", code=error.code)
        fence = None if error.code == ATTEMPTS_EXHAUSTED else lease.job.fence  # it never claimed
        await self._fail_upload(lease, error.code, fence)
        await lease.write(lambda job: job.failed(error, self._clock.now()))
        await self._revisions.remove_orphans(lease.scope, lease.job.document_id)

    async def _fail_upload(self, lease: JobLease, code: str, fence: int | None) -> None:
        await fail_upload(self._documents, lease.scope, lease.job, code, fence=fence)

    async def _abandon(self, lease: JobLease) -> None:
        """Remove this attempt's staged revision unless live; cancel a job that nobody holds."""
        try:
            await self._revisions.remove_orphans(lease.scope, lease.job.document_id)
            await lease.write(lambda job: job.cancelled(self._clock.now()))
        except (LeaseLostError, NotFoundError, ConflictError):
            return  # another attempt holds the job, the job has ended, or the tenant is gone


def _used(staged: StagedRevision, upload: Upload, model: str, now: datetime) -> UsageRow:
    """Return the usage of a document that becomes searchable."""
    counts = Counts(
        documents=1,
        chunks=staged.total_chunks,
        bytes=upload.size,
        embedding_tokens=staged.embedding_tokens,
    )
    return UsageRow(day=day_of(now), key_id=upload.key_id or "", model=model, counts=counts)


def _busy() -> UnavailableError:
    return UnavailableError("Other requests keep changing this document; try again.")


def _first(failures: ExceptionGroup[Exception]) -> Exception:
    """Return one error from a group, a lost lease before any other."""
    flat = [_first(f) if isinstance(f, ExceptionGroup) else f for f in failures.exceptions]
    return next((error for error in flat if isinstance(error, OVERTAKEN)), flat[0])
