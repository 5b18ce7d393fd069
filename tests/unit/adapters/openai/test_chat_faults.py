"""Every way in which a language model's server fails while it answers, over real sockets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ragtenancy.adapters.openai.chat_models import OpenAIChatModel
from ragtenancy.adapters.openai.client import open_client
from ragtenancy.domain.errors import (
    BackendTimeoutError,
    PromptTooLongError,
    RagTenancyError,
    RejectedError,
    UnavailableError,
)
from ragtenancy.domain.usage import Usage
from tests.azure_openai import (
    PROTECTED,
    annotation,
    azure_client,
    filtered_stream,
    prompt_annotation,
)
from tests.factories import turn
from tests.openai_server import (
    Body,
    OpenAIServer,
    Reply,
    broken,
    chunk,
    completion_reply,
    error_reply,
    events_reply,
    json_reply,
    openai_server,
    stream_reply,
)
from tests.passages import passage, request_of

REQUEST = request_of("When?", passage("Within 30 days."))
HALF = chunk({"content": "Half"})
VLLM = "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens."
LLAMA = "the request exceeds the available context size (exceed_context_size_error)"


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with openai_server(lambda *_: stream_reply("Yes [1].")) as served:
        yield served


async def answer(server: OpenAIServer, said: list[str], *, silence: float = 5.0) -> None:
    async with open_client("key", server.url, retries=0, timeout=silence) as client:
        async for delta in OpenAIChatModel(client, "gpt-test").stream(REQUEST):
            said.append(delta.text)  # noqa: PERF401 - what was said before a failure counts


def told(code: str) -> Reply:
    """A stream that tells of an error after its first piece."""
    return events_reply(HALF, {"error": {"message": "secret detail", "code": code}})


@pytest.mark.parametrize(
    ("reply", "kind", "reason"),
    [
        pytest.param(broken(events_reply(HALF, done=False)), UnavailableError, "unavailable", id="broken"),
        pytest.param(events_reply(HALF, done=False), UnavailableError, "unavailable", id="cut"),
        pytest.param(events_reply(HALF), UnavailableError, "unavailable", id="no finish"),
        pytest.param(told("server_error"), UnavailableError, "unavailable", id="server error"),
        pytest.param(told("rate_limit_exceeded"), UnavailableError, "throttled", id="throttled"),
        pytest.param(told("content_filter"), RejectedError, "content_filter", id="filter told"),
        pytest.param(
            stream_reply("Half", finish="content_filter"), RejectedError, "content_filter", id="filter"
        ),
        pytest.param(events_reply(HALF, {"choices": None}), RejectedError, "bad_reply", id="null"),
    ],
)  # fmt: skip
async def test_an_answer_that_fails_half_way_is_no_answer(
    server: OpenAIServer, reply: Reply, kind: type[RagTenancyError], reason: str
) -> None:
    server.reply = lambda *_: reply
    said: list[str] = []

    with pytest.raises(kind) as caught:
        await answer(server, said)

    assert (caught.value.reason, said) == (reason, ["Half"])
    assert "secret" not in caught.value.detail


async def test_a_model_that_falls_silent_half_way_is_given_up(server: OpenAIServer) -> None:
    def pieces() -> Iterator[bytes]:
        yield from events_reply(HALF, done=False)[2]
        server.closing.wait()

    server.reply = lambda *_: (200, {"Content-Type": "text/event-stream"}, pieces())

    with pytest.raises(BackendTimeoutError):
        await answer(server, [], silence=0.3)


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(events_reply({**HALF, "choices": []}), id="no choices"),
        pytest.param(events_reply(), id="no events"),
        pytest.param(json_reply({"choices": []}), id="no stream"),
        pytest.param((200, {"Content-Type": "text/html"}, [b"<html>Login</html>"]), id="HTML"),
    ],
)
async def test_a_reply_without_an_answer_is_refused(server: OpenAIServer, reply: Reply) -> None:
    server.reply = lambda *_: reply

    with pytest.raises(RejectedError) as caught:
        await answer(server, [])

    assert caught.value.reason == "bad_reply"


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(error_reply(400, "context_length_exceeded"), id="OpenAI"),
        pytest.param(error_reply(400, None, message=VLLM), id="vLLM"),
        pytest.param(error_reply(400, None, message=LLAMA), id="llama.cpp"),
        pytest.param(json_reply({"error": LLAMA}, 400), id="text"),
        pytest.param(events_reply({"error": {"message": VLLM}}), id="in the stream"),
    ],
)
async def test_a_prompt_that_is_too_long_is_told_apart(server: OpenAIServer, reply: Reply) -> None:
    server.reply = lambda *_: reply

    with pytest.raises(PromptTooLongError):
        await answer(server, [])


async def test_a_request_that_timed_out_at_the_server_is_a_timeout(server: OpenAIServer) -> None:
    server.reply = lambda *_: error_reply(408)

    with pytest.raises(BackendTimeoutError):
        await answer(server, [])


async def test_a_throttled_model_without_a_hint_names_some_seconds(server: OpenAIServer) -> None:
    server.reply = lambda *_: error_reply(429)

    with pytest.raises(UnavailableError) as caught:
        await answer(server, [])

    assert (caught.value.reason, caught.value.retry_after) == ("throttled", 5.0)


async def test_the_sdk_tries_again_as_often_as_it_was_told(server: OpenAIServer) -> None:
    server.reply = lambda *_: error_reply(503, **{"retry-after-ms": "1"})

    async with open_client("key", server.url, retries=2) as client:
        with pytest.raises(UnavailableError):
            await anext(OpenAIChatModel(client, "gpt-test").stream(REQUEST))

    assert len(server.bodies) == 3


async def test_azures_filter_of_a_question_is_a_refusal(server: OpenAIServer) -> None:
    inner = {"code": "ResponsibleAIPolicyViolation", "content_filter_result": {"hate": {}}}
    error = {"message": "secret", "code": "content_filter", "status": 400, "innererror": inner}
    server.reply = lambda *_: json_reply({"error": error}, 400)

    async with azure_client(server) as client:
        with pytest.raises(RejectedError) as caught:
            await anext(OpenAIChatModel(client, "answers").stream(REQUEST))

    assert caught.value.reason == "content_filter"


async def test_what_azures_asynchronous_filter_notes_is_passed_over(server: OpenAIServer) -> None:
    server.reply = lambda *_: filtered_stream("Within ", "30 days [1].")

    async with azure_client(server) as client:
        deltas = [delta async for delta in OpenAIChatModel(client, "answers").stream(REQUEST)]

    assert "".join(delta.text for delta in deltas) == "Within 30 days [1]."
    assert deltas[-1].usage == Usage(prompt_tokens=5, completion_tokens=2)


@pytest.mark.parametrize("ends", [[], [chunk({}, "stop")]], ids=["before the end", "after it"])
async def test_azures_asynchronous_filter_may_refuse_late(
    server: OpenAIServer, ends: list[Body]
) -> None:
    refused = annotation(PROTECTED, "content_filter")
    server.reply = lambda *_: events_reply(prompt_annotation(), HALF, *ends, annotation(), refused)

    async with azure_client(server) as client:
        with pytest.raises(RejectedError) as caught:
            _ = [delta async for delta in OpenAIChatModel(client, "answers").stream(REQUEST)]

    assert caught.value.reason == "content_filter"


async def test_notes_of_azures_filter_alone_are_no_answer(server: OpenAIServer) -> None:
    server.reply = lambda *_: events_reply(prompt_annotation(), annotation())

    async with azure_client(server) as client:
        with pytest.raises(RejectedError) as caught:
            await anext(OpenAIChatModel(client, "answers").stream(REQUEST))

    assert caught.value.reason == "bad_reply"


async def test_a_condensed_question_that_is_empty_leaves_the_question_as_it_is(
    server: OpenAIServer,
) -> None:
    server.reply = lambda *_: completion_reply(None)
    before = turn()

    async with open_client("key", server.url, retries=0) as client:
        condensed = await OpenAIChatModel(client, "gpt-test").condense("And when?", [before])

    assert condensed.question == "And when?"
