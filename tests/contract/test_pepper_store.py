"""What every `PepperStore` does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ragtenancy.adapters.cosmos.api_keys import CosmosPepperStore
from ragtenancy.adapters.files.secret_files import FilePepperStore
from ragtenancy.adapters.memory.tenants import InMemoryPepperStore
from ragtenancy.adapters.system.peppers import GivenPepperStore
from ragtenancy.domain.api_keys import peppers_of
from ragtenancy.ports.api_keys import PepperStore
from tests.contract.backends import Backend, Tier, params
from tests.emulators.cosmos import cosmos_database


@asynccontextmanager
async def memory(folder: Path) -> AsyncIterator[PepperStore]:  # noqa: ARG001 - the frame gives it
    yield InMemoryPepperStore()


@asynccontextmanager
async def files(folder: Path) -> AsyncIterator[PepperStore]:
    yield FilePepperStore(folder / "secrets" / "peppers.json")


@asynccontextmanager
async def cosmos(folder: Path) -> AsyncIterator[PepperStore]:  # noqa: ARG001 - the frame gives it
    async with cosmos_database() as database:
        yield CosmosPepperStore(database)


@asynccontextmanager
async def given(folder: Path) -> AsyncIterator[PepperStore]:  # noqa: ARG001 - the frame gives it
    yield GivenPepperStore(peppers_of("ab" * 32), InMemoryPepperStore())


BACKENDS = params(
    Backend[PepperStore](name="memory", tier=Tier.FAKE, adapter=InMemoryPepperStore, open=memory),
    Backend[PepperStore](name="files", tier=Tier.EMBEDDED, adapter=FilePepperStore, open=files),
    Backend[PepperStore](
        name="given",
        tier=Tier.EMBEDDED,
        adapter=GivenPepperStore,
        open=given,
        gaps={
            "test_there_is_none_before_the_first_is_made": "the operator makes them",
            "test_the_next_pepper_is_the_current_one_and_the_first_stays": "the operator makes them",
        },
    ),
    Backend[PepperStore](
        name="cosmos",
        tier=Tier.EMULATOR,
        adapter=CosmosPepperStore,
        open=cosmos,
        packages=("azure", "aiohttp"),
    ),
)
pytestmark = pytest.mark.parametrize("backend", BACKENDS, indirect=True)


@pytest.fixture
async def peppers(backend: Backend[PepperStore], tmp_path: Path) -> AsyncIterator[PepperStore]:
    async with backend.open(tmp_path) as opened:
        yield opened


async def test_an_absent_version_is_none(peppers: PepperStore) -> None:
    assert await peppers.get(9) is None


async def test_there_is_none_before_the_first_is_made(peppers: PepperStore) -> None:
    assert await peppers.current() is None


async def test_the_first_pepper_is_the_current_one(peppers: PepperStore) -> None:
    pepper = await peppers.make_first()

    assert pepper.version == 1
    assert len(pepper.secret) == 32
    assert (await peppers.current(), await peppers.get(1)) == (pepper, pepper)


async def test_a_second_first_pepper_is_the_first(peppers: PepperStore) -> None:
    pepper = await peppers.make_first()

    assert await peppers.make_first() == pepper


async def test_everybody_who_makes_the_first_at_once_gets_the_same(peppers: PepperStore) -> None:
    made = await asyncio.gather(*(peppers.make_first() for _ in range(8)))

    assert {pepper.secret for pepper in made} == {made[0].secret}


async def test_the_next_pepper_is_the_current_one_and_the_first_stays(peppers: PepperStore) -> None:
    first = await peppers.make_first()

    second = await peppers.make_next()

    assert (second.version, len(second.secret)) == (2, 32)
    assert second.secret != first.secret
    assert (await peppers.current(), await peppers.get(1), await peppers.get(2)) == (
        second,
        first,
        second,
    )


async def test_the_place_is_told(peppers: PepperStore) -> None:
    assert peppers.place
