"""Ingestion jobs: their states, leases, attempts and progress."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct, structs

from ragtenancy.domain.errors import (
    ClientSuspendedError,
    ConflictError,
    LeaseLostError,
    NotFoundError,
    RejectedError,
    UnavailableError,
    UnreadableDocumentError,
    UnsupportedError,
)
from ragtenancy.domain.ids import DocumentId, JobId, TenantId, TenantUid
from ragtenancy.domain.tenants import TenantScope

LEASE = timedelta(seconds=30)
RENEW_EVERY = timedelta(seconds=10)
MAX_ATTEMPTS = 5
BACKOFF = timedelta(seconds=2)
MAX_BACKOFF = timedelta(minutes=5)
REINDEX_PATIENCE = timedelta(seconds=15)
SUSPENSION_PATIENCE = timedelta(seconds=15)
ATTEMPTS_EXHAUSTED = "attempts_exhausted"

# An attempt's error, by its effect on the job.
PERMANENT_FAILURES = (UnreadableDocumentError, UnsupportedError)  # the file's: no retry helps
TRANSIENT_FAILURES = (UnavailableError, RejectedError)  # a backend's: retried with backoff
OVERTAKEN = (LeaseLostError, NotFoundError)  # another attempt, upload or deletion took over


class JobStatus(StrEnum):
    """A job's status; the last three are final until a retry."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Step(StrEnum):
    """A running job's steps, in order."""

    PARSE = "parse"
    DESCRIBE = "describe"
    CHUNK = "chunk"
    EMBED = "embed"
    INDEX = "index"
    PUBLISH = "publish"


FINAL = frozenset({JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.CANCELLED})
RETRYABLE = frozenset({JobStatus.FAILED, JobStatus.CANCELLED})


class JobError(Struct, frozen=True, kw_only=True):
    """Why a job failed: a documented code and a sentence."""

    code: str
    detail: str


SUSPENDED = JobError(
    code=ClientSuspendedError.code,
    detail="The client is suspended; its jobs wait until it is resumed.",
)


class IngestionCounts(Struct, frozen=True, kw_only=True):
    """The results of an ingestion."""

    total_chunks: int = 0
    images_processed: int = 0
    warnings: Sequence[str] = ()


class Lease(Struct, frozen=True, kw_only=True):
    """A worker's right to a job until `expires_at`; `holder` names its machine and process."""

    holder: str
    expires_at: datetime


class Job(Struct, frozen=True, kw_only=True):
    """One upload to ingest. `fence` rises with every lease and never falls.

    `size` is the number of bytes of the original, from which its work is estimated. `leased_at` is
    the start of its latest attempt, even after its end. The fair order depends on both.
    """

    job_id: JobId
    tenant_id: TenantId
    tenant_uid: TenantUid
    document_id: DocumentId
    size: int = 0
    status: JobStatus = JobStatus.QUEUED
    step: Step | None = None
    progress: float = 0.0
    attempts: int = 0
    fence: int = 0
    lease: Lease | None = None
    leased_at: datetime | None = None
    not_before: datetime | None = None
    error: JobError | None = None
    counts: IngestionCounts = IngestionCounts()
    created_at: datetime
    updated_at: datetime
    version: int = 1

    @property
    def finished(self) -> bool:
        """Whether it is finished, until a retry."""
        return self.status in FINAL

    def takeable(self, now: datetime, dead_holders: frozenset[str] = frozenset()) -> bool:
        """Whether a worker may lease it: queued and due, or its lease or holder is dead."""
        if self.status is JobStatus.QUEUED:
            return self.not_before is None or self.not_before <= now
        if self.status is not JobStatus.RUNNING:
            return False
        lease = self.lease
        return lease is None or lease.expires_at <= now or lease.holder in dead_holders

    def waits(self, now: datetime, dead_holders: frozenset[str] = frozenset()) -> bool:
        """Whether it is in the queue, due or delayed: queued, or with a lost lease."""
        return self.status is JobStatus.QUEUED or self.takeable(now, dead_holders)

    def leased(self, holder: str, now: datetime) -> Job:
        """Return the job leased to `holder`, with a higher fence and one more attempt."""
        return structs.replace(
            self,
            status=JobStatus.RUNNING,
            step=None,
            progress=0.0,
            attempts=self.attempts + 1,
            fence=self.fence + 1,
            lease=Lease(holder=holder, expires_at=now + LEASE),
            leased_at=now,
            not_before=None,
            error=None,
            updated_at=now,
        )

    def at_step(self, step: Step, progress: float, now: datetime) -> Job:
        """Return the job at a step, with its lease renewed."""
        return structs.replace(
            self, step=step, progress=progress, lease=self._renewed(now), updated_at=now
        )

    def renewed(self, now: datetime) -> Job:
        """Return the job with its lease renewed."""
        return structs.replace(self, lease=self._renewed(now), updated_at=now)

    def succeeded(self, counts: IngestionCounts, now: datetime) -> Job:
        """Return the job succeeded."""
        return structs.replace(
            self,
            status=JobStatus.SUCCEEDED,
            step=None,
            progress=1.0,
            lease=None,
            not_before=None,
            error=None,
            counts=counts,
            updated_at=now,
        )

    def failed(self, error: JobError, now: datetime) -> Job:
        """Return the job permanently failed."""
        return structs.replace(
            self, status=JobStatus.FAILED, lease=None, not_before=None, error=error, updated_at=now
        )

    def put_back(
        self,
        error: JobError,
        now: datetime,
        jitter: float,
        *,
        at_least: timedelta = timedelta(0),
    ) -> Job:
        """Return the job queued for its next attempt, or failed when attempts are exhausted.

        The delay doubles from 2 s to at most 5 min, times `jitter` in 0.5..1; it is at least
        `at_least`, as a backend may request, up to those 5 min.
        """
        if self.attempts >= MAX_ATTEMPTS:
            detail = (
                f"{MAX_ATTEMPTS} attempts failed. The last error: {error.detail} Retry the job."
            )
            return self.failed(JobError(code=ATTEMPTS_EXHAUSTED, detail=detail), now)
        backoff = min(BACKOFF * 2 ** (self.attempts - 1), MAX_BACKOFF) * jitter
        delay = max(backoff, min(at_least, MAX_BACKOFF))
        return structs.replace(
            self,
            status=JobStatus.QUEUED,
            step=None,
            lease=None,
            not_before=now + delay,
            error=error,
            updated_at=now,
        )

    def given_up(self, now: datetime) -> Job:
        """Return the job queued again after its worker's lease expired."""
        return structs.replace(
            self, status=JobStatus.QUEUED, step=None, lease=None, not_before=None, updated_at=now
        )

    def released(self, now: datetime) -> Job:
        """Return the job queued again, its attempt not counted, after a clean shutdown.

        A finished job stays as it is: its worker may be stopped while it cleans up.
        """
        if self.finished:
            return self
        return structs.replace(
            self,
            status=JobStatus.QUEUED,
            step=None,
            lease=None,
            attempts=max(self.attempts - 1, 0),
            updated_at=now,
        )

    def waiting_for_reindex(self, error: JobError, now: datetime) -> Job:
        """Return the job queued for later, its attempt not counted: it did not fail."""
        return structs.replace(
            self.released(now), not_before=now + REINDEX_PATIENCE, progress=0.0, error=error
        )

    def held(self, now: datetime) -> Job:
        """Return the job of a suspended client queued for later, its attempt not counted."""
        return structs.replace(
            self.released(now),
            not_before=now + SUSPENSION_PATIENCE,
            progress=0.0,
            error=SUSPENDED,
        )

    def cancelled(self, now: datetime) -> Job:
        """Return the job cancelled; raise `ConflictError` when it is finished."""
        if self.finished:
            raise ConflictError("The job is finished.", code="job_finished", status=self.status)
        return structs.replace(
            self, status=JobStatus.CANCELLED, lease=None, not_before=None, updated_at=now
        )

    def retried(self, now: datetime) -> Job:
        """Return the job queued anew; raise `ConflictError` unless it failed or was cancelled."""
        if self.status not in RETRYABLE:
            raise ConflictError(
                "Only a failed or cancelled job can be retried.",
                code="job_not_retryable",
                status=self.status,
            )
        return structs.replace(
            self,
            status=JobStatus.QUEUED,
            step=None,
            progress=0.0,
            attempts=0,
            error=None,
            not_before=None,
            updated_at=now,
        )

    def _renewed(self, now: datetime) -> Lease | None:
        return self.lease and structs.replace(self.lease, expires_at=now + LEASE)


def new_job(
    scope: TenantScope, document_id: DocumentId, job_id: JobId, now: datetime, *, size: int
) -> Job:
    """Return the queued job of an upload of `size` bytes."""
    return Job(
        job_id=job_id,
        tenant_id=scope.tenant_id,
        tenant_uid=scope.tenant_uid,
        document_id=document_id,
        size=size,
        created_at=now,
        updated_at=now,
    )


class QueuePlace(Struct, frozen=True, kw_only=True):
    """The number of jobs to be served before this one, 0 for the next, and why it waits."""

    position: int
    reason: str
