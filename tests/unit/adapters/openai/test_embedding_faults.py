"""Every way in which an embedding model's server fails, over real sockets."""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np
import pytest

from ragtenancy.adapters.openai.bounded import REPLY_BYTES
from ragtenancy.adapters.openai.client import open_client
from ragtenancy.adapters.openai.embeddings import BATCH, OpenAIEmbedder
from ragtenancy.domain.errors import BackendTimeoutError, RejectedError, UnavailableError
from ragtenancy.ports.embeddings import Vectors
from tests.openai_server import (
    RESET,
    Body,
    OpenAIServer,
    Reply,
    embedding_reply,
    error_reply,
    json_reply,
    openai_server,
)

DIMENSION = 1536
MEBIBYTE = 1 << 20
JSON = {"Content-Type": "application/json"}
HTML = {"Content-Type": "text/html"}


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with openai_server(lambda _, body: embedding_reply(body)) as served:
        yield served


async def embed(
    server: OpenAIServer, *texts: str, silence: float = 10.0, batch_seconds: float = 10.0
) -> Vectors:
    async with open_client("key", server.url, retries=0, timeout=silence) as client:
        model = OpenAIEmbedder(client, "text-embedding-3-small", batch_seconds=batch_seconds)
        return await model.embed(texts)


def of(*values: object) -> Reply:
    """A reply with one vector of each number."""
    return rows(*({"index": i, "embedding": [value] * DIMENSION} for i, value in enumerate(values)))


def rows(*data: Body) -> Reply:
    usage = {"prompt_tokens": 1, "total_tokens": 1}
    named = [{"object": "embedding", **row} for row in data]
    return json_reply({"object": "list", "model": "m", "data": named, "usage": usage})


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(of(1.0), id="too few"),
        pytest.param(of(1.0, 1.0, 1.0), id="too many"),
        pytest.param(of(1.0, 0.0), id="norm 0"),
        pytest.param(of(1.0, float("nan")), id="NaN"),
        pytest.param(of(1.0, float("inf")), id="infinite"),
        pytest.param(of(1.0, 10**400), id="a number beyond all bounds"),
        pytest.param(of(1.0, [1.0]), id="a matrix"),
        pytest.param(
            rows(*[{"index": 0, "embedding": [1.0] * DIMENSION}] * 2), id="one text's twice"
        ),
        pytest.param(
            rows({"index": 0, "embedding": [1.0] * 8}, {"index": 1, "embedding": [1.0] * 9}),
            id="two dimensions",
        ),
        pytest.param(
            rows(*({"index": i, "embedding": [1.0] * 8} for i in (0, 1))), id="another dimension"
        ),
    ],
)
async def test_vectors_that_cannot_be_used_are_refused(server: OpenAIServer, reply: Reply) -> None:
    server.reply = lambda *_: reply

    with pytest.raises(RejectedError) as caught:
        await embed(server, "a", "b")

    assert caught.value.reason in {"bad_vectors", "bad_reply"}


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param((200, JSON, [b"{nope"]), id="invalid JSON"),
        pytest.param((200, JSON, [b""]), id="nothing"),
        pytest.param((200, JSON, [b"null"]), id="null"),
        pytest.param((200, JSON, [b"\xff\xfe"]), id="no UTF-8"),
        pytest.param((200, JSON, [b"[" * 100_000]), id="nested without end"),
        pytest.param((200, HTML, [b"<html>Bad gateway</html>"]), id="HTML with 200"),
        pytest.param(json_reply({"data": None}), id="no data"),
        pytest.param(json_reply({"data": []}), id="no vectors"),
        pytest.param(json_reply({"data": [{"index": 0}]}), id="a row without a vector"),
        pytest.param(rows({"index": None, "embedding": [1.0] * DIMENSION}), id="no index"),
        pytest.param(of("one"), id="words for numbers"),
        pytest.param(rows({"index": 0, "embedding": None}), id="null for a vector"),
    ],
)
async def test_a_reply_that_is_not_of_the_protocol_is_refused(
    server: OpenAIServer, reply: Reply
) -> None:
    server.reply = lambda *_: reply

    with pytest.raises(RejectedError) as caught:
        await embed(server, "a")

    assert caught.value.reason in {"bad_vectors", "bad_reply"}


async def test_batches_of_several_dimensions_are_refused(server: OpenAIServer) -> None:
    def reply(_: str, body: Body) -> Reply:
        return embedding_reply(body, dimension=DIMENSION if len(body["input"]) == BATCH else 7)

    server.reply = reply

    with pytest.raises(RejectedError) as caught:
        await embed(server, *map(str, range(BATCH + 1)))

    assert caught.value.reason == "bad_vectors"


@pytest.mark.parametrize("number", [1e38, 1e-38, 1e300, 1e-300])
async def test_vectors_of_any_length_become_vectors_of_length_one(
    server: OpenAIServer, number: float
) -> None:
    server.reply = lambda *_: of(number)

    vectors = await embed(server, "a")

    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


@pytest.mark.parametrize("status", [200, 500])
async def test_no_more_of_a_reply_is_read_than_an_answer_may_have(
    server: OpenAIServer, status: int
) -> None:
    server.reply = lambda *_: (status, JSON, (bytes(MEBIBYTE) for _ in range(100)))

    with pytest.raises(RejectedError) as caught:
        await embed(server, "a")

    assert caught.value.reason == "bad_reply"
    assert server.sent < 2 * REPLY_BYTES // MEBIBYTE


async def test_a_silent_server_is_given_up(server: OpenAIServer) -> None:
    server.reply = server.silence

    with pytest.raises(BackendTimeoutError):
        await embed(server, "a", silence=0.2)


async def test_a_reply_that_drips_in_is_given_up(server: OpenAIServer) -> None:
    server.reply = server.drip

    with pytest.raises(BackendTimeoutError):
        await embed(server, "a", silence=5.0, batch_seconds=0.3)


async def test_a_broken_connection_is_unavailable(server: OpenAIServer) -> None:
    server.reply = lambda *_: RESET

    with pytest.raises(UnavailableError) as caught:
        await embed(server, "a")

    assert caught.value.reason == "unavailable"


@pytest.mark.parametrize("header", ["nan", "inf", "-inf", "1e999", "", "-1"])
async def test_any_retry_after_is_some_seconds(server: OpenAIServer, header: str) -> None:
    server.reply = lambda *_: error_reply(429, **{"Retry-After": header})

    with pytest.raises(UnavailableError) as caught:
        await embed(server, "a")

    assert caught.value.retry_after is not None
    assert 0.0 <= caught.value.retry_after <= 300.0


async def test_vectors_in_another_order_are_put_in_order(server: OpenAIServer) -> None:
    def reply(_: str, body: Body) -> Reply:
        sent = json.loads(b"".join(embedding_reply(body)[2]))
        first = [0.0] * (DIMENSION - 1) + [1.0]
        sent["data"][0]["embedding"] = first
        return json_reply({**sent, "data": sent["data"][::-1]})

    server.reply = reply

    vectors = await embed(server, "a", "b")

    assert vectors[0][-1] == 1.0
    assert vectors[1][-1] < 1.0
