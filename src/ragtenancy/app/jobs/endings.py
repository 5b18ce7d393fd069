"""Ending a job from outside its worker: on its document's record, or on its own."""

from __future__ import annotations

from ragtenancy.app.optimistic_writes import retry_stale
from ragtenancy.domain.documents import Document
from ragtenancy.domain.errors import ConflictError, UnavailableError
from ragtenancy.domain.ids import JobId
from ragtenancy.domain.jobs import Job
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.documents import DocumentRepository
from ragtenancy.ports.jobs import JobRepository


async def fail_upload(
    documents: DocumentRepository,
    scope: TenantScope,
    job: Job,
    code: str,
    *,
    fence: int | None = None,
) -> Document | None:
    """Mark the document's pending upload as failed; the job's record follows it.

    Returns the document, None if it is gone; unchanged when the upload is not the job's. With a
    `fence`, only the attempt that holds it may mark. Raises `ConflictError` (`document_busy`).
    """

    async def attempt() -> Document | None:
        document = await documents.get(scope, job.document_id)
        if document is None:
            return None
        marked = document.failed(job.job_id, code, fence=fence)
        return document if marked == document else await documents.save(scope, marked)

    return await retry_stale(
        attempt, ConflictError("The document is changing too fast.", code="document_busy")
    )


async def cancel_unfinished(
    jobs: JobRepository, clock: Clock, scope: TenantScope, job_id: JobId
) -> None:
    """Cancel a job unless it is finished.

    Raises `UnavailableError` when its worker writes faster. A caller may leave it at that once
    the document's record disowns the job: the attempt then ends as overtaken by itself.
    """

    async def attempt() -> None:
        job = await jobs.get(scope, job_id)
        if job is not None and not job.finished:
            await jobs.save(scope, job.cancelled(clock.now()))

    await retry_stale(attempt, UnavailableError("The job is changing too fast.", retry_after=1.0))
