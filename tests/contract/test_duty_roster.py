"""What every `DutyRoster` does."""

from __future__ import annotations

import asyncio

import pytest

from ragtenancy.adapters.cosmos.intents import CosmosDutyRoster
from ragtenancy.adapters.memory.jobs import InMemoryDutyRoster
from ragtenancy.adapters.sqlite.intents import SqliteDutyRoster
from ragtenancy.ports.intents import DutyRoster
from tests.contract.cosmos_house import on_cosmos
from tests.contract.houses import House, in_houses
from tests.factories import NOW, SECOND

BACKENDS = [*in_houses(InMemoryDutyRoster, SqliteDutyRoster), *on_cosmos(CosmosDutyRoster)]
pytestmark = pytest.mark.parametrize("backend", BACKENDS, indirect=True)


@pytest.fixture
def duties(house: House) -> DutyRoster:
    return house.duties


async def test_a_free_duty_is_given(duties: DutyRoster) -> None:
    assert await duties.claim("sweep", now=NOW, until=NOW + SECOND)


async def test_a_duty_that_is_taken_is_not_given_again(duties: DutyRoster) -> None:
    await duties.claim("sweep", now=NOW, until=NOW + 2 * SECOND)

    assert not await duties.claim("sweep", now=NOW + SECOND, until=NOW + 9 * SECOND)
    assert await duties.claim("other", now=NOW + SECOND, until=NOW + 9 * SECOND)


async def test_a_duty_is_free_again_when_its_time_is_over(duties: DutyRoster) -> None:
    await duties.claim("sweep", now=NOW, until=NOW + SECOND)

    assert await duties.claim("sweep", now=NOW + SECOND, until=NOW + 2 * SECOND)
    assert not await duties.claim("sweep", now=NOW + SECOND, until=NOW + 3 * SECOND)


async def test_of_many_at_once_one_is_given_it(duties: DutyRoster) -> None:
    claims = (duties.claim("sweep", now=NOW, until=NOW + SECOND) for _ in range(6))

    assert sum(await asyncio.gather(*claims)) == 1
