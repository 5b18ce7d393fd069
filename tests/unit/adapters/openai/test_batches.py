"""Which texts go into which request to an embedding model."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragtenancy.adapters.openai.client import open_client
from ragtenancy.adapters.openai.embeddings import (
    BATCH,
    BATCH_BYTES,
    DIMENSIONS,
    SCALES,
    TEXT_BYTES,
    OpenAIEmbedder,
    batches,
    fitting,
)
from ragtenancy.domain.relevance import Scale
from tests.openai_server import (
    Body,
    OpenAIServer,
    Reply,
    embedding_reply,
    json_reply,
    openai_server,
)

TEXTS = st.lists(st.text(max_size=20).map(lambda text: text * 700), max_size=150)


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with openai_server(
        lambda _, body: embedding_reply(body, body.get("dimensions", 1536))
    ) as served:
        yield served


@given(TEXTS)
def test_every_text_goes_out_once_in_order(texts: list[str]) -> None:
    sent = [text for batch in batches(texts) for text in batch]

    assert sent == [fitting(text) for text in texts]


@given(TEXTS)
def test_no_request_exceeds_a_limit(texts: list[str]) -> None:
    made = list(batches(texts))

    assert all(0 < len(batch) <= BATCH for batch in made)
    assert all(sum(len(text.encode()) for text in batch) <= BATCH_BYTES for batch in made)
    assert all(0 < len(text.encode()) <= TEXT_BYTES for batch in made for text in batch)


@given(st.text(max_size=50))
def test_a_text_that_fits_is_sent_as_it_is(text: str) -> None:
    assert fitting(text) == (text or " ")


def test_a_long_text_is_cut_between_its_signs() -> None:
    assert fitting("a" + "東" * 5_000) == "a" + "東" * ((TEXT_BYTES - 1) // 3)


def test_half_a_sign_is_no_failure() -> None:
    assert fitting("a\ud800b") == "a?b"


async def embed(server: OpenAIServer, model: str, dimension: int | None) -> Body:
    async with open_client("key", server.url, retries=0) as client:
        embedder = OpenAIEmbedder(client, model, dimension=dimension)
        vectors = await embedder.embed(["a"])
    assert vectors.shape == (1, embedder.model.dimension)
    return server.bodies[-1]


async def test_shorter_vectors_are_asked_for_by_their_dimension(server: OpenAIServer) -> None:
    assert (await embed(server, "text-embedding-3-large", 256))["dimensions"] == 256


@pytest.mark.parametrize("model", ["text-embedding-3-small", "a-deployment", "nomic-embed-text"])
async def test_a_models_own_dimension_is_not_asked_for(server: OpenAIServer, model: str) -> None:
    assert "dimensions" not in await embed(server, model, 1536)


async def test_deployment_and_dimension_make_another_model(server: OpenAIServer) -> None:
    async with open_client("key", server.url) as client:
        made = [
            OpenAIEmbedder(client, name, dimension=dimension).model.fingerprint
            for name in ("one", "other")
            for dimension in (256, 512)
        ]

    assert len(set(made)) == 4


@pytest.mark.parametrize(
    ("deployment", "reported", "source", "published"),
    [
        ("text-embedding-3-small", "m", "published", "text-embedding-3-small"),
        ("vectors", "text-embedding-3-large", "published", "text-embedding-3-large"),
        ("vectors", "ada", "published", "text-embedding-ada-002"),
        ("vectors", "nomic-embed-text", "built_in", None),
    ],
)
async def test_a_published_scale_is_that_of_the_model_behind_a_deployment(
    deployment: str, reported: str, source: str, published: str | None
) -> None:
    dimension = DIMENSIONS.get(deployment, 1536)
    with openai_server(lambda _, body: embedding_reply(body, dimension, model=reported)) as server:
        async with open_client("key", server.url, retries=0) as client:
            embedder = OpenAIEmbedder(client, deployment)
            await embedder.embed(["a"])

    assert embedder.scale == SCALES.get(published or "", Scale())
    assert embedder.scale.source == source


async def test_a_deployment_of_any_name_is_asked_for_shorter_vectors() -> None:
    def azure(_: str, body: Body) -> Reply:
        return embedding_reply(body, body.get("dimensions", 3072), model="text-embedding-3-large")

    with openai_server(azure) as server:
        await embed(server, "vectors", 1536)

    assert [body.get("dimensions") for body in server.bodies] == [None, 1536]


async def test_a_reply_without_its_models_name_is_accepted() -> None:
    with openai_server(lambda _, body: _nameless(embedding_reply(body))) as server:
        await embed(server, "local", 1536)

    assert len(server.bodies) == 1


def _nameless(reply: Reply) -> Reply:
    status, headers, pieces = reply
    body = json.loads(b"".join(pieces))
    return json_reply({"object": "list", "data": body["data"]}, status, **headers)
