"""Polling intervals of an idle worker."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

from ragtenancy import RagTenancy
from ragtenancy.app.ingestion.worker import Worker
from ragtenancy.container import Container
from ragtenancy.settings import Settings
from tests.scripted.clock import ScriptedClock

NOTE = b"# Note\n\nThe code is 4711."
MAX_IDLE = timedelta(seconds=1)


class Resting(ScriptedClock):
    """Records requested sleeps, and only yields to other tasks."""

    def __init__(self) -> None:
        super().__init__()
        self.rests: list[float] = []
        self._rested = asyncio.Event()

    async def sleep(self, delay: timedelta) -> None:
        self.rests.append(delay.total_seconds())
        self._rested.set()
        await asyncio.sleep(0.001)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until a condition holds after a sleep."""
        while not holds():
            self._rested.clear()
            await self._rested.wait()


async def test_an_idle_worker_backs_off_and_resets_after_work() -> None:
    container, clock = Container(settings=Settings(storage="memory")), Resting()
    async with RagTenancy.open(container=container, worker=False) as rag:
        await rag.create_tenant("acme")
        worker = Worker(
            container.job_repository(),
            container.tenant_repository(),
            container.ingestion(),
            container.holders(),
            clock,
            container.steps(),
            max_idle=MAX_IDLE,
        )
        working = asyncio.create_task(worker.run())
        await clock.until(lambda: len(clock.rests) >= 5)
        before = len(clock.rests)
        await rag.tenant("acme").ingest(NOTE, filename="note.md", wait=False)
        await clock.until(lambda: 0.2 in clock.rests[before:])
        working.cancel()
        await asyncio.wait([working])

    assert clock.rests[:5] == [0.2, 0.4, 0.8, 1.0, 1.0]
