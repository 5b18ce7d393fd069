"""Describing by a vision model over real sockets: what is sent, and what is not."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest

from ragtenancy.adapters.openai.client import open_client
from ragtenancy.adapters.openai.images import MAX_BYTES, MAX_TOKENS, OpenAIImageDescriber
from ragtenancy.domain.errors import RejectedError, UnavailableError
from ragtenancy.domain.parsed import Image
from ragtenancy.domain.pictures import ImageContext
from ragtenancy.domain.usage import Usage
from tests.factories import ACME
from tests.factories_docx import png
from tests.openai_server import OpenAIServer, Reply, error_reply, json_reply, openai_server

PICTURE = Image(media_type="image/png", data=png())
CERTAIN = "image_url is only supported by certain models."
PLACE = "messages.[1].content.[1].type"
USED = {"prompt_tokens": 900, "completion_tokens": 20, "total_tokens": 920}
CONTEXT = ImageContext(section=["Reports"], caption="Figure 1: The form")


def completion(content: str | None, *, finish: str = "stop", refusal: str | None = None) -> Reply:
    message = {"role": "assistant", "content": content, "refusal": refusal}
    choice = {"index": 0, "message": message, "finish_reason": finish}
    base = {"id": "x", "object": "chat.completion", "created": 1, "model": "m"}
    return json_reply({**base, "choices": [choice], "usage": USED})


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with openai_server(lambda *_: completion(" A form with a red button. ")) as served:
        yield served


async def refused(describer: OpenAIImageDescriber) -> str:
    with pytest.raises(RejectedError) as caught:
        await describer.describe(ACME, PICTURE, CONTEXT)
    return caught.value.reason


async def describe(server: OpenAIServer, image: Image = PICTURE) -> str | None:
    async with open_client("key", server.url, retries=0, timeout=5) as client:
        return await OpenAIImageDescriber(client, "gpt-test").describe(ACME, image, CONTEXT)


async def test_the_models_words_are_the_description(server: OpenAIServer) -> None:
    assert await describe(server) == "A form with a red button."


async def test_the_tokens_of_each_call_are_reported(server: OpenAIServer) -> None:
    server.reply = lambda *_: completion(None, finish="length")
    spent: list[tuple[str, Usage]] = []
    async with open_client("key", server.url, retries=0, timeout=5) as client:
        describer = OpenAIImageDescriber(client, "gpt-test")

        with pytest.raises(RejectedError):
            await describer.describe(
                ACME, PICTURE, CONTEXT, lambda model, usage: spent.append((model, usage))
            )

    used = Usage(prompt_tokens=900, completion_tokens=20)
    assert spent == [("gpt-test", used)] * len(server.bodies)


async def test_the_picture_is_sent_with_what_stands_around(server: OpenAIServer) -> None:
    await describe(server)

    text, picture = server.bodies[0]["messages"][-1]["content"]
    assert text == {"type": "text", "text": "Section: Reports\nCaption: Figure 1: The form"}
    sent = base64.b64encode(png()).decode()
    assert picture["image_url"]["url"] == f"data:image/png;base64,{sent}"


async def test_the_answer_is_bounded(server: OpenAIServer) -> None:
    await describe(server)

    body = server.bodies[0]
    assert (body["model"], body["max_tokens"], body["temperature"]) == ("gpt-test", MAX_TOKENS, 0)


async def test_an_empty_answer_says_nothing(server: OpenAIServer) -> None:
    server.reply = lambda *_: completion("  ")

    assert await describe(server) is None


async def test_half_a_description_is_better_than_none(server: OpenAIServer) -> None:
    server.reply = lambda *_: completion("A form with", finish="length")

    assert await describe(server) == "A form with"


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        (Image(media_type="image/tiff", data=b"II*\0"), "picture_format"),
        (Image(media_type="image/png", data=bytes(MAX_BYTES + 1)), "picture_too_large"),
    ],
)
async def test_what_the_model_cannot_read_is_not_sent(
    server: OpenAIServer, image: Image, reason: str
) -> None:
    with pytest.raises(RejectedError) as caught:
        await describe(server, image)

    assert (caught.value.reason, server.bodies) == (reason, [])


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (completion(None, finish="content_filter"), "content_filter"),
        (completion(None, refusal="I cannot"), "content_filter"),
        (completion("", finish="length"), "no_answer"),
        (error_reply(400, "content_filter"), "content_filter"),
        (json_reply({"choices": []}), "bad_reply"),
        (json_reply([1]), "bad_reply"),
    ],
)
async def test_a_refusal_or_nonsense_is_rejected(
    server: OpenAIServer, reply: Reply, reason: str
) -> None:
    server.reply = lambda *_: reply

    with pytest.raises(RejectedError) as caught:
        await describe(server)

    assert caught.value.reason == reason


@pytest.mark.parametrize(
    "reply",
    [
        error_reply(400, None, message=f"Invalid content type. {CERTAIN}", param=PLACE),
        error_reply(400, "BadRequestError", message="m is not a multimodal model"),
        error_reply(400, None, message="At most 0 image(s) may be provided in one prompt."),
        error_reply(422, None, message="unknown variant `image_url`, expected `text`"),
        error_reply(404, None, message="No endpoints found that support image input"),
        error_reply(500, "500", message="image input is not supported - hint: see mmproj"),
    ],
    ids=["OpenAI", "vLLM", "vLLM, limit", "DeepSeek", "OpenRouter", "llama.cpp"],
)
async def test_a_model_that_takes_no_pictures_is_sent_no_other(
    server: OpenAIServer, reply: Reply
) -> None:
    server.reply = lambda *_: reply
    async with open_client("key", server.url, retries=0, timeout=5) as client:
        describer = OpenAIImageDescriber(client, "gpt-test")

        reasons = [await refused(describer), await refused(describer)]

    assert (reasons, len(server.bodies)) == (["no_vision", "no_vision"], 1)


async def test_one_picture_that_cannot_be_read_keeps_no_other_from_the_model(
    server: OpenAIServer,
) -> None:
    broken = "You uploaded an unsupported image. Please make sure your image is valid."
    server.reply = lambda *_: error_reply(400, "invalid_image_format", message=broken)
    async with open_client("key", server.url, retries=0, timeout=5) as client:
        describer = OpenAIImageDescriber(client, "gpt-test")

        reason = await refused(describer)
        server.reply = lambda *_: completion("A form.")
        words = await describer.describe(ACME, PICTURE, CONTEXT)

    assert (reason, words) == ("rejected", "A form.")


async def test_an_overloaded_model_is_away(server: OpenAIServer) -> None:
    server.reply = lambda *_: error_reply(429, "rate_limit")

    with pytest.raises(UnavailableError) as caught:
        await describe(server)

    assert caught.value.reason == "throttled"


async def test_reasoning_takes_nothing_from_a_description(server: OpenAIServer) -> None:
    server.reply = lambda _, body: (
        completion(None, finish="length")
        if body["max_tokens"] < 10_000
        else completion("A red button.")
    )

    words = await describe(server)

    assert (words, len(server.bodies)) == ("A red button.", 2)
