"""The queue, in memory."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from msgspec import structs

from ragtenancy.adapters.memory.paging import page_of
from ragtenancy.domain.errors import AlreadyExistsError, StaleWriteError
from ragtenancy.domain.ids import JobId
from ragtenancy.domain.jobs import Job, JobStatus, QueuePlace, queue_place
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.holders import Holders
from ragtenancy.ports.jobs import JobRepository


class InMemoryJobRepository(JobRepository):
    """Jobs by id, of every tenant."""

    def __init__(self, holders: Holders) -> None:
        self._holders = holders
        self._jobs: dict[JobId, Job] = {}

    async def get(self, scope: TenantScope, job_id: JobId) -> Job | None:
        """Return a job of this tenant."""
        job = self._jobs.get(job_id)
        return job if job is not None and job.tenant_uid == scope.tenant_uid else None

    async def add(self, scope: TenantScope, job: Job) -> None:  # noqa: ARG002 - the job names it
        """Keep a new job."""
        if job.job_id in self._jobs:
            raise AlreadyExistsError("The job's id is taken.")
        self._jobs[job.job_id] = job

    async def save(self, scope: TenantScope, job: Job) -> Job:
        """Write a job."""
        known = await self.get(scope, job.job_id)
        if known is None or known.version != job.version:
            raise StaleWriteError("The job changed since it was read.")
        return self._write(job)

    async def take(self, holder: str, now: datetime) -> Job | None:
        """Lease the job that is due next."""
        open_jobs = self._open()
        running = Counter(j.tenant_uid for j in open_jobs if j.status is JobStatus.RUNNING)
        holders = {j.lease.holder for j in open_jobs if j.lease}
        dead = frozenset(h for h in holders if self._holders.is_dead(h))
        due = [job for job in open_jobs if job.takeable(now, dead)]
        if not due:
            return None
        job = min(due, key=lambda j: (running[j.tenant_uid], j.created_at, j.job_id))
        return self._write(job.leased(holder, now))

    async def place(self, scope: TenantScope, job_id: JobId, now: datetime) -> QueuePlace | None:
        """Return a queued job's place."""
        job = await self.get(scope, job_id)
        if job is None or job.status is not JobStatus.QUEUED:
            return None
        earlier = [
            j
            for j in self._open()
            if j.status is JobStatus.QUEUED
            and (j.created_at, j.job_id) < (job.created_at, job.job_id)
        ]
        return queue_place(job, len(earlier), now)

    async def count_pending(self, scope: TenantScope) -> int:
        """Count the tenant's open jobs."""
        return sum(job.tenant_uid == scope.tenant_uid for job in self._open())

    async def page(
        self,
        scope: TenantScope,
        *,
        status: JobStatus | None = None,
        after: Cursor | None = None,
        limit: int = 50,
    ) -> Page[Job]:
        """Return the tenant's jobs, newest first."""
        mine = [j for j in self._jobs.values() if j.tenant_uid == scope.tenant_uid]
        return _page(mine, status, after, limit)

    async def page_all(
        self,
        *,
        status: JobStatus | None = None,
        after: Cursor | None = None,
        limit: int = 50,
    ) -> Page[Job]:
        """Return every tenant's jobs, newest first."""
        return _page(list(self._jobs.values()), status, after, limit)

    async def drop(self, scope: TenantScope) -> int:
        """Remove every job of the tenant."""
        before = len(self._jobs)
        self._jobs = {i: j for i, j in self._jobs.items() if j.tenant_uid != scope.tenant_uid}
        return before - len(self._jobs)

    def _open(self) -> list[Job]:
        return [job for job in self._jobs.values() if not job.finished]

    def _write(self, job: Job) -> Job:
        saved = structs.replace(job, version=job.version + 1)
        self._jobs[job.job_id] = saved
        return saved


def _page(jobs: list[Job], status: JobStatus | None, after: Cursor | None, limit: int) -> Page[Job]:
    wanted = [job for job in jobs if status is None or job.status is status]
    return page_of(
        wanted,
        lambda j: f"{j.created_at.isoformat()} {j.job_id}",
        after=after,
        limit=limit,
        newest_first=True,
    )
