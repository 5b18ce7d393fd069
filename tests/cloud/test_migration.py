"""A single-tenant installation's namespace moved into a client's, on the Pinecone server."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
from dependency_injector import providers

from ragtenancy.adapters.pinecone import schema
from ragtenancy.adapters.pinecone.backend import PineconeSettings
from ragtenancy.adapters.pinecone.client import open_pinecone
from ragtenancy.adapters.pinecone.foreign import DEFAULT_NAMESPACE
from ragtenancy.container import Container
from ragtenancy.domain.errors import ConflictError, InvalidError, NotFoundError
from ragtenancy.domain.ids import Namespace
from ragtenancy.library.rag import RagTenancy
from ragtenancy.ports.foreign_namespaces import ForeignRecord
from ragtenancy.settings import Settings, load_settings
from tests.emulators import pinecone
from tests.scripted.embeddings import DIMENSION, ScriptedEmbedder
from tests.scripted.token_counters import ScriptedTokenCounter

pytestmark = pytest.mark.emulator

GUIDES = 40
WRITTEN = 500


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    server = pinecone.server()
    return load_settings(
        {
            "RAGTENANCY_DATA_DIR": str(tmp_path / "data"),
            "PINECONE_API_KEY": uuid.uuid4().hex,
            "PINECONE_INDEX_NAME": "guides",
            "RAGTENANCY_PINECONE_CONTROLLER": server.url,
            "RAGTENANCY_PINECONE_HOST": server.url,
            "ADMIN_API_KEY": "0123456789abcdef" * 4,
        }
    )


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[tuple[RagTenancy, Container]]:
    """Open the installation with hashed vectors, on an index of their dimension."""
    key = settings.section(PineconeSettings).api_key
    assert key is not None
    index = open_pinecone(
        key.reveal(), "guides", controller=settings.section(PineconeSettings).controller
    )
    await schema.prepare(index, dimension=DIMENSION, cloud="aws", region="us-east-1")
    await index.close()
    container = Container(settings=settings)
    container.embedder.override(providers.Singleton(ScriptedEmbedder))
    container.token_counter.override(providers.Singleton(ScriptedTokenCounter))
    async with RagTenancy.open(container=container, worker=False) as rag:
        yield rag, container


async def old_records(count: int) -> Sequence[ForeignRecord]:
    texts = [f"Answer {at} of the guide: the code is K{at:05d}." for at in range(count)]
    vectors = await ScriptedEmbedder().embed(texts)
    return [
        ForeignRecord(
            id=f"chunk-{at:05d}",
            values=vectors[at],
            metadata={"source": f"guide-{at % GUIDES}.docx", "text": text, "tags": ["old"]},
        )
        for at, text in enumerate(texts)
    ]


async def fill(container: Container, records: Sequence[ForeignRecord]) -> None:
    foreign = container.foreign_namespaces()
    for start in range(0, len(records), WRITTEN):
        await foreign.write(DEFAULT_NAMESPACE, records[start : start + WRITTEN])


async def test_what_was_migrated_answers_and_is_undone(settings: Settings) -> None:
    records = await old_records(200)
    async with opened(settings) as (rag, container):
        await rag.create_tenant("circular_ai")
        await fill(container, records)
        migrated = await rag.migrate_namespace("circular_ai", DEFAULT_NAMESPACE)
        client = rag.tenant("circular_ai")
        found = (await client.search("K00123", top_k=1)).hits
        await rag.undo_namespace("circular_ai")
        left = [d async for d in client.documents()]
        vectors = await container.vectors().revisions((await rag.get_tenant("circular_ai")).scope)

    assert (migrated.copied, migrated.compared, migrated.overlap) == (200, 200, 1.0)
    assert found[0].source.text == records[123].metadata["text"]
    assert (left, list(vectors)) == ([], [])


@pytest.mark.parametrize("fault", ["dropped", "values", "metadata"])
async def test_a_copy_that_is_another_is_told_and_answers_nothing(
    settings: Settings, fault: str
) -> None:
    records = await old_records(250)
    async with opened(settings) as (rag, container):
        created = await rag.create_tenant("circular_ai")
        await fill(container, records)
        migration = container.namespace_migration()
        scope = created.tenant.scope
        state = await migration._begun(DEFAULT_NAMESPACE, scope.namespace, scope.tenant_id)
        await migration._copying.copy(state, scope)
        foreign = container.foreign_namespaces()
        [victim] = [r async for r in _records(container, scope.namespace, "K00077")]
        if fault == "dropped":
            await foreign.delete(scope.namespace, [victim.id])
        else:
            values = np.roll(victim.values, 1) if fault == "values" else victim.values
            metadata = (
                {**victim.metadata, "tags": ["new"]} if fault == "metadata" else victim.metadata
            )
            changed = ForeignRecord(id=victim.id, values=values, metadata=metadata)
            await foreign.write(scope.namespace, [changed])

        with pytest.raises(ConflictError, match="chunk-00077") as refused:
            await rag.migrate_namespace("circular_ai", DEFAULT_NAMESPACE)

        assert refused.value.reason == "not_verified"
        assert [d async for d in rag.tenant("circular_ai").documents()] == []
        with pytest.raises(ConflictError):
            await rag.delete_source("circular_ai")


async def _records(
    container: Container, namespace: Namespace, said: str
) -> AsyncIterator[ForeignRecord]:
    async for page in container.foreign_namespaces().pages(namespace, after=None):
        for record in page.records:
            if said in str(record.metadata.get("text")):
                yield record


async def test_the_old_records_go_when_the_client_answers(settings: Settings) -> None:
    async with opened(settings) as (rag, container):
        await rag.create_tenant("circular_ai")
        await fill(container, await old_records(150))
        await rag.migrate_namespace("circular_ai", DEFAULT_NAMESPACE)

        removed = await rag.delete_source("circular_ai")

        pages = [
            p async for p in container.foreign_namespaces().pages(DEFAULT_NAMESPACE, after=None)
        ]
        assert removed == 150
        assert sum(len(page.records) for page in pages) == 0
        assert (await rag.tenant("circular_ai").search("K00123")).hits


async def test_words_are_found_in_what_lies_beside_the_vectors(settings: Settings) -> None:
    async with opened(settings) as (rag, container):
        created = await rag.create_tenant("circular_ai")
        await fill(container, await old_records(80))
        await rag.migrate_namespace("circular_ai", DEFAULT_NAMESPACE)
        for document in [d async for d in rag.tenant("circular_ai").documents()]:
            await container.chunks().delete(created.tenant.scope, document.document_id)

    async with opened(settings) as (rag, _):
        hits = (await rag.tenant("circular_ai").search("K00042", top_k=1)).hits

    assert "K00042" in hits[0].source.text


async def test_a_clients_namespace_is_not_taken(settings: Settings) -> None:
    async with opened(settings) as (rag, _):
        await rag.create_tenant("acme")
        await rag.create_tenant("globex")

        with pytest.raises(InvalidError):
            await rag.migrate_namespace("globex", "acme")
        with pytest.raises(InvalidError):
            await rag.rehearse_namespace(DEFAULT_NAMESPACE, "acme")
        with pytest.raises(NotFoundError):
            await rag.undo_namespace("acme")
