"""Originals in Azure Blob storage beside records in SQLite: setting up, and a client's life."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ragtenancy.adapters.azure_blob.blobs import AzureBlobStore
from ragtenancy.container import Container
from ragtenancy.library.rag import RagTenancy, set_up
from ragtenancy.settings import Settings, load_settings
from tests.emulators.azurite import KEY, Azurite, azurite, require_azurite

pytestmark = pytest.mark.emulator


@pytest.fixture
def account() -> Iterator[Azurite]:
    require_azurite()
    with azurite() as emulator:
        yield emulator


@pytest.fixture
def settings(tmp_path: Path, account: Azurite) -> Settings:
    return load_settings(
        {
            "RAGTENANCY_DATA_DIR": str(tmp_path / "data"),
            "RAGTENANCY_BLOB_ENDPOINT": account.endpoint,
            "RAGTENANCY_BLOB_KEY": KEY,
            "RAGTENANCY_BLOB_CONTAINER": "originals",
            "ADMIN_API_KEY": "0123456789abcdef" * 4,
        }
    )


async def test_the_container_is_made_once(settings: Settings) -> None:
    planned = await set_up(settings, dry_run=True)
    first = await set_up(settings)
    second = await set_up(settings)

    assert (planned[2], first[2]) == ("create blob container originals",) * 2
    assert second[2] == "keep blob container originals"


async def test_originals_lie_there_and_go_with_their_client(settings: Settings) -> None:
    await set_up(settings)
    container = Container(settings=settings)
    async with RagTenancy.open(container=container) as rag:
        assert isinstance(container.blobs(), AzureBlobStore)
        created = await rag.create_tenant("acme")
        acme = rag.tenant("acme")
        await acme.ingest(b"# Reports\n\nChoose Create report.", filename="guide.md")
        kept = await container.blobs().names(created.tenant.scope)
        reply = await acme.ask("How do I create a report?")
        deletion = await rag.delete_tenant("acme")

        assert len(kept) == 1
        assert "Create report" in reply.answer
        assert (deletion.status, sum(deletion.remaining.values())) == ("verified", 0)
        assert (await rag.health()).services["azure_blob"] == "connected"
