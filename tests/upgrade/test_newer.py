"""Stores of a later program are refused in words, and nothing in them is changed."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import apsw
import pytest

from ragtenancy import RagTenancy
from ragtenancy.adapters.cosmos import schema
from ragtenancy.adapters.cosmos.backend import CosmosSettings
from ragtenancy.adapters.cosmos.client import open_cosmos
from ragtenancy.adapters.cosmos.items import Items
from ragtenancy.domain.errors import ConfigurationError, NewerStateError
from ragtenancy.library.rag import set_up
from tests.cloud.test_cosmos_wiring import cloud
from tests.emulators import cosmos
from tests.process.running import COMMAND, PATIENCE, environment
from tests.upgrade import page
from tests.upgrade.fixture import give_folder

LATER = 999
REFUSED = [["serve", "--port", "0"], ["sweep", "--full"]]


@pytest.mark.embedded
@pytest.mark.parametrize("arguments", REFUSED, ids=lambda words: words[0])
def test_a_later_folder_is_refused_and_left_alone(tmp_path: Path, arguments: list[str]) -> None:
    folder = tmp_path / "data"
    give_folder(folder)
    raise_format(folder / "control.db")
    before = files(folder)

    refused = subprocess.run(
        [*COMMAND, *arguments],
        env=environment(folder),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )

    assert refused.returncode == 1
    said = refused.stderr.splitlines()[-1].replace(str(folder), "data")
    assert without_numbers(said) == without_numbers(page.refusal())
    assert files(folder) == before


@pytest.mark.emulator
async def test_a_later_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    cosmos.require_cosmos()
    with cosmos.cosmos_emulator() as running, cloud(running.endpoint, tmp_path) as settings:
        await set_up(settings)
        database = open_cosmos(
            running.endpoint, cosmos.KEY, settings.section(CosmosSettings).database or ""
        )
        marks = Items(database, schema.FORMAT_CONTAINER)
        later = {"id": schema.FORMAT_ITEM, "format": LATER}
        await marks.upsert(schema.FORMAT_PARTITION, later)

        with pytest.raises(ConfigurationError, match=f"its format is {LATER}"):
            async with RagTenancy.open(settings):
                pass
        with pytest.raises(NewerStateError, match=f"its format is {LATER}"):
            await set_up(settings)

        kept = await marks.read(schema.FORMAT_PARTITION, schema.FORMAT_ITEM)
        await database.close()
    assert kept is not None
    assert kept["format"] == LATER


def without_numbers(text: str) -> str:
    return re.sub(r"\d+", "N", text)


def raise_format(path: Path) -> None:
    """Give a file of SQLite the version of a later program's."""
    connection = apsw.Connection(str(path))
    connection.pragma("user_version", LATER)
    connection.close()


def files(folder: Path) -> Mapping[str, bytes]:
    """Return every file's content but of SQLite's index of a log, which readers write."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith("-shm")
    }
