"""A generator that its reader may leave."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest

from ragtenancy.app.concurrency import Pump


class Work:
    """Yields numbers, then waits or fails; says whether it was closed."""

    def __init__(
        self, count: int, failure: Exception | None = None, *, waits: bool = False
    ) -> None:
        self.count = count
        self.failure = failure
        self.waits = waits
        self.closed_in: asyncio.Task[object] | None = None

    async def items(self) -> AsyncGenerator[int, None]:
        try:
            for number in range(self.count):
                yield number
            if self.failure is not None:
                raise self.failure
            if self.waits:
                await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            self.closed_in = asyncio.current_task()


async def everything(pump: Pump[int]) -> list[int]:
    found: list[int] = []
    while items := await pump.take():
        found.extend(items)
    return found


async def test_every_item_comes_in_order() -> None:
    pump = Pump(Work(3).items())

    assert await everything(pump) == [0, 1, 2]
    assert pump.failure is None


async def test_a_failure_comes_after_the_items() -> None:
    pump = Pump(Work(2, ValueError("broken")).items())

    assert await everything(pump) == [0, 1]
    assert isinstance(pump.failure, ValueError)


async def test_closing_closes_the_generator_in_its_own_task() -> None:
    work = Work(1, waits=True)
    pump = Pump(work.items())
    assert await pump.take() == [0]

    await pump.close()

    assert work.closed_in is not None
    assert work.closed_in is not asyncio.current_task()


async def test_stopping_ends_the_reader() -> None:
    pump = Pump(Work(1, waits=True).items())
    assert await pump.take() == [0]

    pump.stop()

    assert await pump.take() == []
    assert pump.failure is None


@pytest.mark.parametrize("count", [0, 1])
async def test_closing_after_the_end_is_fine(count: int) -> None:
    pump = Pump(Work(count).items())
    await everything(pump)

    await pump.close()

    assert pump.failure is None
