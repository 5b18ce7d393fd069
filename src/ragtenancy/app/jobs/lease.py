"""A worker's lease on a job: every write to a running job goes through it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from ragtenancy.app.concurrency import uninterrupted
from ragtenancy.app.jobs.scheduler import Turn
from ragtenancy.domain.errors import LeaseLostError, StaleWriteError
from ragtenancy.domain.jobs import RENEW_EVERY, Job, Step
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.jobs import JobRepository


class JobLease:
    """Tracks the job's newest record, renews its lease and detects its loss.

    `permitted` is awaited with each renewal; its error ends the attempt. `entered` is called with the name of each step that begins or continues. `turn` is the attempt's
    part of its process's time.
    """

    def __init__(
        self,
        jobs: JobRepository,
        clock: Clock,
        scope: TenantScope,
        job: Job,
        *,
        entered: Callable[[str], object] = lambda _: None,
        turn: Turn | None = None,
        permitted: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._entered = entered
        self._permitted = permitted
        self.scope = scope
        self.job = job
        self.turn = turn or Turn()
        self._jobs = jobs
        self._clock = clock
        self._lock = asyncio.Lock()

    async def step(self, step: Step, progress: float) -> None:
        """Record the job's progress. Raises `LeaseLostError`."""
        self._entered(step)
        await self.write(lambda job: job.at_step(step, progress, self._clock.now()))

    async def write(self, change: Callable[[Job], Job]) -> Job:
        """Change and save the job. Raises `LeaseLostError` if another writer changed it.

        A cancelled write finishes first, so that the next one builds on it.
        """
        async with self._lock:
            await uninterrupted(self._save(change))
            return self.job

    async def keep(self) -> None:
        """Renew the lease until cancelled. Raises `LeaseLostError`, and what `permitted` raises."""
        while True:
            await self._clock.sleep(RENEW_EVERY)
            await self.write(lambda job: job.renewed(self._clock.now()))
            if self._permitted is not None:
                await self._permitted()

    async def _save(self, change: Callable[[Job], Job]) -> None:
        try:
            self.job = await self._jobs.save(self.scope, change(self.job))
        except StaleWriteError:
            raise LeaseLostError("The job was taken over or cancelled.") from None
