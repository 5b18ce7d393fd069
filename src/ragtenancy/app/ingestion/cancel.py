"""Ending a job whose upload is not wanted any more."""

from __future__ import annotations

from ragtenancy.domain.errors import StaleWriteError
from ragtenancy.domain.ids import JobId
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.jobs import JobRepository

MAX_WRITES = 5


async def cancel_unfinished(
    jobs: JobRepository, clock: Clock, scope: TenantScope, job_id: JobId
) -> None:
    """Cancel a job unless it is finished, whatever its worker writes meanwhile."""
    for _ in range(MAX_WRITES):
        job = await jobs.get(scope, job_id)
        if job is None or job.finished:
            return
        try:
            await jobs.save(scope, job.cancelled(clock.now()))
        except StaleWriteError:
            continue
        return
