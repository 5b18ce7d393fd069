"""What every `Probe` does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from msgspec import Struct

from ragtenancy.adapters.azure_blob.client import AzureBlobProbe, open_blobs, prepare
from ragtenancy.adapters.celery.job_signals import BrokerProbe
from ragtenancy.adapters.cosmos.client import open_cosmos
from ragtenancy.adapters.cosmos.schema import CosmosProbe
from ragtenancy.adapters.cosmos.schema import prepare as prepare_cosmos
from ragtenancy.adapters.files.data_folder import DataFolderProbe
from ragtenancy.adapters.openai.client import OpenAIProbe, open_client
from ragtenancy.adapters.pinecone.client import PineconeProbe
from ragtenancy.adapters.sqlite.client import ControlFile, SqliteProbe
from ragtenancy.ports.health import Probe
from tests.contract.backends import Backend, Tier, params
from tests.emulators.azurite import KEY, azurite, require_azurite
from tests.emulators.cosmos import KEY as COSMOS_KEY
from tests.emulators.cosmos import cosmos_emulator, require_cosmos
from tests.emulators.pinecone import pinecone_rig
from tests.emulators.pinecone_state import Fault
from tests.emulators.redis import redis_server
from tests.openai_server import error_reply, json_reply, openai_server


class Watched(Struct, frozen=True, kw_only=True):
    """A probe, and what takes its backend away."""

    probe: Probe
    take_away: Callable[[], object]


@asynccontextmanager
async def sqlite(folder: Path) -> AsyncIterator[Watched]:
    place = folder / "data"
    control = ControlFile(place / "control.db")
    yield Watched(
        probe=SqliteProbe(control),
        take_away=lambda: place.write_text("a file where a folder should be"),
    )
    await control.close()


@asynccontextmanager
async def data_folder(folder: Path) -> AsyncIterator[Watched]:
    place = folder / "data"
    place.mkdir()
    yield Watched(probe=DataFolderProbe(place, place / "tenants"), take_away=place.rmdir)


@asynccontextmanager
async def openai(_folder: Path) -> AsyncIterator[Watched]:
    with openai_server(lambda *_: json_reply({"object": "list", "data": []})) as server:
        async with open_client("key", server.url) as client:
            yield Watched(
                probe=OpenAIProbe(client),
                take_away=lambda: setattr(server, "reply", lambda *_: error_reply(500)),
            )


@asynccontextmanager
async def azure_blob(_folder: Path) -> AsyncIterator[Watched]:
    require_azurite()
    with azurite() as emulator:
        blobs = open_blobs(emulator.endpoint, KEY, "uploads")
        await prepare(blobs, dry_run=False)
        yield Watched(probe=AzureBlobProbe(blobs), take_away=emulator.stop)
        await blobs.close()


@asynccontextmanager
async def cosmos(_folder: Path) -> AsyncIterator[Watched]:
    require_cosmos()
    with cosmos_emulator() as emulator:
        database = open_cosmos(emulator.endpoint, COSMOS_KEY, "probed")
        await prepare_cosmos(database, throughput=None, dry_run=False)
        yield Watched(probe=CosmosProbe(database), take_away=emulator.stop)
        await database.close()


@asynccontextmanager
async def pinecone(_folder: Path) -> AsyncIterator[Watched]:
    async with pinecone_rig() as rig:
        yield Watched(
            probe=PineconeProbe(rig.index, seconds=1.0),
            take_away=lambda: rig.project.faults.append(Fault("reset")),
        )


@asynccontextmanager
async def broker(_folder: Path) -> AsyncIterator[Watched]:
    with redis_server() as server:
        yield Watched(probe=BrokerProbe(server.url), take_away=server.stop)


BACKENDS = params(
    Backend[Watched](name="sqlite", tier=Tier.EMBEDDED, adapter=SqliteProbe, open=sqlite),
    Backend[Watched](
        name="data_folder", tier=Tier.EMBEDDED, adapter=DataFolderProbe, open=data_folder
    ),
    Backend[Watched](name="openai-loopback", tier=Tier.FAKE, adapter=OpenAIProbe, open=openai),
    Backend[Watched](
        name="broker",
        tier=Tier.EMULATOR,
        adapter=BrokerProbe,
        open=broker,
        packages=("celery", "redis"),
    ),
    Backend[Watched](
        name="azure_blob",
        tier=Tier.EMULATOR,
        adapter=AzureBlobProbe,
        open=azure_blob,
        packages=("azure", "aiohttp"),
    ),
    Backend[Watched](
        name="cosmos",
        tier=Tier.EMULATOR,
        adapter=CosmosProbe,
        open=cosmos,
        packages=("azure", "aiohttp"),
    ),
    Backend[Watched](name="pinecone", tier=Tier.EMULATOR, adapter=PineconeProbe, open=pinecone),
)
pytestmark = pytest.mark.parametrize("backend", BACKENDS, indirect=True)


async def test_a_backend_that_is_there_is_connected(
    backend: Backend[Watched], tmp_path: Path
) -> None:
    async with backend.open(tmp_path) as watched:
        result = await watched.probe.check()

    assert (result.name, result.connected) == (watched.probe.name, True)


async def test_a_backend_that_is_away_is_said_to_be(
    backend: Backend[Watched], tmp_path: Path
) -> None:
    async with backend.open(tmp_path) as watched:
        watched.take_away()
        result = await watched.probe.check()

    assert not result.connected
    assert result.reason or result.name == "broker"
