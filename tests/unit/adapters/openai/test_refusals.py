"""Published refusals of OpenAI and Azure: the caller's error, and the log without content."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Any

import pytest
from structlog.testing import capture_logs

from ragtenancy.adapters.openai.chat_models import OpenAIChatModel
from ragtenancy.adapters.openai.client import open_client
from ragtenancy.adapters.openai.embeddings import OpenAIEmbedder
from ragtenancy.adapters.openai.refusals import without_content
from ragtenancy.domain.errors import RagTenancyError
from tests import vendor_refusals as vendor
from tests.azure_openai import azure_client
from tests.openai_server import (
    OpenAIServer,
    Reply,
    chunk,
    events_reply,
    json_reply,
    openai_server,
    stream_reply,
)
from tests.passages import passage, request_of

QUESTION = "When is Wilhelmina paid back?"
REQUEST = request_of(QUESTION, passage("Refunds for Wilhelmina take 4711 days."))
Line = MutableMapping[str, Any]


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with openai_server(lambda *_: stream_reply("Yes [1].")) as served:
        yield served


async def refused(server: OpenAIServer, reply: Reply) -> tuple[RagTenancyError, list[Line]]:
    """Return the error of an answer by a deployment, and what was logged."""
    server.reply = lambda *_: reply
    with capture_logs() as lines:
        async with azure_client(server) as client:
            with pytest.raises(RagTenancyError) as caught:
                _ = [delta async for delta in OpenAIChatModel(client, "chat").stream(REQUEST)]
    return caught.value, [line for line in lines if line["event"] == "model_refused"]


@pytest.mark.parametrize(
    ("reply", "code", "words", "vendor_code"),
    [
        (vendor.DEPLOYMENT_NOT_FOUND, "model_not_found", '"chat". Create it', "DeploymentNotFound"),
        (vendor.RESOURCE_NOT_FOUND, "model_not_found", "the server's address", "404"),
        (vendor.GONE, "model_retired", '"chat". Deploy a current model', "ModelDeprecated"),
        (vendor.MODEL_NOT_FOUND, "model_not_found", '"chat"', "model_not_found"),
        (vendor.OLD_API_VERSION, "api_version", "/openai/v1/", "BadRequest"),
        (vendor.UNKNOWN_API_VERSION, "api_version", "_API_VERSION", "BadRequest"),
        (vendor.WRONG_OPERATION, "wrong_model", "an embedding model", "OperationNotSupported"),
        (vendor.WRONG_KEY_OR_REGION, "backend_auth", "another resource or region", "401"),
        (vendor.NO_ROLE, "backend_auth", "Cognitive Services OpenAI User", "PermissionDenied"),
        (vendor.WRONG_KEY, "backend_auth", "key is wrong", "invalid_api_key"),
        (vendor.FIREWALL, "backend_auth", "network rules", "AccessDenied"),
        (vendor.NO_QUOTA, "quota_exhausted", "plan and billing", "insufficient_quota"),
        (vendor.RATE_LIMIT, "throttled", "overloaded", "429"),
        (vendor.REQUEST_TOO_LARGE, "prompt_too_long", "context window", "rate_limit_exceeded"),
        (vendor.CONTEXT_LENGTH, "prompt_too_long", "context", "context_length_exceeded"),
        (
            vendor.BLOCKED_PROMPT,
            "content_filter",
            "content filter",
            "content_filter/ResponsibleAIPolicyViolation/jailbreak",
        ),
        (
            vendor.BLOCKED_PROMPT_INNER,
            "content_filter",
            "content filter",
            "content_filter/ResponsibleAIPolicyViolation/jailbreak",
        ),
        (
            vendor.BLOCKED_BY_INNER_CODE,
            "content_filter",
            "content filter",
            "400/ResponsibleAIPolicyViolation/violence",
        ),
    ],
)
async def test_a_refusal_has_its_code_its_remedy_and_its_log_line(
    server: OpenAIServer, reply: Reply, code: str, words: str, vendor_code: str
) -> None:
    error, lines = await refused(server, reply)

    assert error.reason == code
    assert words in error.detail
    assert [line["vendor_code"] for line in lines] == [vendor_code]
    assert lines[0]["model"] == "chat"
    assert lines[0]["status"] == reply[0]
    assert lines[0]["vendor_message"]
    assert lines[0]["vendor_request_id"] in ("req_vendor1", "apim-vendor1")


async def test_a_quota_that_is_used_up_is_asked_for_again_much_later_than_a_rate_limit(
    server: OpenAIServer,
) -> None:
    no_quota, _ = await refused(server, vendor.NO_QUOTA)
    rate_limit, _ = await refused(server, vendor.RATE_LIMIT)

    assert (no_quota.retry_after, rate_limit.retry_after) == (300.0, 7.0)


@pytest.mark.parametrize(
    "message",
    [
        f"Invalid value: {QUESTION!r}",
        "Invalid content near 'Refunds for Wilhelm",
        "Invalid number 4711 in messages[1]",
    ],
)
async def test_the_log_never_holds_what_was_sent(server: OpenAIServer, message: str) -> None:
    _, lines = await refused(server, vendor.openai_refusal(400, "invalid_value", message))

    said = str(lines)
    assert "Invalid" in said
    assert not [word for word in ("Wilhelm", "paid", "Refunds", "4711") if word in said]


async def test_the_log_never_holds_a_key(server: OpenAIServer) -> None:
    _, lines = await refused(server, vendor.WRONG_KEY)

    assert "sk-" not in str(lines)
    assert "1234" not in str(lines)


def test_a_text_of_vendors_words_stays_readable() -> None:
    said = "The model `chat` does not exist or you do not have access to it."

    assert without_content(said, ["Does the model of the chat exist?"]) == said


async def test_pydantics_echo_of_the_input_is_left_out(server: OpenAIServer) -> None:
    details = [{"loc": ["body", "messages"], "msg": "Field required", "input": QUESTION}]

    _, lines = await refused(server, json_reply({"detail": details}, 422))

    assert lines[0]["vendor_message"] == "['body', 'messages'] Field required"


async def test_a_refusal_within_a_stream_is_logged_with_its_request(server: OpenAIServer) -> None:
    told = {"error": {"message": f"Blocked: {QUESTION}", "code": "content_filter"}}
    status, headers, pieces = events_reply(chunk({"content": "Half"}), told)

    _, lines = await refused(server, (status, {**headers, **vendor.AZURE_ID}, pieces))

    assert lines[0]["vendor_code"] == "content_filter"
    assert lines[0]["vendor_request_id"] == "apim-vendor1"
    assert "Wilhelmina" not in str(lines)


async def test_an_answer_cut_off_by_the_filter_is_logged_with_its_categories(
    server: OpenAIServer,
) -> None:
    cut = chunk({}, "content_filter")
    cut["choices"][0]["content_filter_results"] = {"violence": {"filtered": True}}
    status, headers, pieces = events_reply(chunk({"content": "Half"}), cut)

    error, lines = await refused(server, (status, {**headers, **vendor.AZURE_ID}, pieces))

    assert error.reason == "content_filter"
    assert lines[0]["vendor_code"] == "content_filter/violence"
    assert lines[0]["vendor_request_id"] == "apim-vendor1"


async def test_every_attempt_of_the_sdk_is_logged(server: OpenAIServer) -> None:
    server.reply = lambda *_: json_reply({"error": {}}, 503, **{"retry-after-ms": "1"})

    with capture_logs() as lines:
        async with open_client("key", server.url, retries=2) as client:
            with pytest.raises(RagTenancyError):
                await OpenAIEmbedder(client, "vectors").embed(["a"])

    assert [line["model"] for line in lines if line["event"] == "model_refused"] == ["vectors"] * 3
