"""Answers under a configuration that is not saved."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from ragtenancy.domain.errors import UnavailableError
from tests.http.service import ANSWER, Service

QUESTION = "How long do refunds take?"
TERSE = {"prompts": {"system_prompt": "Answer in one word."}}


async def preview(
    service: Service, config: Any, question: str = QUESTION, client_id: str = "acme"
) -> httpx.Response:
    return await service.operate(
        "POST",
        f"clients/{client_id}/config/preview",
        json={"config": config, "question": question},
    )


async def test_an_answer_comes_with_its_prompt_and_passages(service: Service) -> None:
    await service.ingest(await service.create())

    told = (await preview(service, TERSE)).json()

    system, user = told["prompt"]
    assert (told["answer"], told["grounded"], told["model"]) == (ANSWER, True, "scripted")
    assert {each["filename"] for each in told["passages"]} == {"guide.md"}
    assert (system["role"], user["role"]) == ("system", "user")
    assert system["content"].startswith("Answer in one word.\n\n")
    assert told["passages"][0]["text"] in user["content"]
    assert user["content"].endswith(f"Question: {QUESTION}")


async def test_the_model_is_asked_as_configured(service: Service) -> None:
    await service.ingest(await service.create())

    await preview(service, TERSE | {"llm_settings": {"temperature": 0.1, "max_tokens": 7}})

    (request,) = service.chat_model.requests
    assert (request.system_prompt, request.temperature, request.max_tokens) == (
        "Answer in one word.",
        0.1,
        7,
    )


async def test_unset_fields_take_their_defaults(service: Service) -> None:
    key = await service.create(config=TERSE)
    await service.ingest(key)

    told = (await preview(service, {})).json()

    assert "You are a helpful assistant" in told["prompt"][0]["content"]


async def test_a_preview_keeps_no_session_and_no_version(service: Service) -> None:
    key = await service.create()
    await service.ingest(key)

    await preview(service, TERSE)

    config = (await service.operate("GET", "clients/acme/config")).json()
    sessions = (await service.call("GET", "/api/v1/chat/sessions", key)).json()
    assert (config["version"], sessions["items"]) == (1, [])
    assert config["prompts"]["system_prompt"] != "Answer in one word."


async def test_a_question_without_an_answer_is_refused_as_configured(service: Service) -> None:
    await service.ingest(await service.create())

    config = {
        "prompts": {"no_context_response": "Ask the front desk."},
        "search_settings": {"similarity_threshold": 1.0},
    }
    told = (await preview(service, config, "Who won the football world cup?")).json()

    assert (told["answer"], told["passages"], told["model"]) == ("Ask the front desk.", [], None)
    assert [each["role"] for each in told["prompt"]] == ["system"]
    assert service.chat_model.requests == []


async def test_a_models_own_refusal_shows_the_prompt(service: Service) -> None:
    await service.ingest(await service.create())
    service.chat_model.answer = "I'm sorry, the passages do not contain that information."

    told = (await preview(service, {})).json()

    assert (told["passages"], told["model"], len(told["prompt"])) == ([], "scripted", 2)


async def test_small_talk_is_answered_as_configured(service: Service) -> None:
    await service.create()

    told = (await preview(service, {"prompts": {"greeting": "Welcome!"}}, "Hello!")).json()

    assert told["answer"].startswith("Welcome!")
    assert (told["passages"], told["model"]) == ([], None)


async def test_a_preview_reads_the_clients_own_documents_alone(service: Service) -> None:
    own, rival = await service.create(), await service.create("rival")
    await service.ingest(own)
    await service.ingest(rival, "# Refunds\n\nRefunds take a year.", "theirs.md")

    told = (await preview(service, {})).json()

    assert {each["filename"] for each in told["passages"]} == {"guide.md"}
    assert "a year" not in str(told["prompt"])


@pytest.mark.parametrize(
    ("config", "status", "told"),
    [
        ({"search_settings": {"semantic_weight": 0.5}}, 422, ("code", "bad_weights")),
        ({"llm_settings": {"model": "unknown"}}, 422, ("code", "unknown_model")),
        (
            {"search_settings": {"top_k": 0}},
            400,
            ("field", "$.config.search_settings.top_k"),
        ),
        (None, 400, ("field", "$.config")),
    ],
)
async def test_a_bad_configuration_is_refused(
    service: Service, config: Any, status: int, told: tuple[str, str]
) -> None:
    await service.create()

    reply = await preview(service, config)

    assert (reply.status_code, reply.json()[told[0]]) == (status, told[1])


@pytest.mark.parametrize("question", ["", "  ", "x" * 8_001])
async def test_a_question_without_text_or_too_long_is_malformed(
    service: Service, question: str
) -> None:
    await service.create()

    assert (await preview(service, {}, question)).status_code == 400


async def test_an_unknown_client_is_absent(service: Service) -> None:
    assert (await preview(service, {}, client_id="nobody")).status_code == 404


async def test_a_failing_model_is_a_problem(service: Service) -> None:
    await service.ingest(await service.create())
    service.chat_model.failure = UnavailableError("The model is away.")

    assert (await preview(service, {})).status_code == 503
