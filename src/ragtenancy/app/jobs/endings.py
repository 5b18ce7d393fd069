"""Ending a job from outside its worker, through its document's record or its own."""

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
    """Mark the document's pending upload as failed; the job's record is written after it.

    Returns the document, unchanged if the pending upload is not the job's; None if it is gone. With
    a `fence`, only the attempt that holds it may mark. Raises `ConflictError` (`document_busy`).
    """

    async def attempt() -> Document | None:
        document = await documents.get(scope, job.document_id)
        if document is None:
            return None
        marked = document.failed(job.job_id, code, fence=fence)
        return document if marked == document else await documents.save(scope, marked)

    return await retry_stale(
        attempt,
        ConflictError(
            "Other requests keep changing this document; try again.", code="document_busy"
        ),
    )


async def cancel_unfinished(
    jobs: JobRepository, clock: Clock, scope: TenantScope, job_id: JobId
) -> None:
    """Cancel a job unless it is finished.

    Raises `UnavailableError` if its worker keeps changing it. A caller may ignore that once the
    document's record no longer names the job: the attempt then ends as overtaken.
    """

    async def attempt() -> None:
        job = await jobs.get(scope, job_id)
        if job is not None and not job.finished:
            await jobs.save(scope, job.cancelled(clock.now()))

    await retry_stale(
        attempt,
        UnavailableError("Other requests keep changing this job; try again.", retry_after=1.0),
    )
