"""What every `MigrationStates` does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from msgspec import structs

from ragtenancy.adapters.files.data_folder import FileMigrationStates
from ragtenancy.domain.ids import Namespace, TenantId
from ragtenancy.ports.migration_states import MigrationState, MigrationStates
from tests.contract.backends import Backend, Tier, params

STATE = MigrationState(
    source=Namespace("__default__"),
    target=Namespace("circular_ai"),
    tenant_id=TenantId("circular_ai"),
    after="token",
    copied=7,
    chunks={"guide.docx": 7},
)


@asynccontextmanager
async def files(folder: Path) -> AsyncIterator[MigrationStates]:
    yield FileMigrationStates(folder / "migrations")


BACKENDS = params(
    Backend[MigrationStates](
        name="files", tier=Tier.EMBEDDED, adapter=FileMigrationStates, open=files
    ),
)
pytestmark = pytest.mark.parametrize("backend", BACKENDS, indirect=True)


@pytest.fixture
async def states(
    backend: Backend[MigrationStates], tmp_path: Path
) -> AsyncIterator[MigrationStates]:
    async with backend.open(tmp_path) as opened:
        yield opened


async def test_an_absent_state_is_none(states: MigrationStates) -> None:
    assert await states.get(STATE.target) is None
    await states.forget(STATE.target)


async def test_the_newest_state_of_a_target_is_kept(states: MigrationStates) -> None:
    other = structs.replace(STATE, target=Namespace("scratch"), tenant_id=None)
    later = structs.replace(STATE, copied=9, after=None, is_copied=True)

    for state in (STATE, other, later):
        await states.put(state)

    assert await states.get(STATE.target) == later
    assert await states.get(other.target) == other


async def test_a_forgotten_state_is_gone(states: MigrationStates) -> None:
    await states.put(STATE)

    await states.forget(STATE.target)

    assert await states.get(STATE.target) is None
