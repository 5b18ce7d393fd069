"""A worker's lease on a job: every write of the running job goes through it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ragtenancy.app.concurrency import uninterrupted
from ragtenancy.domain.errors import LeaseLostError, StaleWriteError
from ragtenancy.domain.jobs import RENEW_EVERY, Job, Step
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.jobs import JobRepository


class JobLease:
    """Keeps the job's newest record, renews its lease and notices when it is lost."""

    def __init__(self, jobs: JobRepository, clock: Clock, scope: TenantScope, job: Job) -> None:
        self.scope = scope
        self.job = job
        self._jobs = jobs
        self._clock = clock
        self._lock = asyncio.Lock()

    async def step(self, step: Step, progress: float) -> None:
        """Record how far the job is. Raises `LeaseLostError`."""
        await self.write(lambda job: job.at_step(step, progress, self._clock.now()))

    async def write(self, change: Callable[[Job], Job]) -> Job:
        """Write the job changed. Raises `LeaseLostError` when somebody else wrote it.

        A write that is cancelled ends first, so that the next one knows of it.
        """
        async with self._lock:
            await uninterrupted(self._save(change))
            return self.job

    async def keep(self) -> None:
        """Renew the lease until cancelled. Raises `LeaseLostError`."""
        while True:
            await self._clock.sleep(RENEW_EVERY)
            await self.write(lambda job: job.renewed(self._clock.now()))

    async def _save(self, change: Callable[[Job], Job]) -> None:
        try:
            self.job = await self._jobs.save(self.scope, change(self.job))
        except StaleWriteError:
            raise LeaseLostError("The job was taken over or cancelled.") from None
