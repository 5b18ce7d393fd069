"""What is remembered, for how long, and who waits for whom."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from ragtenancy.adapters.caching.lookups import Lookups
from ragtenancy.domain.errors import UnavailableError
from tests.scripted.clock import ScriptedClock

MAX_KEYS = 3


class Source:
    """Answers `<key><how often it was asked>`, once it is let."""

    def __init__(self) -> None:
        self.asked = 0
        self.given: list[str | None] = []
        self.open = asyncio.Event()
        self.open.set()
        self.away = False
        self.answer: str | None = "value"

    async def __call__(self, known: str | None) -> str | None:
        self.asked += 1
        self.given.append(known)
        number, answer = self.asked, self.answer
        await self.open.wait()
        if self.away:
            raise UnavailableError("The source is away.")
        return answer and f"{answer}{number}"


@pytest.fixture
def clock() -> ScriptedClock:
    return ScriptedClock()


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def lookups(clock: ScriptedClock) -> Lookups[str, str]:
    return Lookups(clock, seconds=10.0, most=MAX_KEYS)


def wait(clock: ScriptedClock, seconds: float) -> None:
    clock.advance(timedelta(seconds=seconds))


async def test_an_answer_serves_until_its_time_is_up(
    lookups: Lookups[str, str], source: Source, clock: ScriptedClock
) -> None:
    first = await lookups.get("a", source)
    wait(clock, 9.999)
    second = await lookups.get("a", source)
    wait(clock, 0.001)
    third = await lookups.get("a", source)

    assert (first, second, third) == ("value1", "value1", "value2")


async def test_an_old_answer_is_handed_to_the_source(
    lookups: Lookups[str, str], source: Source, clock: ScriptedClock
) -> None:
    await lookups.get("a", source)
    wait(clock, 11)

    await lookups.get("a", source)

    assert source.given == [None, "value1"]


async def test_the_age_counts_from_before_the_question(
    lookups: Lookups[str, str], source: Source, clock: ScriptedClock
) -> None:
    source.open.clear()
    asking = asyncio.ensure_future(lookups.get("a", source))
    await asyncio.sleep(0)
    wait(clock, 10)
    source.open.set()
    await asking

    assert await lookups.get("a", source) == "value2"


async def test_many_who_ask_at_once_ask_once(lookups: Lookups[str, str], source: Source) -> None:
    source.open.clear()
    waiting = [asyncio.ensure_future(lookups.get("a", source)) for _ in range(50)]
    await asyncio.sleep(0)
    source.open.set()

    assert await asyncio.gather(*waiting) == ["value1"] * 50
    assert source.asked == 1


async def test_whoever_leaves_does_not_take_the_answer_along(
    lookups: Lookups[str, str], source: Source
) -> None:
    source.open.clear()
    leaving = asyncio.ensure_future(lookups.get("a", source))
    staying = asyncio.ensure_future(lookups.get("a", source))
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.wait([leaving])
    source.open.set()

    assert leaving.cancelled()
    assert await staying == "value1"


async def test_an_error_is_shared_and_not_remembered(
    lookups: Lookups[str, str], source: Source
) -> None:
    source.away = True
    answers = await asyncio.gather(
        *(lookups.get("a", source) for _ in range(5)), return_exceptions=True
    )
    source.away = False

    assert [type(answer) for answer in answers] == [UnavailableError] * 5
    assert await lookups.get("a", source) == "value2"


async def test_an_old_answer_does_not_serve_after_an_error(
    lookups: Lookups[str, str], source: Source, clock: ScriptedClock
) -> None:
    await lookups.get("a", source)
    wait(clock, 10)
    source.away = True

    with pytest.raises(UnavailableError):
        await lookups.get("a", source)


async def test_the_absent_is_asked_for_each_time(
    lookups: Lookups[str, str], source: Source
) -> None:
    source.answer = None
    assert await lookups.get("a", source) is None
    source.answer = "there"

    assert await lookups.get("a", source) == "there2"


async def test_the_least_recently_asked_gives_way(
    lookups: Lookups[str, str], source: Source
) -> None:
    for key in ("a", "b", "c", "a", "d"):
        await lookups.get(key, source)

    kept = [await lookups.get(key, source) for key in ("a", "c", "d")]

    assert kept == ["value1", "value3", "value4"]
    assert await lookups.get("b", source) == "value5"


async def test_what_is_forgotten_is_asked_again(lookups: Lookups[str, str], source: Source) -> None:
    await lookups.get("a", source)

    lookups.forget("a")

    assert await lookups.get("a", source) == "value2"
    assert source.given == [None, None]


async def test_an_answer_under_way_when_forgotten_is_not_remembered(
    lookups: Lookups[str, str], source: Source
) -> None:
    source.open.clear()
    before = asyncio.ensure_future(lookups.get("a", source))
    await asyncio.sleep(0)
    lookups.forget("a")
    after = asyncio.ensure_future(lookups.get("a", source))
    await asyncio.sleep(0)
    source.open.set()

    assert (await before, await after) == ("value1", "value2")
    assert await lookups.get("a", source) == "value2"


async def test_what_matches_is_forgotten(lookups: Lookups[str, str], source: Source) -> None:
    await lookups.get("a", source)
    await lookups.get("b", source)

    lookups.forget_where(lambda value: value == "value1")

    assert await lookups.get("a", source) == "value3"
    assert await lookups.get("b", source) == "value2"
