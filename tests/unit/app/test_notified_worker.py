"""Workers driven by notifications, and stopped workers."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Literal

import pytest

from ragtenancy import RagTenancy
from ragtenancy.container import Container
from ragtenancy.domain.jobs import Job
from ragtenancy.ports.jobs import JobRepository
from ragtenancy.settings import Settings

PAUSE = 0.0004  # seconds: the queue is written and read in threads
NOTE = b"# Note\n\nThe code is 4711."


async def test_a_job_notified_several_times_runs_once() -> None:
    container = Container(settings=Settings(storage="memory"))
    async with RagTenancy.open(container=container, worker=False) as rag:
        await rag.create_tenant("acme")
        queued = await rag.tenant("acme").ingest(NOTE, filename="note.md", wait=False)
        worker = container.worker().notified(concurrency=2)

        async with asyncio.TaskGroup() as group:
            for _ in range(5):
                group.create_task(worker.notify())

        job = await rag.tenant("acme").job(queued.job_id)
        assert (job.job.status, job.job.attempts) == ("succeeded", 1)


class Hesitant:
    """A queue that hands out a job before its taker learns of it."""

    def __init__(self, jobs: JobRepository) -> None:
        self._jobs = jobs
        self.took = asyncio.Event()
        self.tells = asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._jobs, name)

    async def take(self, *given: Any) -> Job | None:
        job = await self._jobs.take(*given)
        self.took.set()
        await self.tells.wait()
        return job


async def test_a_job_being_taken_when_the_worker_stops_is_requeued_at_once() -> None:
    container = Container(settings=Settings(storage="memory"))
    async with RagTenancy.open(container=container, worker=False) as rag:
        await rag.create_tenant("acme")
        queued = await rag.tenant("acme").ingest(NOTE, filename="note.md", wait=False)
        jobs = Hesitant(container.job_repository())
        container.job_repository.override(jobs)
        working = asyncio.create_task(container.worker().run())
        await jobs.took.wait()
        assert (await rag.tenant("acme").job(queued.job_id)).job.status == "running"

        working.cancel()
        jobs.tells.set()
        await asyncio.wait([working])

        assert working.cancelled()
        assert (await rag.tenant("acme").job(queued.job_id)).job.status == "queued"


class BrokenOnce(Hesitant):
    """A queue that fails once with an unexpected error."""

    broken = False

    async def take(self, *given: Any) -> Job | None:
        if not self.broken:
            self.broken = True
            raise LookupError
        return await self._jobs.take(*given)


async def test_an_unexpected_error_does_not_stop_the_worker() -> None:
    container = Container(settings=Settings(storage="memory"))
    async with RagTenancy.open(container=container, worker=False) as rag:
        await rag.create_tenant("acme")
        container.job_repository.override(BrokenOnce(container.job_repository()))
        working = asyncio.create_task(container.worker().run())

        done = await rag.tenant("acme").ingest(NOTE, filename="note.md")

        assert done.status == "succeeded"
        working.cancel()
        await asyncio.wait([working])


@pytest.mark.parametrize("storage", ["memory", "sqlite"])
async def test_whenever_a_worker_is_stopped_its_job_waits_or_has_ended(
    storage: Literal["memory", "sqlite"], tmp_path: Path
) -> None:
    container = Container(settings=Settings(storage=storage, data_dir=tmp_path))
    async with RagTenancy.open(container=container, worker=False) as rag:
        await rag.create_tenant("acme")
        for step in range(40):
            note = NOTE + str(step).encode()
            queued = await rag.tenant("acme").ingest(note, filename=f"{step}.md", wait=False)
            working = asyncio.create_task(container.worker().run())
            await asyncio.sleep(step * PAUSE)
            working.cancel()
            await asyncio.wait([working])

            job = (await rag.tenant("acme").job(queued.job_id)).job
            assert job.status in ("queued", "succeeded"), step
            await rag.work(until_idle=True)
