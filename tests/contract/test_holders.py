"""What every `Holders` does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ragtenancy.adapters.system.machine import SystemHolders
from ragtenancy.ports.jobs import Holders
from tests.contract.backends import Backend, Tier, params
from tests.scripted.holders import ScriptedHolders


@asynccontextmanager
async def scripted(folder: Path) -> AsyncIterator[Holders]:  # noqa: ARG001 - the frame gives it
    yield ScriptedHolders()


@asynccontextmanager
async def system(folder: Path) -> AsyncIterator[Holders]:  # noqa: ARG001 - the frame gives it
    yield SystemHolders()


BACKENDS = params(
    Backend[Holders](name="scripted", tier=Tier.FAKE, adapter=ScriptedHolders, open=scripted),
    Backend[Holders](name="system", tier=Tier.EMBEDDED, adapter=SystemHolders, open=system),
)
pytestmark = pytest.mark.parametrize("backend", BACKENDS, indirect=True)


@pytest.fixture
async def holders(backend: Backend[Holders], tmp_path: Path) -> AsyncIterator[Holders]:
    async with backend.open(tmp_path) as opened:
        yield opened


async def test_my_name_has_three_parts_and_stays(holders: Holders) -> None:
    assert len(holders.me().split(":")) == 3
    assert holders.me() == holders.me()


async def test_i_am_not_dead(holders: Holders) -> None:
    assert not holders.is_dead(holders.me())


@pytest.mark.parametrize("holder", ["elsewhere:1:1", "", "a", "a:b", "a:b:c:d", ":::"])
async def test_of_others_nothing_is_known(holders: Holders, holder: str) -> None:
    assert not holders.is_dead(holder)
