"""Vectors in Pinecone beside records in SQLite: setting up, starting, and a question."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from dependency_injector import providers

from ragtenancy.adapters.pinecone import schema
from ragtenancy.adapters.pinecone.backend import PineconeSettings
from ragtenancy.adapters.pinecone.client import open_pinecone
from ragtenancy.adapters.pinecone.vectors import PineconeVectorIndex
from ragtenancy.container import Container
from ragtenancy.domain.errors import ConfigurationError
from ragtenancy.library.rag import RagTenancy, set_up
from ragtenancy.ports.embeddings import Vectors
from ragtenancy.settings import Settings, load_settings
from tests.emulators import pinecone
from tests.process.running import PATIENCE, running
from tests.scripted.embeddings import DIMENSION, ScriptedEmbedder
from tests.scripted.token_counters import ScriptedTokenCounter

pytestmark = pytest.mark.emulator

ADMIN = "0123456789abcdef" * 4
MADE = "create index guides (dimension 384, metric cosine, aws us-east-1)"


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    key = uuid.uuid4().hex
    server = pinecone.server()
    yield load_settings(
        {
            "RAGTENANCY_DATA_DIR": str(tmp_path / "data"),
            "PINECONE_API_KEY": key,
            "PINECONE_INDEX_NAME": "guides",
            "RAGTENANCY_PINECONE_CLOUD": "aws",
            "RAGTENANCY_PINECONE_REGION": "us-east-1",
            "RAGTENANCY_PINECONE_CONTROLLER": server.url,
            "RAGTENANCY_PINECONE_HOST": server.url,
            "ADMIN_API_KEY": ADMIN,
        }
    )
    server.projects.pop(key, None)


async def test_a_dry_run_names_what_would_be_made(settings: Settings) -> None:
    lines = await set_up(settings, dry_run=True)

    made = [f"create data folder {settings.data_dir}", f"create {settings.data_dir}/control.db"]
    assert lines == [*made, MADE]
    assert not settings.data_dir.exists()
    assert await set_up(settings, dry_run=True) == lines


async def test_setting_up_twice_changes_nothing(settings: Settings) -> None:
    first = await set_up(settings)

    assert first[2] == MADE
    assert await set_up(settings) == [
        f"keep data folder {settings.data_dir}",
        f"keep {settings.data_dir}/control.db",
        "keep index guides (dimension 384, metric cosine)",
    ]


async def test_without_an_index_nothing_starts(settings: Settings) -> None:
    with pytest.raises(ConfigurationError, match="setup"):
        async with RagTenancy.open(settings):
            pass


def test_serving_without_an_index_ends_with_one_sentence(tmp_path: Path) -> None:
    server = pinecone.server()
    with running(
        tmp_path / "data",
        "serve",
        PINECONE_API_KEY=uuid.uuid4().hex,
        PINECONE_INDEX_NAME="guides",
        RAGTENANCY_PINECONE_CONTROLLER=server.url,
        RAGTENANCY_PINECONE_HOST=server.url,
        RAGTENANCY_PORT="0",
    ) as process:
        said = process.communicate(timeout=PATIENCE)[1]

    assert process.returncode == 1
    assert "Traceback" not in said
    assert said.splitlines()[-1] == (
        'ragtenancy: The Pinecone index "guides" does not exist: run `ragtenancy setup`.'
    )


async def test_an_index_of_another_dimension_stops_the_start(settings: Settings) -> None:
    pinecone = settings.section(PineconeSettings)
    assert pinecone.api_key is not None
    index = open_pinecone(pinecone.api_key.reveal(), "guides", controller=pinecone.controller)
    await schema.prepare(index, dimension=8, cloud="aws", region="us-east-1")
    await index.close()

    with pytest.raises(ConfigurationError, match="dimension 8, but the embedding model has 384"):
        async with RagTenancy.open(settings):
            pass


async def dot_product_index(settings: Settings) -> None:
    """Make an index of the dimension of `ScriptedEmbedder`, of metric dotproduct."""
    key = settings.section(PineconeSettings).api_key
    assert key is not None
    server = pinecone.server()
    index = open_pinecone(key.reveal(), "guides", controller=server.url)
    await schema.prepare(index, dimension=DIMENSION, cloud="aws", region="us-east-1")
    await index.close()
    made = server.project(key.reveal()).index
    assert made is not None
    made["schema"]["fields"]["_values"]["metric"] = "dotproduct"


class LongVectors(ScriptedEmbedder):
    """Makes vectors of length 2."""

    async def embed(self, texts: Sequence[str]) -> Vectors:
        return 2 * await super().embed(texts)


async def test_an_index_of_dot_products_serves_vectors_of_unit_length(settings: Settings) -> None:
    await dot_product_index(settings)
    container = Container(settings=settings)
    container.embedder.override(providers.Singleton(ScriptedEmbedder))
    container.token_counter.override(providers.Singleton(ScriptedTokenCounter))
    async with RagTenancy.open(container=container, worker=True) as rag:
        await rag.create_tenant("acme")
        acme = rag.tenant("acme")
        await acme.ingest(b"# Reports\n\nOpen the menu.", filename="guide.md")

        found = await acme.search("Open the menu.")

    assert found.hits
    assert 'ragtenancy_pinecone_read_units_total{client_id="acme",operation="query"}' in (
        container.metrics().render()
    )


async def test_an_index_of_dot_products_is_refused_for_longer_vectors(settings: Settings) -> None:
    await dot_product_index(settings)
    container = Container(settings=settings)
    container.embedder.override(providers.Singleton(LongVectors))

    with pytest.raises(ConfigurationError, match=r"made one of length 2\.000"):
        async with RagTenancy.open(container=container):
            pass


async def test_questions_are_answered_and_a_client_leaves_nothing(settings: Settings) -> None:
    await set_up(settings)
    container = Container(settings=settings)
    async with RagTenancy.open(container=container, worker=True) as rag:
        assert isinstance(container.vectors(), PineconeVectorIndex)
        assert {"sqlite", "pinecone"} <= set((await rag.health()).services)
        created = await rag.create_tenant("acme")
        acme = rag.tenant("acme")
        await acme.ingest(
            b"# Reports\n\nOpen the menu and choose Create report.", filename="guide.md"
        )
        reply = await acme.ask("How do I create a report?")
        deletion = await rag.delete_tenant("acme")

        assert "Create report" in reply.answer
        assert (deletion.status, sum(deletion.remaining.values())) == ("verified", 0)
        assert set((await container.storage().census(created.tenant.scope)).values()) == {0}
