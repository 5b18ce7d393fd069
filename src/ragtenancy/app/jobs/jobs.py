"""Jobs: reading, listing, cancelling and retrying, for clients and the operator."""

from __future__ import annotations

import structlog
from msgspec import Struct

from ragtenancy.app.jobs.endings import fail_upload
from ragtenancy.app.jobs.quota import JobQuota
from ragtenancy.app.optimistic_writes import retry_stale
from ragtenancy.app.tenant_records import TenantRecords
from ragtenancy.domain.documents import CANCELLED, Document
from ragtenancy.domain.errors import (
    ConflictError,
    NotFoundError,
    RejectedError,
    StaleWriteError,
    UnavailableError,
)
from ragtenancy.domain.ids import JobId, TenantId
from ragtenancy.domain.jobs import (
    ATTEMPTS_EXHAUSTED,
    MAX_ATTEMPTS,
    Job,
    JobError,
    JobStatus,
    QueuePlace,
)
from ragtenancy.domain.pages import DEFAULT_LIMIT, Cursor, Page
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.documents import DocumentRepository
from ragtenancy.ports.job_signals import JobSignals
from ragtenancy.ports.jobs import JobRepository

log = structlog.get_logger(__name__)

EXHAUSTED = JobError(
    code=ATTEMPTS_EXHAUSTED,
    detail=f"The worker died on all {MAX_ATTEMPTS} attempts. Retry the job.",
)


class JobView(Struct, frozen=True, kw_only=True):
    """A job and, while queued, its place in the queue."""

    job: Job
    place: QueuePlace | None = None


class Jobs:
    """Reads, lists, cancels and retries a client's jobs."""

    def __init__(
        self,
        jobs: JobRepository,
        documents: DocumentRepository,
        tenant_records: TenantRecords,
        quota: JobQuota,
        signals: JobSignals,
        clock: Clock,
    ) -> None:
        self._jobs = jobs
        self._documents = documents
        self._tenant_records = tenant_records
        self._quota = quota
        self._signals = signals
        self._clock = clock

    async def get(self, scope: TenantScope, job_id: JobId) -> JobView:
        """Return a job; settle one that cannot end by itself, as far as the stores allow.

        Raises `NotFoundError`.
        """
        job = await self._settled(scope, await self._found(scope, job_id))
        return JobView(job=job, place=await self._jobs.place(scope, job_id, self._clock.now()))

    async def page(
        self,
        scope: TenantScope,
        *,
        status: JobStatus | None = None,
        after: Cursor | None = None,
        limit: int = DEFAULT_LIMIT,
    ) -> Page[Job]:
        """Return a page of a client's jobs, newest first."""
        return await self._jobs.page(scope, status=status, after=after, limit=limit)

    async def page_all(
        self,
        *,
        tenant_id: TenantId | None = None,
        status: JobStatus | None = None,
        after: Cursor | None = None,
        limit: int = DEFAULT_LIMIT,
    ) -> Page[Job]:
        """Return a page of all clients' jobs, or of one client's, newest first, for the operator.

        Raises `NotFoundError` for an unknown client.
        """
        if tenant_id is None:
            return await self._jobs.page_all(status=status, after=after, limit=limit)
        tenant = await self._tenant_records.find(tenant_id)
        return await self._jobs.page(tenant.scope, status=status, after=after, limit=limit)

    async def cancel(self, scope: TenantScope, job_id: JobId) -> Job:
        """Cancel a job and return it; its worker then finds the job overtaken.

        The document's record is written first; from then on nothing of the job can be published.
        The worker may notice first and write the job's record itself; the cancellation still
        counts. Raises `NotFoundError`, `ConflictError` (job_finished).
        """
        overtaken = False

        async def attempt() -> Job:
            nonlocal overtaken
            job = await self._found(scope, job_id)
            if overtaken and job.status is JobStatus.CANCELLED:
                return job
            overtaken = True
            cancelled = job.cancelled(self._clock.now())
            document = await fail_upload(self._documents, scope, job, CANCELLED)
            if document is not None and _published(document, job):
                raise ConflictError("The job is finished.", code="job_finished")
            return await self._jobs.save(scope, cancelled)

        return await retry_stale(
            attempt,
            ConflictError("Other requests keep changing this job; try again.", code="job_busy"),
        )

    async def retry(self, scope: TenantScope, job_id: JobId) -> Job:
        """Requeue a failed or cancelled job and return it.

        Raises `NotFoundError`; `LimitError` if too many jobs are pending; `ConflictError`
        (job_not_retryable) for a job in another state, or if a newer upload overtook its own.
        """
        job = await self._retried(scope, job_id)
        await self._signals.submitted(scope, job_id)
        return job

    async def _found(self, scope: TenantScope, job_id: JobId) -> Job:
        job = await self._jobs.get(scope, job_id)
        if job is None:
            raise NotFoundError("There is no such job.")
        return job

    async def _settled(self, scope: TenantScope, job: Job) -> Job:
        """Requeue a job whose lease expired, or fail it after its last attempt.

        Its document's record is written first. A reader is told the same if neither can be
        written: the next reader or worker settles it.
        """
        now = self._clock.now()
        if job.status is not JobStatus.RUNNING or not job.takeable(now):
            return job
        ended = job.given_up(now) if job.attempts < MAX_ATTEMPTS else job.failed(EXHAUSTED, now)
        try:
            if ended.error is not None:
                await fail_upload(self._documents, scope, ended, ended.error.code)
            return await self._jobs.save(scope, ended)
        except StaleWriteError:
            return await self._jobs.get(scope, job.job_id) or job
        except (UnavailableError, RejectedError, ConflictError) as error:
            log.warning("job_not_settled", job_id=job.job_id, code=error.reason)
            return ended

    async def _retried(self, scope: TenantScope, job_id: JobId) -> Job:
        async with self._quota.locked(scope):
            job = await self._found(scope, job_id)
            retried = job.retried(self._clock.now())
            document = await self._documents.with_pending_job(scope, job_id)
            if document is None or document.deleting:
                raise _not_retryable("The document no longer waits for this job's upload.")
            await self._quota.require(scope)
            try:
                await self._documents.save(scope, document.retried(job_id))
                return await self._jobs.save(scope, retried)
            except StaleWriteError:
                raise _not_retryable("Another request changed the job.") from None


def _not_retryable(detail: str) -> ConflictError:
    return ConflictError(detail, code="job_not_retryable")


def _published(document: Document, job: Job) -> bool:
    return document.active is not None and document.active.upload.job_id == job.job_id
