"""OpenAI's protocol over real sockets: what is sent, and every failure as one of ours."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest

from ragtenancy.adapters.openai.chat_models import OpenAIChatModel
from ragtenancy.adapters.openai.client import open_client
from ragtenancy.adapters.openai.embeddings import OpenAIEmbedder
from ragtenancy.domain.errors import (
    BackendTimeoutError,
    RagTenancyError,
    RejectedError,
    UnavailableError,
)
from tests.openai_server import (
    OpenAIServer,
    embedding_reply,
    error_reply,
    json_reply,
    openai_server,
    stream_reply,
)
from tests.passages import passage, request_of

REQUEST = request_of("When?", passage("Within 30 days."))


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with openai_server(lambda *_: stream_reply("Yes [1].")) as served:
        yield served


async def answer(server: OpenAIServer) -> str:
    async with open_client("key", server.url, retries=0, timeout=5) as client:
        model = OpenAIChatModel(client, "gpt-test")
        return "".join([delta.text async for delta in model.stream(REQUEST)])


async def embed(server: OpenAIServer, *texts: str) -> int:
    async with open_client("key", server.url, retries=0, timeout=5) as client:
        return len(await OpenAIEmbedder(client, "text-embedding-3-small").embed(texts))


async def test_the_tenants_settings_are_sent(server: OpenAIServer) -> None:
    await answer(server)

    body = server.bodies[0]
    assert (body["model"], body["temperature"], body["max_tokens"]) == ("gpt-test", 0.2, 800)


async def test_pieces_come_as_they_are_streamed(server: OpenAIServer) -> None:
    server.reply = lambda *_: stream_reply("a", "b", "c")

    assert await answer(server) == "abc"


@pytest.mark.parametrize(
    ("status", "code", "kind", "reason"),
    [
        (429, "rate_limit", UnavailableError, "throttled"),
        (500, "c", UnavailableError, "unavailable"),
        (503, "c", UnavailableError, "unavailable"),
        (401, "c", UnavailableError, "backend_auth"),
        (403, "c", UnavailableError, "backend_auth"),
        (400, "content_filter", RejectedError, "content_filter"),
        (400, "c", RejectedError, "rejected"),
        (404, "c", RejectedError, "model_not_found"),
        (410, "c", RejectedError, "model_retired"),
    ],
)
async def test_every_refusal_is_one_of_ours(
    server: OpenAIServer, status: int, code: str, kind: type[RagTenancyError], reason: str
) -> None:
    server.reply = lambda *_: error_reply(status, code)

    with pytest.raises(kind) as caught:
        await answer(server)

    assert caught.value.reason == reason
    assert "secret detail" not in caught.value.detail


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7.0), ("-3", 0.0), ("99999999", 300.0), ("soon", 5.0)]
)
async def test_retry_after_is_passed_on_within_bounds(
    server: OpenAIServer, header: str, seconds: float
) -> None:
    server.reply = lambda *_: error_reply(429, **{"Retry-After": header})

    with pytest.raises(UnavailableError) as caught:
        await answer(server)

    assert caught.value.retry_after == seconds


async def test_a_filtered_answer_is_a_refusal(server: OpenAIServer) -> None:
    server.reply = lambda *_: stream_reply("Half", finish="content_filter")

    with pytest.raises(RejectedError):
        await answer(server)


async def test_an_empty_address_in_the_environment_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "")

    async with open_client("key", None) as client:
        assert client.base_url == "https://api.openai.com/v1/"


async def test_a_server_that_is_away_is_unavailable() -> None:
    async with open_client("key", "http://127.0.0.1:9/v1", retries=0, timeout=2) as client:
        stream = OpenAIChatModel(client, "gpt-test").stream(REQUEST)
        with pytest.raises((UnavailableError, BackendTimeoutError)):
            await anext(stream)


async def test_embeddings_go_in_batches(server: OpenAIServer) -> None:
    server.reply = lambda _, body: embedding_reply(body)

    assert await embed(server, *(f"text {n}" for n in range(70))) == 70
    assert [len(body["input"]) for body in server.bodies] == [64, 6]


async def test_too_few_vectors_are_refused(server: OpenAIServer) -> None:
    server.reply = lambda _, body: embedding_reply({"input": body["input"][:-1]})

    with pytest.raises(RejectedError) as caught:
        await embed(server, "a", "b")

    assert caught.value.reason == "bad_vectors"


async def test_vectors_of_another_dimension_are_refused(server: OpenAIServer) -> None:
    server.reply = lambda _, body: embedding_reply(body, dimension=7)

    with pytest.raises(RejectedError):
        await embed(server, "a")


async def test_vectors_that_are_no_numbers_are_refused(server: OpenAIServer) -> None:
    row = {"object": "embedding", "index": 0, "embedding": [math.nan] * 1536}
    server.reply = lambda *_: json_reply({"object": "list", "model": "m", "data": [row],
                                          "usage": {"prompt_tokens": 1, "total_tokens": 1}})  # fmt: skip

    with pytest.raises(RejectedError):
        await embed(server, "a")


@pytest.mark.parametrize("event", [b"data: {nope\n\n", b'data: {"choices": null}\n\n'])
async def test_a_stream_that_is_not_of_the_protocol_is_refused(
    server: OpenAIServer, event: bytes
) -> None:
    server.reply = lambda *_: (200, {"Content-Type": "text/event-stream"}, [event])

    with pytest.raises(RejectedError) as caught:
        await answer(server)

    assert caught.value.reason == "bad_reply"


async def test_a_reply_that_is_no_stream_is_refused(server: OpenAIServer) -> None:
    server.reply = lambda *_: (200, {"Content-Type": "text/plain"}, [b"Hello there."])

    with pytest.raises(RejectedError) as caught:
        await answer(server)

    assert caught.value.reason == "bad_reply"


async def test_embeddings_that_are_not_of_the_protocol_are_refused(server: OpenAIServer) -> None:
    server.reply = lambda *_: (200, {"Content-Type": "application/json"}, [b"nope"])

    with pytest.raises(RejectedError) as caught:
        await embed(server, "a")

    assert caught.value.reason == "bad_reply"
