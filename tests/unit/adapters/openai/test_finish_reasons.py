"""How an answer ends: whole, cut off, refused, or without a word."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from ragtenancy.adapters.openai.chat_models import OpenAIChatModel
from ragtenancy.adapters.openai.client import open_client
from ragtenancy.domain.errors import RejectedError
from tests.factories import turn
from tests.openai_server import (
    OpenAIServer,
    chunk,
    completion_reply,
    events_reply,
    openai_server,
    stream_reply,
)
from tests.passages import passage, request_of

REQUEST = request_of("When?", passage("Within 30 days."))


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with openai_server(lambda *_: stream_reply("Yes [1].")) as served:
        yield served


@pytest.fixture
async def model(server: OpenAIServer) -> AsyncIterator[OpenAIChatModel]:
    async with open_client("key", server.url, retries=0, timeout=5) as client:
        yield OpenAIChatModel(client, "gpt-test")


@pytest.mark.parametrize(("finish", "truncated"), [("stop", False), ("length", True)])
async def test_the_last_piece_says_whether_the_answer_was_cut_off(
    server: OpenAIServer, model: OpenAIChatModel, finish: str, truncated: bool
) -> None:
    server.reply = lambda *_: stream_reply("Within 30", finish=finish)

    deltas = [delta async for delta in model.stream(REQUEST)]

    assert deltas[-1].truncated is truncated


async def test_a_refusal_in_its_own_field_is_a_refusal(
    server: OpenAIServer, model: OpenAIChatModel
) -> None:
    server.reply = lambda *_: events_reply(chunk({"refusal": "I cannot"}), chunk({}, "stop"))

    with pytest.raises(RejectedError) as caught:
        await anext(model.stream(REQUEST))

    assert caught.value.reason == "content_filter"


async def test_half_a_condensed_question_is_not_searched_for(
    server: OpenAIServer, model: OpenAIChatModel
) -> None:
    server.reply = lambda *_: completion_reply("When are the refunds of", finish="length")
    before = turn()

    condensed = await model.condense("And when?", [before])

    assert condensed.question == "And when?"
