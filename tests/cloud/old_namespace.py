"""A single-tenant installation's namespace on the Pinecone server, and an installation beside it."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from dependency_injector import providers

from ragtenancy.adapters.pinecone import schema
from ragtenancy.adapters.pinecone.backend import PineconeSettings
from ragtenancy.adapters.pinecone.client import open_pinecone
from ragtenancy.container import Container
from ragtenancy.library.rag import RagTenancy
from ragtenancy.ports.foreign_namespaces import DEFAULT_NAMESPACE, ForeignRecord
from ragtenancy.settings import Settings, load_settings
from tests.emulators import pinecone
from tests.scripted.embeddings import DIMENSION, ScriptedEmbedder
from tests.scripted.token_counters import ScriptedTokenCounter

WRITTEN = 500


def settings_of(folder: Path) -> Settings:
    """Return the settings of an installation beside a Pinecone project of its own."""
    server = pinecone.server()
    return load_settings(
        {
            "RAGTENANCY_DATA_DIR": str(folder / "data"),
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


async def fill(container: Container, records: Sequence[ForeignRecord]) -> None:
    """Write the old program's records into the default namespace."""
    foreign = container.foreign_namespaces()
    for start in range(0, len(records), WRITTEN):
        await foreign.write(DEFAULT_NAMESPACE, records[start : start + WRITTEN])


async def record(record_id: str, text: str, /, **metadata: object) -> ForeignRecord:
    """Return a record whose vector is that of its text; without a text key of its own, `text`."""
    [vector] = await ScriptedEmbedder().embed([text])
    return ForeignRecord(id=record_id, values=vector, metadata={"text": text, **metadata})
