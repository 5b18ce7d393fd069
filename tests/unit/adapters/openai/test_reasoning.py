"""Models that reason: effort and verbosity, tokens for reasoning, and what they refuse."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from msgspec import structs

from ragtenancy.adapters.openai.answer_limit import AnswerLimit
from ragtenancy.adapters.openai.chat_models import OpenAIChatModel
from ragtenancy.adapters.openai.client import open_client
from ragtenancy.adapters.openai.dialect import REMEMBERED, Dialects
from ragtenancy.adapters.openai.images import OpenAIImageDescriber
from ragtenancy.domain.answers import AnswerDelta, AnswerRequest
from ragtenancy.domain.errors import RejectedError
from ragtenancy.domain.parsed import Image
from ragtenancy.domain.pictures import ImageContext
from tests import vendor_refusals as vendor
from tests.factories import ACME
from tests.factories_docx import png
from tests.openai_server import (
    Body,
    OpenAIServer,
    Reply,
    chunk,
    completion_reply,
    events_reply,
    json_reply,
    openai_server,
    reasoning,
    stream_reply,
)
from tests.passages import passage, request_of

REQUEST = request_of("When?", passage("Within 30 days."))
SAID = stream_reply("Yes [1].")
REASONED = 700  # tokens; Azure's page on reasoning models shows a reply with 448
WORDS = 40


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with openai_server(lambda *_: SAID) as served:
        yield served


class Hours:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Hours:
    return Hours()


@pytest.fixture
async def model(server: OpenAIServer, clock: Hours) -> AsyncIterator[OpenAIChatModel]:
    async with open_client("key", server.url, retries=0, timeout=5) as client:
        yield OpenAIChatModel(client, "gpt-5", dialects=Dialects(clock))


def thinking(limit: str, *, words: int = WORDS) -> Callable[[str, Body], Reply]:
    """Answer as gpt-5 does: reasoning takes its tokens from the limit, before any text.

    The usage has the shape of learn.microsoft.com, "Azure OpenAI reasoning models"; the empty
    answer with `length` is that of jsboige/CoursIA#8454 and covan-ai/covan#112.
    """

    def reply(_: str, body: Body) -> Reply:
        most = body[limit]
        reasoned = min(REASONED, most)
        said = min(words, most - reasoned)
        usage = {
            "prompt_tokens": 20,
            "completion_tokens": reasoned + said,
            "total_tokens": 20 + reasoned + said,
            "completion_tokens_details": {"audio_tokens": None, "reasoning_tokens": reasoned},
            "prompt_tokens_details": {"audio_tokens": None, "cached_tokens": 12},
        }
        finish = "stop" if said == words else "length"
        pieces = [chunk({"content": " word"}) for _ in range(said)]
        last = {**chunk({}), "choices": [], "usage": usage}
        return events_reply(chunk({"role": "assistant"}), *pieces, chunk({}, finish), last)

    return reply


async def asked(model: OpenAIChatModel, **changes: Any) -> tuple[str, AnswerDelta]:
    """Return an answer's text and its last piece."""
    request: AnswerRequest = structs.replace(REQUEST, **changes)
    deltas = [delta async for delta in model.stream(request)]
    return "".join(delta.text for delta in deltas), deltas[-1]


async def test_reasoning_takes_nothing_from_the_answers_tokens(
    server: OpenAIServer, model: OpenAIChatModel
) -> None:
    think = thinking("max_completion_tokens")
    server.reply = lambda path, body: (
        reasoning(SAID)(path, body)
        if "max_tokens" in body or "temperature" in body
        else think(path, body)
    )

    text, last = await asked(model, max_tokens=WORDS)

    assert (len(text.split()), last.truncated) == (WORDS, False)
    assert server.bodies[-1]["max_completion_tokens"] == WORDS + 25_000


async def test_a_model_that_is_not_known_to_reason_is_asked_again_with_an_allowance(
    server: OpenAIServer, model: OpenAIChatModel
) -> None:
    server.reply = thinking("max_tokens")

    text, last = await asked(model, max_tokens=WORDS)
    again, _ = await asked(model, max_tokens=WORDS)

    assert (len(text.split()), len(again.split()), last.truncated) == (WORDS, WORDS, False)
    assert [body["max_tokens"] for body in server.bodies] == [WORDS, WORDS + 25_000, WORDS + 25_000]
    assert last.usage is not None
    assert last.usage.reasoning_tokens == WORDS + REASONED


async def test_the_answer_itself_still_ends_at_its_limit(
    server: OpenAIServer, model: OpenAIChatModel
) -> None:
    server.reply = thinking("max_tokens", words=500)

    text, last = await asked(model, max_tokens=WORDS)

    assert (len(text.split()), last.truncated) == (WORDS, True)


async def test_reasoning_and_cached_tokens_are_counted(
    server: OpenAIServer, model: OpenAIChatModel
) -> None:
    server.reply = thinking("max_tokens")

    _, last = await asked(model, max_tokens=2_000)

    assert last.usage is not None
    assert (last.usage.prompt_tokens, last.usage.cached_tokens) == (20, 12)
    assert (last.usage.completion_tokens, last.usage.reasoning_tokens) == (740, 700)


async def test_reasoning_that_uses_up_every_token_is_truncated_without_text(
    server: OpenAIServer, model: OpenAIChatModel
) -> None:
    server.reply = lambda *_: stream_reply(finish="length")

    text, last = await asked(model)

    assert (text, last.truncated, len(server.bodies)) == ("", True, 2)


@pytest.mark.parametrize(
    ("effort", "allowance"), [("minimal", 4_000), ("low", 8_000), ("high", 50_000)]
)
async def test_the_allowance_follows_the_effort(
    server: OpenAIServer, model: OpenAIChatModel, effort: str, allowance: int
) -> None:
    await asked(model, reasoning_effort=effort, verbosity="low")

    body = server.bodies[0]
    assert (body["reasoning_effort"], body["verbosity"]) == (effort, "low")
    assert body["max_tokens"] == 800 + allowance


async def test_neither_effort_nor_verbosity_is_sent_unless_chosen(
    server: OpenAIServer, model: OpenAIChatModel
) -> None:
    await asked(model)

    assert not {"reasoning_effort", "verbosity"} & server.bodies[0].keys()


@pytest.mark.parametrize(
    ("refusal", "chosen", "sent"),
    [
        (vendor.EFFORT, {"reasoning_effort": "none"}, "minimal"),
        (vendor.EFFORT_AZURE, {"reasoning_effort": "none"}, "low"),
        (vendor.VERBOSITY, {"verbosity": "low"}, "medium"),
    ],
)
async def test_a_refused_level_becomes_the_nearest_supported_one(
    server: OpenAIServer, model: OpenAIChatModel, refusal: Reply, chosen: Body, sent: str
) -> None:
    ((name, value),) = chosen.items()
    server.reply = lambda _, body: refusal if body.get(name) == value else SAID

    told = [(await asked(model, **chosen))[1].degraded for _ in range(2)]

    assert told == [[f"{name}_adjusted"]] * 2
    assert [body[name] for body in server.bodies] == [value, sent, sent]


@pytest.mark.parametrize("refusal", [vendor.EFFORT_UNKNOWN, vendor.EFFORT_UNRECOGNIZED])
async def test_an_effort_that_a_model_does_not_know_is_left_out(
    server: OpenAIServer, model: OpenAIChatModel, refusal: Reply
) -> None:
    server.reply = lambda _, body: refusal if "reasoning_effort" in body else SAID

    _, last = await asked(model, reasoning_effort="high")

    assert list(last.degraded) == ["reasoning_effort_ignored"]
    assert server.bodies[-1]["max_tokens"] == 800


async def test_what_was_refused_is_tried_again_after_a_while(
    server: OpenAIServer, model: OpenAIChatModel, clock: Hours
) -> None:
    server.reply = lambda _, body: vendor.EFFORT_UNKNOWN if "reasoning_effort" in body else SAID
    await asked(model, reasoning_effort="low")
    server.reply = lambda *_: SAID
    clock.seconds += REMEMBERED - 1
    _, still = await asked(model, reasoning_effort="low")

    clock.seconds += 2
    _, later = await asked(model, reasoning_effort="low")

    assert (list(still.degraded), list(later.degraded)) == (["reasoning_effort_ignored"], [])
    assert server.bodies[-1]["reasoning_effort"] == "low"


async def test_one_deployments_callers_share_what_it_refused(server: OpenAIServer) -> None:
    server.reply = reasoning(completion_reply("A red button."))
    shared = Dialects()
    picture = Image(media_type="image/png", data=png())

    async with open_client("key", server.url, retries=0) as client:
        await OpenAIImageDescriber(client, "o4", dialects=shared).describe(
            ACME, picture, ImageContext()
        )
        before = len(server.bodies)
        server.reply = reasoning(SAID)
        _ = [d async for d in OpenAIChatModel(client, "o4", dialects=shared).stream(REQUEST)]

    assert len(server.bodies) == before + 1


@pytest.mark.parametrize("refusal", [vendor.UNVERIFIED, vendor.UNVERIFIED_BARE])
async def test_a_model_that_may_not_be_streamed_answers_in_one_piece(
    server: OpenAIServer, model: OpenAIChatModel, refusal: Reply
) -> None:
    server.reply = lambda _, body: refusal if "stream" in body else completion_reply("Yes [1].")

    text, last = await asked(model)

    assert (text, list(last.degraded), last.truncated) == ("Yes [1].", [], False)
    assert "stream_options" not in server.bodies[-1]


async def test_an_allowance_beyond_the_models_own_limit_is_lowered_to_it(
    server: OpenAIServer, model: OpenAIChatModel
) -> None:
    server.reply = lambda _, body: vendor.TOO_MANY_TOKENS if body["max_tokens"] > 16_384 else SAID

    await asked(model, reasoning_effort="medium")
    await asked(model, reasoning_effort="medium")

    assert [body["max_tokens"] for body in server.bodies] == [25_800, 16_384, 16_384]


async def test_an_allowance_beyond_the_context_is_lowered_for_this_request(
    server: OpenAIServer, model: OpenAIChatModel
) -> None:
    server.reply = lambda _, body: vendor.CONTEXT_LENGTH if body["max_tokens"] > 8_000 else SAID

    text, _ = await asked(model, reasoning_effort="medium")

    assert text == "Yes [1]."
    assert [body["max_tokens"] for body in server.bodies] == [25_800, 7_050]


async def test_a_clients_own_limit_beyond_the_models_is_still_refused(
    server: OpenAIServer, model: OpenAIChatModel
) -> None:
    server.reply = lambda *_: vendor.TOO_MANY_TOKENS

    with pytest.raises(RejectedError):
        await asked(model, max_tokens=30_000)

    assert len(server.bodies) == 1


async def test_a_reply_with_reasoning_beside_its_text_shows_that_the_model_reasons(
    server: OpenAIServer, model: OpenAIChatModel
) -> None:
    # api-docs.deepseek.com/guides/thinking_mode
    thought = chunk({"reasoning_content": "Hm."})
    server.reply = lambda *_: events_reply(
        thought, chunk({"content": "Yes [1]."}), chunk({}, "stop")
    )

    first, _ = await asked(model)
    await asked(model)

    assert first == "Yes [1]."
    assert server.bodies[-1]["max_tokens"] == 25_800


def test_an_answer_is_cut_at_a_word_whatever_its_pieces() -> None:
    limit = AnswerLimit(3)

    said = "".join(map(limit.take, ["On", "e tw", "o th", "ree fo", "ur"]))

    assert (said, limit.reached) == ("One two three ", True)


def test_an_answer_within_its_limit_is_whole() -> None:
    limit = AnswerLimit(3)

    assert (limit.take("One two."), limit.reached) == ("One two.", False)


async def test_json_instead_of_a_stream_is_no_answer(
    server: OpenAIServer, model: OpenAIChatModel
) -> None:
    server.reply = lambda *_: json_reply({"choices": []})

    with pytest.raises(RejectedError):
        await asked(model)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("It doesn't (really) work.", 6),
        ("1234567", 3),
        ("----------------", 1),
        ("snake_case", 2),
    ],
)
def test_a_piece_is_never_more_than_the_tokenizers(text: str, pieces: int) -> None:
    enough, few = AnswerLimit(pieces + 1), AnswerLimit(pieces - 1)

    assert enough.take(text) == text
    assert few.take(text) != text
