"""The clock that is wound by hand."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from tests.scripted.clock import ScriptedClock

SECOND = timedelta(seconds=1)


async def test_a_sleeper_wakes_when_the_clock_is_wound_past_its_time() -> None:
    clock = ScriptedClock()
    task = asyncio.create_task(clock.sleep(2 * SECOND))
    await asyncio.sleep(0)

    clock.advance(SECOND)
    await asyncio.sleep(0)
    too_early = task.done()
    clock.advance(SECOND)

    await task
    assert not too_early
    assert clock.sleepers == 0


async def test_a_cancelled_sleeper_is_forgotten() -> None:
    clock = ScriptedClock()
    task = asyncio.create_task(clock.sleep(SECOND))
    await asyncio.sleep(0)

    task.cancel()
    await asyncio.wait([task])

    assert clock.sleepers == 0


def test_the_clock_stands_still() -> None:
    clock = ScriptedClock()
    before = clock.now()

    clock.advance(SECOND)

    assert clock.now() - before == SECOND
    assert clock.monotonic() == 1.0
