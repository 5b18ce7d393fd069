"""Turns of one process's started jobs: who waits, who hands over, and what frees a turn."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from ragtenancy.app.jobs.scheduler import Account, JobScheduler, Permits, Turn
from ragtenancy.domain.fair_turns import QUANTUM, Contender
from ragtenancy.domain.ids import JobId
from ragtenancy.domain.queueing import MEBIBYTE
from ragtenancy.domain.tenants import TenantScope
from tests.factories import ACME, GLOBEX, NOW, job
from tests.scripted.clock import ScriptedClock

LARGE = 20 * MEBIBYTE
ROUNDS = 20  # of the loop, more than any hand-over needs


async def settled() -> None:
    """Let every task run as far as it can."""
    for _ in range(ROUNDS):
        await asyncio.sleep(0)


class Desk:
    """A scheduler, and workers that record when they hold a turn."""

    def __init__(self, *, slots: int = 1, parsers: int = 2) -> None:
        self.clock = ScriptedClock(NOW)
        self.scheduler = JobScheduler(self.clock, slots=slots, parsers=parsers)
        self.log: list[str] = []

    def turn(self, name: str, owner: TenantScope = ACME, size: int = 0) -> Turn:
        return self.scheduler.start(job(owner, name, size=size))

    async def work(self, name: str, turn: Turn, slices: int = 1, seconds: float = 1.0) -> None:
        async with turn.working():
            for _ in range(slices):
                self.log.append(name)
                await asyncio.sleep(0)
                self.clock.advance(timedelta(seconds=seconds))
                await turn.offer()

    async def parse(self, name: str, turn: Turn, until: asyncio.Event) -> None:
        async with turn.parsing():
            self.log.append(name)
            await until.wait()


async def test_tenants_take_turns_between_slices() -> None:
    desk = Desk()
    large, other = desk.turn("large"), desk.turn("other", GLOBEX)

    await asyncio.gather(desk.work("large", large, 4), desk.work("other", other, 4))

    assert desk.log == ["large", "other"] * 4


async def test_a_slice_shorter_than_the_quantum_is_not_handed_over() -> None:
    desk = Desk()
    large, other = desk.turn("large"), desk.turn("other", GLOBEX)

    await asyncio.gather(
        desk.work("large", large, 3, QUANTUM / 4), desk.work("other", other, 1, QUANTUM / 4)
    )

    assert desk.log == ["large"] * 3 + ["other"]


async def test_a_small_job_passes_a_large_one_of_its_tenant() -> None:
    desk = Desk()
    large, small = desk.turn("large", size=LARGE), desk.turn("small")

    await asyncio.gather(desk.work("large", large, 3), desk.work("small", small, 2))

    assert desk.log == ["large", "small", "small", "large", "large"]


async def test_as_many_jobs_work_at_a_time_as_there_are_slots() -> None:
    desk = Desk(slots=2)
    names = [f"job_{n}" for n in range(3)]
    entered = asyncio.Event()

    async def hold(name: str) -> None:
        async with desk.turn(name).working():
            desk.log.append(name)
            await entered.wait()

    holding = [asyncio.create_task(hold(name)) for name in names]
    await settled()

    assert desk.log == names[:2]
    entered.set()
    await asyncio.gather(*holding)
    assert desk.log == names


async def test_a_cancelled_wait_takes_no_turn() -> None:
    desk = Desk()
    first, second, third = desk.turn("first"), desk.turn("second"), desk.turn("third")

    async with first.working():
        waiting = asyncio.create_task(desk.work("second", second))
        await settled()
        waiting.cancel()
        await settled()
    await desk.work("third", third)

    assert desk.log == ["third"]


async def test_a_job_cancelled_as_it_gets_its_turn_gives_it_up() -> None:
    desk = Desk()
    first, second, third = desk.turn("first"), desk.turn("second"), desk.turn("third")

    async with first.working():
        waiting = asyncio.create_task(desk.work("second", second))
        await settled()
    waiting.cancel()
    await settled()
    await desk.work("third", third)

    assert desk.log == ["third"]


async def test_two_attempts_at_one_job_have_turns_of_their_own() -> None:
    desk = Desk(slots=2)
    leased = job().leased("here:1:1", NOW)
    first, second = (
        desk.scheduler.start(leased),
        desk.scheduler.start(leased.leased("here:1:1", NOW)),
    )

    async with first.working(), second.working():
        pass

    await desk.work("free again", desk.turn("other"))
    assert desk.log == ["free again"]


async def test_a_thread_waits_for_its_turn() -> None:
    desk = Desk()
    large, other = desk.turn("large"), desk.turn("other", GLOBEX)

    async with large.working():
        waiting = asyncio.create_task(desk.work("other", other))
        await settled()
        desk.clock.advance(timedelta(seconds=1))
        await asyncio.to_thread(large.offer_from_thread)
        desk.log.append("large")
    await waiting

    assert desk.log == ["other", "large"]


async def test_a_thread_that_waits_ends_with_its_job() -> None:
    desk = Desk()
    large, other = desk.turn("large"), desk.turn("other", GLOBEX)
    taken, held = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        async with other.working():
            taken.set()
            await held.wait()

    async with large.working():
        holding = asyncio.create_task(hold())
        await settled()
        desk.clock.advance(timedelta(seconds=1))
        thread = asyncio.create_task(asyncio.to_thread(large.offer_from_thread))
        await taken.wait()
    with pytest.raises(asyncio.CancelledError):
        await thread
    held.set()
    await holding

    await desk.work("free again", desk.turn("third"))
    assert desk.log == ["free again"]


async def test_the_last_parser_is_kept_for_small_files() -> None:
    desk, until = Desk(parsers=2), asyncio.Event()
    turns = {
        "large": desk.turn("large", size=LARGE),
        "larger": desk.turn("larger", GLOBEX, size=LARGE),
        "small": desk.turn("small", GLOBEX),
    }
    parsing = [asyncio.create_task(desk.parse(name, turn, until)) for name, turn in turns.items()]
    await settled()
    before = list(desk.log)

    until.set()
    await asyncio.gather(*parsing)

    assert before == ["large", "small"]
    assert desk.log == ["large", "small", "larger"]


async def test_a_grant_without_a_slice_for_long_lapses_to_the_next() -> None:
    clock = ScriptedClock(NOW)
    permits = Permits(Account(), clock, 1, lapse=0.001)
    stalled, other = (
        Contender(ACME.tenant_uid, NOW, JobId("stalled")),
        Contender(GLOBEX.tenant_uid, NOW, JobId("other")),
    )
    await permits.acquire(stalled)
    clock.advance(timedelta(seconds=1))

    await permits.acquire(other)

    assert permits.is_due(stalled)
    permits.release(other)
    await permits.exchange(stalled)
    assert not permits.is_due(stalled)


async def test_waiting_for_a_turn_is_not_part_of_the_time_limit() -> None:
    desk = Desk()
    first, second = desk.turn("first"), desk.turn("second", GLOBEX)
    limit = 0.02

    async def limited() -> None:
        async with second.limited(limit), second.working():
            desk.log.append("second")

    async with first.working():
        waiting = asyncio.create_task(limited())
        await asyncio.sleep(3 * limit)
    await waiting

    assert desk.log == ["second"]


async def test_work_beyond_the_time_limit_ends() -> None:
    turn = Desk().turn("first")

    with pytest.raises(TimeoutError):
        async with turn.limited(0.001), turn.working():
            await asyncio.Event().wait()
