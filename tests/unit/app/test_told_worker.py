"""Working when told."""

from __future__ import annotations

import asyncio

from ragtenancy import RagTenancy
from ragtenancy.container import Container
from ragtenancy.settings import Settings

NOTE = b"# Note\n\nThe code is 4711."


async def test_told_twice_at_once_a_job_is_done_once() -> None:
    container = Container(settings=Settings(storage="memory"))
    async with RagTenancy.open(container=container, worker=False) as rag:
        await rag.create_tenant("acme")
        queued = await rag.tenant("acme").ingest(NOTE, filename="note.md", wait=False)
        worker = container.told_worker(at_once=2)

        async with asyncio.TaskGroup() as group:
            for _ in range(5):
                group.create_task(worker.told())

        job = await rag.tenant("acme").job(queued.job_id)
        assert (job.job.status, job.job.attempts) == ("succeeded", 1)
