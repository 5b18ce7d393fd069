"""What servers of OpenAI's protocol leave out or say otherwise, and where Azure's calls go."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest
from azure.core.exceptions import ClientAuthenticationError
from msgspec import structs
from openai import AsyncAzureOpenAI

from ragtenancy.adapters.openai.chat_models import OpenAIChatModel
from ragtenancy.adapters.openai.client import OpenAIProbe, open_client
from ragtenancy.adapters.openai.embeddings import OpenAIEmbedder
from ragtenancy.domain.errors import UnavailableError
from ragtenancy.domain.usage import Usage
from tests.azure_openai import API_VERSION, azure_client
from tests.openai_server import (
    Body,
    OpenAIServer,
    Reply,
    chunk,
    embedding_reply,
    error_reply,
    events_reply,
    json_reply,
    openai_server,
    stream_reply,
)
from tests.passages import passage, request_of

REQUEST = request_of("When?", passage("Within 30 days."))
VERSION = f"?api-version={API_VERSION}"


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with openai_server(lambda *_: stream_reply("Yes [1].")) as served:
        yield served


async def answer(server: OpenAIServer, *, times: int = 1) -> tuple[str, Usage | None]:
    async with open_client(None, server.url, retries=0, timeout=5) as client:
        model = OpenAIChatModel(client, "local")
        for _ in range(times):
            deltas = [delta async for delta in model.stream(REQUEST)]
    return "".join(delta.text for delta in deltas), deltas[-1].usage


def refuse(option: str, *, param: str | None = None) -> Callable[[str, Body], Reply]:
    """A server that does not know an option."""

    def reply(_: str, body: Body) -> Reply:
        message = f"Unsupported parameter: '{option}'."
        return error_reply(400, None, message=message, param=param) if option in body else SAID

    return reply


SAID = stream_reply("Yes [1].")


async def test_a_server_that_says_no_usage_counts_none(server: OpenAIServer) -> None:
    server.reply = lambda *_: events_reply(chunk({"content": "Yes."}), chunk({}, "stop"))

    assert await answer(server) == ("Yes.", Usage())


async def test_a_usage_that_grows_with_each_piece_is_counted_once(server: OpenAIServer) -> None:
    usages = [{"prompt_tokens": 5, "completion_tokens": n, "total_tokens": 5 + n} for n in (1, 2)]
    pieces = [{**chunk({"content": "a"}), "usage": usage} for usage in usages]
    server.reply = lambda *_: events_reply(*pieces, chunk({}, "stop"))

    assert await answer(server) == ("aa", Usage(prompt_tokens=5, completion_tokens=2))


async def test_fields_of_a_servers_own_are_passed_over(server: OpenAIServer) -> None:
    piece = {**chunk({"content": "Yes.", "reasoning_content": None}), "timings": {"n": 1}}
    server.reply = lambda *_: events_reply(piece, chunk({}, "stop"))

    assert (await answer(server))[0] == "Yes."


@pytest.mark.parametrize("option", ["stream_options", "max_tokens"])
async def test_an_option_that_is_refused_is_said_otherwise_from_then_on(
    server: OpenAIServer, option: str
) -> None:
    server.reply = refuse(option)

    assert (await answer(server, times=2))[0] == "Yes [1]."
    assert [option in body for body in server.bodies] == [True, False, False]


async def test_a_limit_keeps_its_value_under_its_other_name(server: OpenAIServer) -> None:
    server.reply = refuse("max_tokens", param="max_tokens")

    await answer(server)

    assert server.bodies[-1]["max_completion_tokens"] == REQUEST.max_tokens


async def test_answers_begun_at_once_learn_it_each(server: OpenAIServer) -> None:
    server.reply = refuse("stream_options")

    async with open_client(None, server.url, retries=0, timeout=5) as client:
        model = OpenAIChatModel(client, "local")
        said = await asyncio.gather(*(anext(model.stream(REQUEST)) for _ in range(4)))

    assert {delta.text for delta in said} == {"Yes [1]."}


async def test_azures_calls_name_deployment_and_version(server: OpenAIServer) -> None:
    async with azure_client(server) as client:
        await anext(OpenAIChatModel(client, "answers").stream(REQUEST))
        server.reply = lambda _, body: embedding_reply(body)
        await OpenAIEmbedder(client, "vectors").embed(["a"])
        server.reply = lambda *_: json_reply({"object": "list", "data": []})
        probed = await OpenAIProbe(client).check()

    assert server.paths == [
        f"/openai/deployments/answers/chat/completions{VERSION}",
        f"/openai/deployments/vectors/embeddings{VERSION}",
        f"/openai/models{VERSION}",
    ]
    assert probed.connected


async def test_a_model_that_a_tenant_names_is_its_own_deployment(server: OpenAIServer) -> None:
    named = structs.replace(REQUEST, model="small")

    async with azure_client(server) as client:
        await anext(OpenAIChatModel(client, "answers").stream(named))

    assert server.paths == [f"/openai/deployments/small/chat/completions{VERSION}"]


async def test_a_machine_without_an_identity_is_refused(server: OpenAIServer) -> None:
    async def no_token() -> str:
        raise ClientAuthenticationError("no identity")

    endpoint = server.url.removesuffix("/v1")
    async with AsyncAzureOpenAI(
        azure_endpoint=endpoint, api_version=API_VERSION, azure_ad_token_provider=no_token
    ) as client:
        with pytest.raises(UnavailableError) as caught:
            await anext(OpenAIChatModel(client, "answers").stream(REQUEST))

    assert (caught.value.reason, server.paths) == ("backend_auth", [])
