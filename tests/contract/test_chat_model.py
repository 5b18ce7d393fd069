"""What every `ChatModel` must do."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ragtenancy.adapters.extractive.chat_models import ExtractiveChatModel
from ragtenancy.adapters.measured.models import MeasuredChatModel
from ragtenancy.adapters.openai.chat_models import OpenAIChatModel
from ragtenancy.adapters.openai.client import open_client
from ragtenancy.adapters.snowball.analyzer import SnowballAnalyzer
from ragtenancy.domain.answers import AnswerRequest
from ragtenancy.domain.content import Lexicons
from ragtenancy.domain.conversations import Turn
from ragtenancy.ports.chat_models import ChatModel
from tests.azure_openai import azure_client
from tests.contract.backends import Backend, Tier, params
from tests.contract.measuring import model_calls
from tests.doubles import one_embedder, query_vectors
from tests.openai_server import Body, Reply, completion_reply, openai_server, stream_reply
from tests.passages import passage, request_of
from tests.scripted.chat_models import ScriptedChatModel
from tests.scripted.token_counters import ScriptedTokenCounter

CONDENSED = "When are refunds paid to customers?"


def reply(_path: str, body: Body) -> Reply:
    if body.get("stream"):
        return stream_reply("Within ", "30 days [1].")
    return completion_reply(CONDENSED)


@asynccontextmanager
async def scripted(_folder: Path) -> AsyncIterator[ChatModel]:
    yield ScriptedChatModel()


@asynccontextmanager
async def measured(_folder: Path) -> AsyncIterator[ChatModel]:
    yield MeasuredChatModel(ScriptedChatModel(), model_calls())


@asynccontextmanager
async def extractive(_folder: Path) -> AsyncIterator[ChatModel]:
    embedders, lexicons = one_embedder(), Lexicons(SnowballAnalyzer().terms)
    yield ExtractiveChatModel(embedders, query_vectors(embedders), lexicons, ScriptedTokenCounter())


@asynccontextmanager
async def openai(_folder: Path) -> AsyncIterator[ChatModel]:
    with openai_server(reply) as server:
        async with open_client("key", server.url) as client:
            yield OpenAIChatModel(client, "gpt-test")


@asynccontextmanager
async def azure_openai(_folder: Path) -> AsyncIterator[ChatModel]:
    with openai_server(reply) as server:
        async with azure_client(server) as client:
            yield OpenAIChatModel(client, "gpt-test")


BACKENDS = params(
    Backend(name="scripted", tier=Tier.FAKE, adapter=ScriptedChatModel, open=scripted),
    Backend(name="measured", tier=Tier.FAKE, adapter=MeasuredChatModel, open=measured),
    Backend(name="extractive", tier=Tier.EMBEDDED, adapter=ExtractiveChatModel, open=extractive),
    Backend(name="openai", tier=Tier.EMULATOR, adapter=OpenAIChatModel, open=openai),
    Backend(name="azure_openai", tier=Tier.EMULATOR, adapter=OpenAIChatModel, open=azure_openai),
)
pytestmark = pytest.mark.parametrize("backend", BACKENDS, indirect=True)

REQUEST = request_of(
    "When are refunds paid?",
    passage("Refunds are paid within 30 days. Shipping is free.", 1),
    passage("Reports are made on Mondays.", 2),
)


@pytest.fixture
async def model(backend: Backend[ChatModel], tmp_path: Path) -> AsyncIterator[ChatModel]:
    async with backend.open(tmp_path) as opened:
        yield opened


async def answered(model: ChatModel, request: AnswerRequest) -> str:
    return "".join([delta.text async for delta in model.stream(request)])


async def test_says_something_with_a_marker_of_a_passage(model: ChatModel) -> None:
    text = await answered(model, REQUEST)

    assert set(re.findall(r"\[(\d+)\]", text)) <= {"1", "2"}
    assert "[1]" in text


async def test_ends_with_its_usage(model: ChatModel) -> None:
    deltas = [delta async for delta in model.stream(REQUEST)]

    assert [delta.usage is not None for delta in deltas] == [False] * (len(deltas) - 1) + [True]


async def test_a_whole_answer_is_neither_truncated_nor_degraded(model: ChatModel) -> None:
    last = [delta async for delta in model.stream(REQUEST)][-1]

    assert (last.truncated, list(last.degraded)) == (False, [])


async def test_the_same_request_gives_the_same_answer(model: ChatModel) -> None:
    assert await answered(model, REQUEST) == await answered(model, REQUEST)


async def test_a_detached_model_answers_alike(model: ChatModel) -> None:
    questions = query_vectors(one_embedder())

    assert await answered(model.detached(questions), REQUEST) == await answered(model, REQUEST)


async def test_can_be_left_in_the_middle_and_used_again(model: ChatModel) -> None:
    stream = model.stream(REQUEST)
    await anext(stream)
    await stream.aclose()  # type: ignore[attr-defined]

    assert await answered(model, REQUEST)


async def test_a_first_question_is_not_condensed(model: ChatModel) -> None:
    condensed = await model.condense("When are refunds paid?", ())

    assert condensed.question == "When are refunds paid?"


async def test_a_follow_up_is_condensed_to_one_question(model: ChatModel) -> None:
    turn = Turn(
        index=0,
        question="When are refunds paid?",
        answer="Within 30 days.",
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )

    condensed = await model.condense("And to whom?", [turn])

    assert "refunds" in condensed.question
