"""Workers that end themselves by SIGKILL at wanted moments: `crashing_worker STEP:at|after …`.

One works after the other, each in a process of its own, forked when all is imported; how each
ended is printed.

`at` kills when the step has just been recorded, `after` when it is done and the next write of
the job is about to be made. Only a job's first attempt is killed, so that the worker brings
what an earlier one left to its end before it dies itself.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from datetime import datetime

from dependency_injector import providers
from msgspec import structs

from ragtenancy.container import Container
from ragtenancy.domain.ids import JobId
from ragtenancy.domain.jobs import Job, JobStatus, QueuePlace, Step
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.queueing import UNLIMITED, Backlog, Room
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.jobs import JobRepository
from ragtenancy.settings import load_settings


class KillingJobs(JobRepository):
    """The real queue, until the moment comes."""

    def __init__(self, jobs: JobRepository, step: Step, moment: str) -> None:
        self._jobs = jobs
        self._step = step
        self._moment = moment
        self._at: Step | None = None

    async def save(self, scope: TenantScope, job: Job) -> Job:
        first = job.attempts == 1
        if first and self._moment == "after" and self._at is self._step is not job.step:
            _die()
        saved = await self._jobs.save(scope, job)
        self._at = saved.step if first else None
        if self._moment == "at" and self._at is self._step:
            _die()
        return saved

    async def get(self, scope: TenantScope, job_id: JobId) -> Job | None:
        return await self._jobs.get(scope, job_id)

    async def add(self, scope: TenantScope, job: Job) -> None:
        await self._jobs.add(scope, job)

    async def outbox(self, *, after: Cursor | None = None, limit: int = 50) -> Page[Job]:
        return await self._jobs.outbox(after=after, limit=limit)

    async def clear_outbox(self, ends: Sequence[Job]) -> None:
        await self._jobs.clear_outbox(ends)

    async def take(self, holder: str, now: datetime, room: Room = UNLIMITED) -> Job | None:
        taken = await self._jobs.take(holder, now, room)
        self._at = self._at if taken is None else None
        return taken

    async def place(self, scope: TenantScope, job_id: JobId, now: datetime) -> QueuePlace | None:
        return await self._jobs.place(scope, job_id, now)

    async def count_pending(self, scope: TenantScope) -> int:
        return await self._jobs.count_pending(scope)

    async def backlog(self) -> Backlog:
        return await self._jobs.backlog()

    async def page(
        self,
        scope: TenantScope,
        *,
        status: JobStatus | None = None,
        after: Cursor | None = None,
        limit: int = 50,
    ) -> Page[Job]:
        return await self._jobs.page(scope, status=status, after=after, limit=limit)

    async def page_all(
        self, *, status: JobStatus | None = None, after: Cursor | None = None, limit: int = 50
    ) -> Page[Job]:
        return await self._jobs.page_all(status=status, after=after, limit=limit)

    async def drop(self, scope: TenantScope) -> int:
        return await self._jobs.drop(scope)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


async def _work(step: Step, moment: str) -> None:
    container = Container(settings=load_settings())
    stores = container.stores()
    killing = structs.replace(stores, jobs=KillingJobs(stores.jobs, step, moment))
    container.stores.override(providers.Object(killing))
    async with container.closers():
        await container.worker().run(until_idle=True)


def _worked(step: Step, moment: str) -> int:
    """Work in a new process; return how it ended, as `subprocess` says it."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # the log is not for the test
        asyncio.run(_work(step, moment))
    finally:
        os._exit(0)


if __name__ == "__main__":
    crashes = [crash.split(":") for crash in sys.argv[1:]]
    print(*(_worked(Step(step), moment) for step, moment in crashes))  # noqa: T201 - the test reads it
