"""One attempt at one job: claim, stage, publish, settle, clean."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog

from ragtenancy.app.config.tenant_embedder import TenantEmbedder
from ragtenancy.app.ingestion.lease import JobLease
from ragtenancy.app.ingestion.outcome import MarkFailed
from ragtenancy.app.ingestion.retire import RetireRevisions
from ragtenancy.app.ingestion.steps import IngestionSteps, Staged
from ragtenancy.app.intents import Intents
from ragtenancy.domain import ids
from ragtenancy.domain.documents import ActiveVersion, Document, Upload
from ragtenancy.domain.errors import (
    ConflictError,
    LeaseLostError,
    NotFoundError,
    RagTenancyError,
    ReindexRequiredError,
    RejectedError,
    StaleWriteError,
    UnavailableError,
    UnreadableDocumentError,
    UnsupportedError,
)
from ragtenancy.domain.ids import Fingerprint
from ragtenancy.domain.jobs import MAX_ATTEMPTS, IngestionCounts, Job, JobError, Step
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.documents import DocumentRepository
from ragtenancy.ports.ids import Ids

log = structlog.get_logger(__name__)

MAX_WRITES = 5
LONGEST_ATTEMPT = 3_600.0  # seconds
EXHAUSTED = "attempts_exhausted"
PERMANENT = (UnreadableDocumentError, UnsupportedError)
GONE = (LeaseLostError, NotFoundError)
TRANSIENT = (UnavailableError, RejectedError)


class IngestDocument:
    """Runs a leased job to an end that is safe at every moment.

    Publishing is one transaction in the tenant's store; the job's record follows and is settled
    from the document's.
    """

    def __init__(
        self,
        documents: DocumentRepository,
        tenant_embedder: TenantEmbedder,
        steps: IngestionSteps,
        retire: RetireRevisions,
        intents: Intents,
        mark_failed: MarkFailed,
        ids: Ids,
        clock: Clock,
    ) -> None:
        self.longest_attempt = LONGEST_ATTEMPT
        self._documents = documents
        self._tenant_embedder = tenant_embedder
        self._steps = steps
        self._retire = retire
        self._intents = intents
        self._mark_failed = mark_failed
        self._ids = ids
        self._clock = clock

    async def __call__(self, lease: JobLease) -> Job:
        """Return the job as it was left."""
        try:
            await self._ended(lease)
        except GONE:
            log.info("job_overtaken")
            await self._abandon(lease)
        return lease.job

    async def put_back(self, lease: JobLease, error: RagTenancyError | None = None) -> None:
        """Queue the job again, or fail it when its attempts are exhausted."""
        why = JobError(code="internal", detail="The worker failed.")
        if error is not None:
            why = JobError(code=error.reason, detail=error.detail)
        log.warning("job_put_back", code=why.code, attempts=lease.job.attempts)
        if lease.job.attempts >= MAX_ATTEMPTS:
            await self._mark_failed(lease.scope, lease.job, EXHAUSTED, fence=lease.job.fence)
        wanted = timedelta(seconds=error.retry_after or 0.0) if error else timedelta(0)
        await lease.write(
            lambda job: job.put_back(why, self._clock.now(), self._ids.jitter(), at_least=wanted)
        )

    async def _ended(self, lease: JobLease) -> None:
        """Attempt the job and record a failure of the file or of a backend."""
        try:
            await self._guarded(lease)
        except PERMANENT as error:
            await self._fail(lease, JobError(code=error.reason, detail=error.detail))
        except ReindexRequiredError as error:
            why = JobError(code=error.reason, detail=error.detail)
            await lease.write(lambda job: job.waiting_for_reindex(why, self._clock.now()))
        except TRANSIENT as error:
            await self.put_back(lease, error)

    async def _guarded(self, lease: JobLease) -> None:
        """Attempt the job with its lease renewed beside it; either failing ends both."""
        if lease.job.attempts > MAX_ATTEMPTS:
            raise UnreadableDocumentError(
                "Every attempt ended with its worker; check the file, then retry the job.",
                code=EXHAUSTED,
            )
        try:
            async with asyncio.timeout(self.longest_attempt), asyncio.TaskGroup() as group:
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
        document = await self._documents.get(lease.scope, job.document_id)
        if document is None:
            raise LeaseLostError("The document was deleted.")
        if document.active is not None and document.active.upload.job_id == job.job_id:
            await self._settle(lease, document)
            return
        embedder = await self._tenant_embedder.in_use(lease.scope, besides=job.document_id)
        claimed = await self._claim(lease, document)
        upload = claimed.pending
        if upload is None:
            raise LeaseLostError("The upload was overtaken by another.")
        revision = ids.revision(upload.version, job.fence)
        staged = await self._steps(lease, claimed, upload, revision, embedder)
        published = await self._publish(lease, staged, upload, embedder.model.fingerprint)
        await self._settle(lease, published)
        await self._retire.blobs(lease.scope, claimed, published)
        await self._intents.close(lease.scope, staged.intent)

    async def _claim(self, lease: JobLease, document: Document) -> Document:
        """Write this attempt's fence on the document."""
        job = lease.job
        for _ in range(MAX_WRITES):
            try:
                return await self._documents.save(
                    lease.scope, document.claimed(job.job_id, job.fence)
                )
            except StaleWriteError:
                document = await self._reread(lease.scope, job)
        raise UnavailableError("The document is changing too fast.")

    async def _publish(
        self, lease: JobLease, staged: Staged, upload: Upload, model: Fingerprint
    ) -> Document:
        """Make the staged revision the one that answers."""
        await lease.step(Step.PUBLISH, 0.95)
        active = ActiveVersion(
            upload=upload,
            revision=staged.revision,
            total_chunks=staged.total_chunks,
            images_processed=staged.images_processed,
            warnings=staged.warnings,
            embedding_fingerprint=model,
        )
        job = lease.job
        for _ in range(MAX_WRITES):
            document = await self._reread(lease.scope, job)
            try:
                return await self._documents.save(
                    lease.scope, document.published(job.job_id, job.fence, active)
                )
            except StaleWriteError:
                continue
        raise UnavailableError("The document is changing too fast.")

    async def _reread(self, scope: TenantScope, job: Job) -> Document:
        document = await self._documents.get(scope, job.document_id)
        if document is None:
            raise LeaseLostError("The document was deleted.")
        return document

    async def _settle(self, lease: JobLease, document: Document) -> None:
        """Bring the job's record after the document's, then remove what no longer answers."""
        active = document.active
        if active is None:
            raise LeaseLostError("The document was deleted.")
        counts = IngestionCounts(
            total_chunks=active.total_chunks,
            images_processed=active.images_processed,
            warnings=active.warnings,
        )
        await lease.write(lambda job: job.succeeded(counts, self._clock.now()))
        await self._retire.leftovers(lease.scope, document)

    async def _fail(self, lease: JobLease, error: JobError) -> None:
        """Fail the job for good, its document first: the job's record follows."""
        log.info("job_failed", code=error.code)
        document = await self._mark_failed(
            lease.scope, lease.job, error.code, fence=self._fence(lease, error)
        )
        await lease.write(lambda job: job.failed(error, self._clock.now()))
        if document is not None:
            await self._retire.leftovers(lease.scope, document)

    @staticmethod
    def _fence(lease: JobLease, error: JobError) -> int | None:
        """An exhausted job never claimed its document with this fence."""
        return None if error.code == EXHAUSTED else lease.job.fence

    async def _abandon(self, lease: JobLease) -> None:
        """Remove what this attempt staged unless it is live; end a job that nobody holds."""
        scope, document_id = lease.scope, lease.job.document_id
        try:
            document = await self._documents.get(scope, document_id)
            if document is None:
                await self._retire.revision(scope, document_id)
            else:
                await self._retire.leftovers(scope, document)
            await lease.write(lambda job: job.cancelled(self._clock.now()))
        except (LeaseLostError, NotFoundError, ConflictError):
            return  # another attempt holds the job, it has ended, or the tenant is gone


def _first(failures: ExceptionGroup[Exception]) -> Exception:
    """Return one error of a group, the lost lease before any other."""
    flat = [_first(f) if isinstance(f, ExceptionGroup) else f for f in failures.exceptions]
    return next((error for error in flat if isinstance(error, GONE)), flat[0])
