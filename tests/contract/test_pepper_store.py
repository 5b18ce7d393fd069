"""What every `PepperStore` does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ragtenancy.adapters.cosmos.peppers import CosmosPepperStore
from ragtenancy.adapters.files.peppers import FilePepperStore
from ragtenancy.adapters.memory.peppers import InMemoryPepperStore
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


BACKENDS = params(
    Backend[PepperStore](name="memory", tier=Tier.FAKE, adapter=InMemoryPepperStore, open=memory),
    Backend[PepperStore](name="files", tier=Tier.EMBEDDED, adapter=FilePepperStore, open=files),
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
    assert await peppers.get(1) is None


async def test_the_first_pepper_is_made_when_first_asked_for(peppers: PepperStore) -> None:
    pepper = await peppers.current()

    assert pepper.version == 1
    assert len(pepper.secret) == 32
    assert await peppers.get(1) == pepper


async def test_everybody_who_asks_at_once_gets_the_same(peppers: PepperStore) -> None:
    asked = await asyncio.gather(*(peppers.current() for _ in range(8)))

    assert {pepper.secret for pepper in asked} == {(await peppers.current()).secret}
