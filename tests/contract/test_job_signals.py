"""What every `JobSignals` does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from msgspec import Struct

from ragtenancy.adapters.celery.job_signals import CeleryJobSignals
from ragtenancy.adapters.system.null_adapters import SilentJobSignals
from ragtenancy.domain.ids import JobId
from ragtenancy.ports.job_signals import JobSignals
from tests.contract.backends import Backend, Tier, params
from tests.emulators.redis import redis_server
from tests.factories import ACME

JOB = JobId("job_1")
BOUND = 5.0


class Told(Struct, frozen=True, kw_only=True):
    """Signals, and what takes their broker away."""

    signals: JobSignals
    take_away: Callable[[], object]


@asynccontextmanager
async def silent(_folder: Path) -> AsyncIterator[Told]:
    yield Told(signals=SilentJobSignals(), take_away=lambda: None)


@asynccontextmanager
async def celery(_folder: Path) -> AsyncIterator[Told]:
    with redis_server() as broker:
        signals = CeleryJobSignals(broker.url)
        yield Told(signals=signals, take_away=broker.stop)
        await signals.close()


BACKENDS = params(
    Backend[Told](name="silent", tier=Tier.EMBEDDED, adapter=SilentJobSignals, open=silent),
    Backend[Told](
        name="celery-redis",
        tier=Tier.EMULATOR,
        adapter=CeleryJobSignals,
        open=celery,
        packages=("celery", "redis"),
    ),
)
pytestmark = pytest.mark.parametrize("backend", BACKENDS, indirect=True)


@pytest.fixture
async def told(backend: Backend[Told], tmp_path: Path) -> AsyncIterator[Told]:
    async with backend.open(tmp_path) as opened:
        yield opened


async def test_a_hint_may_be_given_twice(told: Told) -> None:
    await told.signals.submitted(ACME, JOB)
    await told.signals.submitted(ACME, JOB)


async def test_many_hints_may_be_given_at_once(told: Told) -> None:
    async with asyncio.TaskGroup() as group:
        for _ in range(20):
            group.create_task(told.signals.submitted(ACME, JOB))


async def test_a_hint_that_cannot_be_given_is_no_error_and_takes_bounded_time(told: Told) -> None:
    await told.signals.submitted(ACME, JOB)
    told.take_away()

    async with asyncio.timeout(BOUND):
        await told.signals.submitted(ACME, JOB)


async def test_a_cancelled_hint_leaves_it_usable(told: Told) -> None:
    task = asyncio.create_task(told.signals.submitted(ACME, JOB))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])

    await told.signals.submitted(ACME, JOB)
