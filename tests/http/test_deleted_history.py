"""What a follow-up question is answered with, once a document behind an earlier answer is deleted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from ragtenancy.domain.ids import SessionId, TenantId
from ragtenancy.library.tenant import PYTHON, TenantHandle
from tests.http.service import GUIDE, Service
from tests.http.test_mcp import connected, structured

CANARY = "HERON-7731"
SECRET = f"# Gate\n\nThe refund code of the gate is {CANARY}.\n"
LEANING = "And how long does it take?"
Ask = Callable[[Service, str, str], Awaitable[Any]]


async def over_http(service: Service, key: str, question: str) -> Any:
    return (await service.ask(key, question, session_id="s1")).text


async def streamed(service: Service, key: str, question: str) -> Any:
    return (await service.ask(key, question, session_id="s1", stream=True)).text


async def over_openai(service: Service, key: str, question: str) -> Any:
    body = {"messages": [{"role": "user", "content": question}]}
    named = {"X-Session-ID": "s1"}
    path = "/v1/chat/completions"
    return (await service.call("POST", path, key, json=body, headers=named)).text


async def over_mcp(service: Service, key: str, question: str) -> Any:
    async with connected(service, key) as client:
        asked = {"question": question, "session_id": "s1"}
        return str(structured(await client.call_tool("ask", asked)))


async def in_python(service: Service, key: str, question: str) -> Any:  # noqa: ARG001
    handle = TenantHandle(service.container, TenantId("acme"), PYTHON)
    return str(await handle.ask(question, session_id=SessionId("s1")))


async def opened(service: Service) -> tuple[str, str, str]:
    """Return a key, a document that holds the canary, and one that does not."""
    key = await service.create(config={"search_settings": {"similarity_threshold": 0}})
    secret = (await service.ingest(key, SECRET, "gate.md"))["document_id"]
    return key, secret, (await service.ingest(key, GUIDE))["document_id"]


async def delete(service: Service, key: str, document_id: str) -> None:
    path = f"/api/v1/ingest/document/{document_id}"
    assert (await service.call("DELETE", path, key)).json()["verified"]


def told(service: Service) -> str:
    """Return all that the model was given for the last answer."""
    return f"{service.chat_model.requests[-1]} {service.chat_model.told[-1:]}"


@pytest.mark.parametrize("ask", [over_http, streamed, over_openai, over_mcp, in_python])
async def test_a_withheld_answer_reaches_neither_model_nor_answer(
    service: Service, ask: Ask
) -> None:
    key, secret, _ = await opened(service)
    service.chat_model.answer = f"The code is {CANARY} [1]."
    assert CANARY in await ask(service, key, "What is the refund code of the gate?")
    await delete(service, key, secret)

    service.chat_model.answer = "It takes 30 days [1]."
    answered = await ask(service, key, LEANING)

    assert CANARY not in answered
    assert CANARY not in told(service)
    (before,) = service.chat_model.requests[-1].history
    assert (before.question, before.withheld) == ("What is the refund code of the gate?", True)


async def test_an_answer_that_repeats_a_withheld_one_is_not_recalled(service: Service) -> None:
    key, secret, guide = await opened(service)
    service.chat_model.answer = f"The code is {CANARY} [1]."
    await over_http(service, key, "What is the refund code of the gate?")
    await service.ask(key, "Again?", session_id="s1", filters={"document_ids": [guide]})
    await delete(service, key, secret)

    await over_http(service, key, LEANING)

    assert CANARY not in told(service)
    assert len(service.chat_model.requests[-1].history) == 2


async def test_an_answer_is_not_recalled_once_a_passage_it_was_given_is_deleted(
    service: Service,
) -> None:
    key, secret, _ = await opened(service)
    service.chat_model.answer = f"The code is {CANARY}."
    await over_http(service, key, "What is the refund code of the gate?")
    await delete(service, key, secret)

    await over_http(service, key, LEANING)

    assert CANARY not in told(service)


async def test_an_answer_whose_documents_exist_is_recalled(service: Service) -> None:
    key, secret, guide = await opened(service)
    asked = {"filters": {"document_ids": [guide]}, "session_id": "s1"}
    await service.ask(key, "How long do refunds take?", **asked)
    await delete(service, key, secret)

    await over_http(service, key, LEANING)

    (before,) = service.chat_model.requests[-1].history
    assert (before.answer, before.withheld) == ("Refunds take 30 days [1].", False)


async def test_answers_after_the_deletion_are_recalled(service: Service) -> None:
    key, secret, _ = await opened(service)
    await over_http(service, key, "What is the refund code of the gate?")
    await delete(service, key, secret)
    await over_http(service, key, LEANING)

    await over_http(service, key, LEANING)

    history = service.chat_model.requests[-1].history
    assert [turn.withheld for turn in history] == [True, False]
