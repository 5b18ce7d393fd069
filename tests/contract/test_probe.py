"""What every `Probe` does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ragtenancy.adapters.sqlite.client import ControlFile
from ragtenancy.adapters.sqlite.probe import SqliteProbe
from ragtenancy.ports.health import Probe
from tests.contract.backends import Backend, Tier, params


@asynccontextmanager
async def sqlite(folder: Path) -> AsyncIterator[Probe]:
    control = ControlFile(folder / "control.db")
    yield SqliteProbe(control)
    await control.close()


BACKENDS = params(
    Backend[Probe](name="sqlite", tier=Tier.EMBEDDED, adapter=SqliteProbe, open=sqlite)
)
pytestmark = pytest.mark.parametrize("backend", BACKENDS, indirect=True)


async def test_a_backend_that_is_there_is_connected(
    backend: Backend[Probe], tmp_path: Path
) -> None:
    async with backend.open(tmp_path) as probe:
        result = await probe.check()

    assert (result.name, result.connected) == (probe.name, True)


async def test_a_backend_that_is_away_is_said_to_be(
    backend: Backend[Probe], tmp_path: Path
) -> None:
    async with backend.open(tmp_path / "gone") as probe:
        (tmp_path / "gone").write_text("a file where a folder should be")
        result = await probe.check()

    assert not result.connected
