"""What every `Clock` does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from ragtenancy.adapters.system.machine import SystemClock
from ragtenancy.ports.clock import Clock
from tests.contract.backends import Backend, Tier, params
from tests.scripted.clock import ScriptedClock


@asynccontextmanager
async def scripted(folder: Path) -> AsyncIterator[Clock]:  # noqa: ARG001 - the frame gives it
    yield ScriptedClock()


@asynccontextmanager
async def system(folder: Path) -> AsyncIterator[Clock]:  # noqa: ARG001 - the frame gives it
    yield SystemClock()


BACKENDS = params(
    Backend[Clock](name="scripted", tier=Tier.FAKE, adapter=ScriptedClock, open=scripted),
    Backend[Clock](name="system", tier=Tier.EMBEDDED, adapter=SystemClock, open=system),
)
pytestmark = pytest.mark.parametrize("backend", BACKENDS, indirect=True)


@pytest.fixture
async def clock(backend: Backend[Clock], tmp_path: Path) -> AsyncIterator[Clock]:
    async with backend.open(tmp_path) as opened:
        yield opened


async def test_now_is_in_utc(clock: Clock) -> None:
    assert clock.now().utcoffset() == timedelta(0)


async def test_the_monotonic_clock_does_not_go_back(clock: Clock) -> None:
    first = clock.monotonic()

    assert clock.monotonic() >= first


@pytest.mark.parametrize("seconds", [0, -1])
async def test_sleeping_no_time_lets_others_run(clock: Clock, seconds: int) -> None:
    ran = asyncio.Event()
    task = asyncio.create_task(_set(ran))

    await clock.sleep(timedelta(seconds=seconds))

    assert ran.is_set()
    await task


async def test_a_sleep_can_be_cancelled(clock: Clock) -> None:
    task = asyncio.create_task(clock.sleep(timedelta(hours=1)))
    await asyncio.sleep(0)

    task.cancel()

    await asyncio.wait([task])
    assert task.cancelled()


async def _set(event: asyncio.Event) -> None:
    event.set()
