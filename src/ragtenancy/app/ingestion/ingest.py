"""One attempt at one job: claim, stage, publish, settle, clean."""

from __future__ import annotations

import asyncio

import structlog

from ragtenancy.app.ingestion.lease import JobLease
from ragtenancy.app.ingestion.retire import RetireRevisions
from ragtenancy.app.ingestion.steps import IngestionSteps, Staged
from ragtenancy.domain import ids
from ragtenancy.domain.documents import ActiveVersion, Document, Upload
from ragtenancy.domain.errors import (
    LeaseLostError,
    NotFoundError,
    RagTenancyError,
    RejectedError,
    StaleWriteError,
    UnavailableError,
    UnreadableDocumentError,
    UnsupportedError,
)
from ragtenancy.domain.jobs import MAX_ATTEMPTS, IngestionCounts, Job, JobError, JobStatus, Step
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.documents import DocumentRepository
from ragtenancy.ports.embeddings import Embedder
from ragtenancy.ports.ids import Ids

log = structlog.get_logger(__name__)

MAX_WRITES = 5
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
        steps: IngestionSteps,
        retire: RetireRevisions,
        embedder: Embedder,
        ids: Ids,
        clock: Clock,
    ) -> None:
        self._documents = documents
        self._steps = steps
        self._retire = retire
        self._embedder = embedder
        self._ids = ids
        self._clock = clock

    async def __call__(self, lease: JobLease) -> Job:
        """Return the job as it was left."""
        try:
            await self._guarded(lease)
        except GONE:
            log.info("job_overtaken")
            await self._abandon(lease)
        except PERMANENT as error:
            await self._fail(lease, JobError(code=error.reason, detail=error.detail))
        except TRANSIENT as error:
            await self.put_back(lease, error)
        return lease.job

    async def put_back(self, lease: JobLease, error: RagTenancyError | None) -> None:
        """Queue the job again, or fail it when its attempts are exhausted."""
        code, detail = ("internal", "The worker failed.")
        if error is not None:
            code, detail = error.reason, error.detail
        why = JobError(code=code, detail=detail)
        job = await lease.write(
            lambda job: job.put_back(why, self._clock.now(), self._ids.jitter())
        )
        log.warning("job_put_back", code=code, attempts=job.attempts)
        if job.status is JobStatus.FAILED:
            await self._mark_failed(lease, "attempts_exhausted")

    async def _guarded(self, lease: JobLease) -> None:
        """Attempt the job with its lease renewed beside it; either failing ends both."""
        if lease.job.attempts > MAX_ATTEMPTS:
            raise UnreadableDocumentError(
                "Every attempt ended with the worker; check the file, then retry the job.",
                code="attempts_exhausted",
            )
        try:
            async with asyncio.TaskGroup() as group:
                keeper = group.create_task(lease.keep())
                await self._attempt(lease)
                keeper.cancel()
        except* RagTenancyError as failures:
            raise _first(failures) from None

    async def _attempt(self, lease: JobLease) -> None:
        job = lease.job
        document = await self._documents.get(lease.scope, job.document_id)
        if document is None or document.deleting:
            await lease.write(lambda job: job.cancelled(self._clock.now()))
            return
        if document.active is not None and document.active.upload.job_id == job.job_id:
            await self._settle(lease, document)
            return
        claimed = await self._claim(lease, document)
        upload = claimed.pending
        if upload is None:
            raise LeaseLostError("The upload was overtaken.")
        revision = ids.revision(upload.version, job.fence)
        staged = await self._steps(lease, claimed.document_id, upload, revision)
        published = await self._publish(lease, staged, upload)
        await self._settle(lease, published)
        await self._retire.blobs(lease.scope, claimed, published)

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
        raise LeaseLostError("The document is changing too fast.")

    async def _publish(self, lease: JobLease, staged: Staged, upload: Upload) -> Document:
        """Make the staged revision the one that answers."""
        await lease.step(Step.PUBLISH, 0.95)
        active = ActiveVersion(
            upload=upload,
            revision=staged.revision,
            total_chunks=staged.total_chunks,
            images_processed=staged.images_processed,
            warnings=staged.warnings,
            embedding_fingerprint=self._embedder.model.fingerprint,
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
        await lease.write(lambda job: job.failed(error, self._clock.now()))
        log.info("job_failed", code=error.code)
        await self._mark_failed(lease, error.code)

    async def _mark_failed(self, lease: JobLease, code: str) -> None:
        job = lease.job
        for _ in range(MAX_WRITES):
            document = await self._documents.get(lease.scope, job.document_id)
            if document is None:
                return
            try:
                await self._documents.save(lease.scope, document.failed(job.job_id, code))
            except StaleWriteError:
                continue
            return

    async def _abandon(self, lease: JobLease) -> None:
        """Remove what this attempt staged, unless it is live."""
        try:
            document = await self._documents.get(lease.scope, lease.job.document_id)
            if document is None:
                await self._retire.revision(lease.scope, lease.job.document_id)
            else:
                await self._retire.leftovers(lease.scope, document)
        except NotFoundError:
            return  # the tenant itself is gone


def _first(failures: BaseExceptionGroup[RagTenancyError]) -> RagTenancyError:
    """Return one error of a group, the lost lease before any other."""
    flat: list[RagTenancyError] = []
    for failure in failures.exceptions:
        flat += [_first(failure)] if isinstance(failure, BaseExceptionGroup) else [failure]
    return next((error for error in flat if isinstance(error, GONE)), flat[0])
