"""Working when told that a job waits, and now and then without being told."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from ragtenancy.app.ingestion.worker import Worker
from ragtenancy.ports.clock import Clock

LOOK_EVERY = timedelta(seconds=5)


class ToldWorker:
    """Brings whatever is due to its end, `at_once` jobs at most at a time.

    Which job that is, and that nobody else has it, the queue alone says: a hint told twice finds
    nothing left, and a lost one is made good at the next look.
    """

    def __init__(self, worker: Worker, clock: Clock, *, at_once: int) -> None:
        self._worker = worker
        self._clock = clock
        self._at_once = at_once
        self._turns = asyncio.Semaphore(at_once)

    async def told(self) -> None:
        """Work until nothing is due."""
        async with self._turns:
            await self._worker.run(until_idle=True)

    async def look(self, every: timedelta = LOOK_EVERY) -> None:
        """Work whenever a look at the queue finds something, until cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(self._at_once):
                group.create_task(self._look(every))

    async def _look(self, every: timedelta) -> None:
        while True:
            await self.told()
            await self._clock.sleep(every)
