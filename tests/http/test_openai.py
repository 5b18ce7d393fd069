"""The OpenAI API over HTTP, as the official client uses it."""

from __future__ import annotations

import json
from typing import Any, cast

import httpx2
import openai
import pytest
from openai import AsyncOpenAI
from openai.types.chat import ChatCompletionChunk

from tests.http.service import GUIDE, Service

USER = {"role": "user", "content": "How long do refunds take?"}
LONG = {"role": "user", "content": "x" * 8_001}
QUOTE = "Refunds are paid within 30 days of purchase."


async def client_of(service: Service, name: str = "acme") -> AsyncOpenAI:
    key = await service.create(name)
    await service.ingest(key)
    return official(service, key)


def official(service: Service, key: str) -> AsyncOpenAI:
    transport = httpx2.ASGITransport(app=cast("Any", service.app))
    http_client = httpx2.AsyncClient(transport=transport)
    return AsyncOpenAI(
        api_key=key, base_url="http://test/v1", http_client=http_client, max_retries=0
    )


async def complete(client: AsyncOpenAI, *messages: Any, **options: Any) -> Any:
    return await client.chat.completions.create(
        model="gpt-5", messages=cast("Any", messages or [USER]), **options
    )


async def test_an_answer_has_citations_with_file_quote_and_range(service: Service) -> None:
    client = await client_of(service)

    reply = await complete(client)

    message = reply.choices[0].message
    cited = message.annotations[0].file_citation
    assert (message.content, reply.choices[0].finish_reason) == (
        "Refunds take 30 days [1].",
        "stop",
    )
    assert (reply.model, reply.object, reply.usage.total_tokens) == ("gpt-5", "chat.completion", 10)
    assert (cited["filename"], cited["quote"], cited["index"]) == ("guide.md", QUOTE, 1)
    assert message.content[cited["start_index"] : cited["end_index"]] == "[1]"
    assert reply.sources[0]["file_id"] == cited["file_id"]


async def test_a_stream_gives_the_same_answer_and_its_usage(service: Service) -> None:
    client = await client_of(service)

    stream = await complete(client, stream=True, stream_options={"include_usage": True})
    chunks: list[ChatCompletionChunk] = [chunk async for chunk in stream]

    deltas = [choice.delta for chunk in chunks for choice in chunk.choices]
    assert "".join(delta.content or "" for delta in deltas) == "Refunds take 30 days [1]."
    assert deltas[0].role == "assistant"
    assert deltas[-1].model_extra is not None
    assert deltas[-1].model_extra["annotations"][0]["file_citation"]["quote"] == QUOTE
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.total_tokens == 10
    assert len({chunk.id for chunk in chunks}) == 1


async def test_the_sent_history_is_the_memory(service: Service) -> None:
    client = await client_of(service)
    earlier = [
        {"role": "user", "content": "Hi, refunds?"},
        {"role": "assistant", "content": "Yes."},
    ]

    await complete(client, {"role": "system", "content": "Be brief."}, *earlier, USER)

    request = service.chat_model.requests[-1]
    assert [(turn.question, turn.answer) for turn in request.history] == [("Hi, refunds?", "Yes.")]
    assert request.system_prompt.endswith("\n\nBe brief.")
    sessions = await service.call("GET", "/api/v1/chat/sessions", client.api_key)
    assert sessions.json()["items"] == []


async def test_a_named_session_is_the_memory_instead(service: Service) -> None:
    client = await client_of(service)
    named = {"X-Session-ID": "s1"}

    await complete(client, extra_headers=named)
    reply = await complete(client, {"role": "system", "content": "x"}, USER, extra_headers=named)

    assert [turn.question for turn in service.chat_model.requests[-1].history] == [USER["content"]]
    assert reply.session_id == "s1"


async def test_a_caller_may_lower_but_not_raise_the_clients_settings(service: Service) -> None:
    client = await client_of(service)

    await complete(client, temperature=0.2, max_completion_tokens=50)
    await complete(client, temperature=1.9, max_tokens=5_000)

    given = [(each.temperature, each.max_tokens) for each in service.chat_model.requests]
    assert given == [(0.2, 50), (0.7, 800)]


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"n": 2}, "n"),
        ({"tools": [{"type": "function", "function": {"name": "f"}}]}, "tools"),
        ({"response_format": {"type": "json_object"}}, "response_format"),
    ],
)
async def test_what_cannot_be_had_is_refused_by_name(
    service: Service, options: dict[str, Any], field: str
) -> None:
    client = await client_of(service)

    with pytest.raises(openai.BadRequestError) as refused:
        await complete(client, **options)

    assert (refused.value.param, refused.value.code) == (field, "not_supported")
    assert refused.value.type == "invalid_request_error"


@pytest.mark.parametrize(
    "messages",
    [
        [{"role": "assistant", "content": "Hello"}],
        [{"role": "tool", "content": "4", "tool_call_id": "1"}, USER],
        [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}],
        [{"role": "user", "content": "  "}],
        [LONG],
    ],
)
async def test_conversations_that_cannot_be_answered_are_refused(
    service: Service, messages: list[Any]
) -> None:
    client = await client_of(service)

    with pytest.raises(openai.BadRequestError):
        await complete(client, *messages)


@pytest.mark.parametrize(
    ("messages", "field"),
    [
        ([{"role": "assistant", "content": "Hi"}, LONG], "messages[1].content"),
        ([{"role": "system", "content": "x" * 20_001}, USER], "messages"),
    ],
)
async def test_a_message_out_of_bounds_is_named_by_its_place(
    service: Service, messages: list[Any], field: str
) -> None:
    client = await client_of(service)

    with pytest.raises(openai.BadRequestError) as refused:
        await complete(client, *messages)

    assert refused.value.param == field


async def test_text_parts_are_read_as_text(service: Service) -> None:
    client = await client_of(service)

    parts = [{"type": "text", "text": USER["content"]}]
    reply = await complete(client, {"role": "user", "content": parts})

    assert reply.grounded is True


async def test_errors_have_the_form_that_the_sdk_understands(service: Service) -> None:
    client = official(service, "rtk_local_AAAAAAAAAAA_" + "B" * 49)

    with pytest.raises(openai.AuthenticationError) as refused:
        await complete(client)
    elsewhere = await service.call("GET", "/v1/nothing", client.api_key)

    assert (refused.value.type, refused.value.code) == ("authentication_error", "unauthenticated")
    assert elsewhere.json()["error"]["code"] == elsewhere.json()["code"] == "not_found"


async def test_a_key_without_the_scope_is_refused(service: Service) -> None:
    await service.create()
    key = await service.key(scopes=["ingest"])
    client = official(service, key["api_key"])

    with pytest.raises(openai.PermissionDeniedError):
        await complete(client)


async def test_models_are_the_assistant_and_the_embedder(service: Service) -> None:
    client = await client_of(service)

    listed = [model async for model in client.models.list()]

    assert listed[0].id == "ragtenancy"
    assert (await client.models.retrieve(listed[1].id)).owned_by == "acme"
    with pytest.raises(openai.NotFoundError):
        await client.models.retrieve("gpt-5")


async def test_embeddings_are_those_of_the_documents_model(service: Service) -> None:
    client = await client_of(service)
    model = (await client.models.list()).data[1].id

    plain = await client.embeddings.create(model=model, input=["a", "b"], encoding_format="float")
    packed = await client.embeddings.create(model=model, input="b")

    assert [each.index for each in plain.data] == [0, 1]
    assert packed.data[0].embedding == pytest.approx(plain.data[1].embedding, abs=1e-7)
    assert packed.usage.prompt_tokens > 0


async def test_token_numbers_are_refused_with_advice(service: Service) -> None:
    client = await client_of(service)

    with pytest.raises(openai.BadRequestError, match="check_embedding_ctx_length"):
        await client.embeddings.create(model="m", input=[[1, 2, 3]])


async def test_other_dimensions_are_refused(service: Service) -> None:
    client = await client_of(service)

    with pytest.raises(openai.BadRequestError) as refused:
        await client.embeddings.create(model="m", input="a", dimensions=3)

    assert refused.value.param == "dimensions"


async def test_the_vector_store_is_searched(service: Service) -> None:
    client = await client_of(service)
    (store,) = (await client.vector_stores.list()).data

    found = await client.vector_stores.search(store.id, query=["refunds", "reports"])

    assert (store.id, store.file_counts.completed) == ("vs_acme", 1)
    assert {each.filename for each in found.data} == {"guide.md"}
    assert found.data[0].content[0].text in GUIDE
    assert [each.score for each in found.data] == sorted(
        (each.score for each in found.data), reverse=True
    )


async def test_filters_choose_documents_by_their_metadata(service: Service) -> None:
    key = await service.create()
    for year in (2023, 2025):
        fields = {"metadata": json.dumps({"year": year})}
        await service.upload(key, f"{GUIDE}\n{year}", f"{year}.md", fields=fields)
    await service.work()
    client = official(service, key)

    async def found(**condition: Any) -> set[str]:
        page = await client.vector_stores.search(
            "vs_acme", query="refunds", filters=cast("Any", condition)
        )
        return {each.filename for each in page.data}

    assert await found(type="gte", key="year", value=2024) == {"2025.md"}
    assert await found(type="nin", key="year", value=[2025]) == {"2023.md"}
    both = [{"type": "eq", "key": "year", "value": year} for year in (2023, 2025)]
    assert await found(type="or", filters=both) == {"2023.md", "2025.md"}
    assert await found(type="and", filters=both) == set()


async def test_another_clients_store_is_not_found(service: Service) -> None:
    await client_of(service)
    stranger = await client_of(service, "globex")

    with pytest.raises(openai.NotFoundError):
        await stranger.vector_stores.search("vs_acme", query="refunds")
    with pytest.raises(openai.NotFoundError):
        await stranger.vector_stores.retrieve("vs_acme")
