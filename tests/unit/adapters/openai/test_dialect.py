"""Parameters that a model refuses by name: left out from then on, and named."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from msgspec import structs

from ragtenancy.adapters.openai.chat_models import OpenAIChatModel
from ragtenancy.adapters.openai.client import open_client
from ragtenancy.adapters.openai.images import OpenAIImageDescriber
from ragtenancy.domain.errors import RejectedError
from ragtenancy.domain.parsed import Image
from ragtenancy.domain.pictures import ImageContext
from tests.factories import ACME, turn
from tests.factories_docx import png
from tests.openai_server import (
    Body,
    OpenAIServer,
    Reply,
    completion_reply,
    error_reply,
    json_reply,
    openai_server,
    reasoning,
    stream_reply,
)
from tests.passages import passage, request_of

REQUEST = request_of("When?", passage("Within 30 days."))
SAID = stream_reply("Yes [1].")
ANY_BUT_1 = "'temperature' does not support 0.2 with this model. Only the default (1) is supported."
PYDANTIC = [{"type": "extra_forbidden", "loc": ["body", "temperature"], "msg": "Extra inputs are not permitted"}]  # fmt: skip
RANGES = [
    "temperature must be between 0 and 2, got 2.5",
    "Invalid 'temperature': decimal above maximum value. Expected a value <= 1, but got 1.7.",
    "max_tokens is too large: 32768. This model supports at most 16384 completion tokens.",
]


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with openai_server(lambda *_: SAID) as served:
        yield served


@pytest.fixture
async def model(server: OpenAIServer) -> AsyncIterator[OpenAIChatModel]:
    async with open_client("key", server.url, retries=0, timeout=5) as client:
        yield OpenAIChatModel(client, "o4")


def refusing(option: str, refusal: Reply) -> Callable[[str, Body], Reply]:
    return lambda _, body: refusal if option in body else SAID


async def degraded(model: OpenAIChatModel, name: str | None = None) -> list[str]:
    request = structs.replace(REQUEST, model=name)
    return list([delta async for delta in model.stream(request)][-1].degraded)


@pytest.mark.parametrize(
    "refusal",
    [
        pytest.param(error_reply(400, "unsupported_value", message=ANY_BUT_1, param="temperature"), id="value"),
        pytest.param(error_reply(400, "unsupported_parameter", param="temperature"), id="parameter"),
        pytest.param(error_reply(400, "unknown_parameter", param="temperature"), id="unknown"),
        pytest.param(error_reply(400, None, message=ANY_BUT_1), id="by words"),
        pytest.param(error_reply(400, None, message="invalid temperature: only 1 is allowed for this model"), id="Kimi"),
        pytest.param(error_reply(400, None, message="Unrecognized request argument supplied: temperature"), id="old"),
        pytest.param(error_reply(400, None, message="`temperature` is deprecated for this model."), id="Anthropic"),
        pytest.param(error_reply(400, None, message="o4 models don't support temperature=0.2"), id="LiteLLM"),
        pytest.param(json_reply({"detail": PYDANTIC}, 422), id="pydantic"),
        pytest.param(json_reply({"error": "unknown field: temperature"}, 400), id="text"),
    ],
)  # fmt: skip
async def test_what_is_refused_by_name_is_left_out_and_named(
    server: OpenAIServer, model: OpenAIChatModel, refusal: Reply
) -> None:
    server.reply = refusing("temperature", refusal)

    told = [await degraded(model), await degraded(model)]

    assert told == [["temperature_ignored"]] * 2
    assert ["temperature" in body for body in server.bodies] == [True, False, False]


async def test_two_refused_one_after_the_other_are_learned_in_one_call(
    server: OpenAIServer, model: OpenAIChatModel
) -> None:
    server.reply = reasoning(SAID)

    told = [await degraded(model), await degraded(model)]

    assert told == [["temperature_ignored"]] * 2
    assert [body.get("max_completion_tokens") for body in server.bodies] == [
        None,
        25_800,
        25_800,
        25_800,
    ]


async def test_a_limit_that_is_refused_under_both_names_is_named(
    server: OpenAIServer, model: OpenAIChatModel
) -> None:
    def neither(_: str, body: Body) -> Reply:
        named = [name for name in body if "tokens" in name]
        return error_reply(400, "unsupported_parameter", param=named[0]) if named else SAID

    server.reply = neither

    assert await degraded(model) == ["max_tokens_ignored"]


async def test_what_nobody_refused_is_not_named(model: OpenAIChatModel) -> None:
    assert await degraded(model) == []


async def test_one_models_refusal_says_nothing_of_another(
    server: OpenAIServer, model: OpenAIChatModel
) -> None:
    server.reply = lambda path, body: reasoning(SAID)(path, body) if body["model"] == "o4" else SAID
    await degraded(model)

    assert await degraded(model, "gpt-4o") == []
    assert server.bodies[-1]["temperature"] == REQUEST.temperature


@pytest.mark.parametrize("message", RANGES)
async def test_a_value_out_of_range_takes_nothing_from_other_clients(
    server: OpenAIServer, model: OpenAIChatModel, message: str
) -> None:
    server.reply = lambda *_: error_reply(400, "invalid_value", message=message)

    with pytest.raises(RejectedError):
        await degraded(model)
    server.reply = lambda *_: SAID
    await degraded(model)

    assert len(server.bodies) == 2
    assert {"temperature", "max_tokens"} <= server.bodies[-1].keys()


async def test_a_model_that_refuses_everything_is_asked_a_bounded_number_of_times(
    server: OpenAIServer, model: OpenAIChatModel
) -> None:
    said = "temperature, max_tokens, max_completion_tokens and stream_options are not supported"
    server.reply = lambda *_: error_reply(400, "unsupported_parameter", message=said)

    with pytest.raises(RejectedError):
        await degraded(model)

    assert len(server.bodies) <= 5


async def test_no_temperature_is_sent_where_the_client_leaves_it_to_the_model(
    server: OpenAIServer, model: OpenAIChatModel
) -> None:
    left = structs.replace(REQUEST, temperature=None)

    last = [delta async for delta in model.stream(left)][-1]

    assert "temperature" not in server.bodies[0]
    assert list(last.degraded) == []


async def test_a_follow_up_is_condensed_by_a_model_that_takes_no_temperature(
    server: OpenAIServer, model: OpenAIChatModel
) -> None:
    server.reply = reasoning(completion_reply("When are refunds paid?"))

    condensed = await model.condense("And when?", [turn()])

    assert condensed.question == "When are refunds paid?"


async def test_a_picture_is_described_by_a_model_that_takes_no_temperature(
    server: OpenAIServer,
) -> None:
    server.reply = reasoning(completion_reply("A red button."))
    picture = Image(media_type="image/png", data=png())

    async with open_client("key", server.url, retries=0) as client:
        words = await OpenAIImageDescriber(client, "o4").describe(ACME, picture, ImageContext())

    assert words == "A red button."
