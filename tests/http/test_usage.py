"""Usage, its prices, and the limits of tokens and of money."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ragtenancy.app.chat.events import ChatMessage
from ragtenancy.domain.errors import UnavailableError
from ragtenancy.domain.ids import TenantId
from ragtenancy.settings import load_settings
from tests.http.service import Service

PRICES = {
    "currency": "EUR",
    "models": {"scripted": {"input": 100_000, "output": 100_000}, "*": {"embedding": 10}},
}  # an answer of 7 and 3 tokens costs one euro


@pytest.fixture
async def priced(tmp_path: Path) -> AsyncIterator[Service]:
    path = tmp_path / "prices.json"
    path.write_text(json.dumps(PRICES))
    settings = load_settings({"RAGTENANCY_STORAGE": "memory", "RAGTENANCY_PRICES": str(path)})
    service = Service(settings)
    async with service.container.closers(), service.http:
        yield service


async def used(service: Service, client_id: str = "acme", **query: str) -> dict[str, Any]:
    reply = await service.operate("GET", f"clients/{client_id}/usage", params=query)
    assert reply.status_code == 200, reply.text
    return dict(reply.json())


async def started(service: Service, **config: Any) -> str:
    key = await service.create(config=config)
    await service.ingest(key)
    return key


def counted(line: dict[str, Any]) -> dict[str, Any]:
    """Return what is not zero."""
    return {name: value for name, value in line.items() if value}


async def test_a_question_counts_with_its_tokens(service: Service) -> None:
    key = await service.create()
    await service.ingest(key)

    await service.ask(key)

    total = counted((await used(service))["total"])
    assert {name: total[name] for name in ("questions", "prompt_tokens", "completion_tokens")} == {
        "questions": 1,
        "prompt_tokens": 7,
        "completion_tokens": 3,
    }
    assert "estimated_tokens" not in total
    assert total["uploads"] == total["documents"] == 1
    assert (
        total["chunks"]
        == (await service.call("GET", "/api/v1/client", key)).json()["usage"]["chunks"]
    )
    assert total["embedding_tokens"] > 0


async def test_small_talk_is_a_question_without_tokens(service: Service) -> None:
    key = await service.create()

    await service.ask(key, "Hello!")

    assert counted((await used(service))["total"]) == {"questions": 1}


async def test_a_search_counts(service: Service) -> None:
    key = await started(service)

    await service.search(key)
    await service.search(key)

    assert (await used(service))["total"]["searches"] == 2


async def test_a_client_without_memory_is_counted_too(service: Service) -> None:
    key = await started(service, features={"conversation_memory": False})

    await service.ask(key)

    assert (await used(service))["total"]["questions"] == 1


async def test_the_openai_api_and_embeddings_count(service: Service) -> None:
    key = await started(service)
    before = (await used(service))["total"]["embedding_tokens"]

    body = {"model": "ragtenancy", "messages": [{"role": "user", "content": "Refunds?"}]}
    await service.call("POST", "/v1/chat/completions", key, json=body)
    await service.call(
        "POST", "/v1/embeddings", key, json={"model": "any", "input": "three little words"}
    )

    total = (await used(service))["total"]
    assert total["questions"] == 1
    assert total["embedding_tokens"] > before


async def test_deleted_sessions_stay_counted(service: Service) -> None:
    key = await started(service)
    await service.ask(key, session_id="s1")

    await service.call("DELETE", "/api/v1/chat/sessions/s1", key)

    assert (await used(service))["total"]["prompt_tokens"] == 7


async def test_a_deleted_document_is_counted(service: Service) -> None:
    key = await service.create()
    accepted = await service.ingest(key)

    await service.call("DELETE", f"/api/v1/ingest/document/{accepted['document_id']}", key)

    total = (await used(service))["total"]
    assert (total["documents"], total["deleted_documents"]) == (1, 1)


async def test_an_upload_that_fails_is_no_document(service: Service) -> None:
    key = await service.create()

    await service.upload(key, b"\x00\x01", "broken.docx")
    await service.upload(key, "", "empty.md")
    await service.work()

    assert (await used(service))["total"]["documents"] == 0


async def test_lines_stand_for_keys(service: Service) -> None:
    key = await started(service)
    other = await service.key(label="other")
    await service.ask(key)
    await service.ask(other["api_key"])
    await service.ask(other["api_key"])

    found = await used(service, by="key")

    questions = {line["key_id"]: line["questions"] for line in found["items"]}
    assert questions[other["key_id"]] == 2
    assert sorted(filter(None, questions.values())) == [1, 2]


async def test_lines_stand_for_models(service: Service) -> None:
    key = await started(service)
    await service.ask(key)

    found = await used(service, by="model")

    tokens = {line["model"]: line["prompt_tokens"] for line in found["items"]}
    assert tokens[service.chat_model.name] == 7


async def test_lines_stand_for_days_of_the_period(service: Service) -> None:
    key = await started(service)
    first = service.clock.now().date()
    await service.ask(key)
    service.clock.advance(timedelta(days=1))
    await service.ask(key)
    await service.ask(key)

    whole = await used(service, **{"from": str(first), "to": str(first + timedelta(days=1))})
    today = await used(service, **{"from": str(first + timedelta(days=1))})

    assert [(line["day"], line["questions"]) for line in whole["items"]] == [
        (str(first), 1),
        (str(first + timedelta(days=1)), 2),
    ]
    assert [line["questions"] for line in today["items"]] == [2]


async def test_a_client_sees_its_own_tokens(service: Service) -> None:
    key = await started(service)
    await service.ask(key)

    own = (await service.call("GET", "/api/v1/client", key)).json()["usage"]

    assert (own["tokens_today"], own["tokens_this_month"], own["questions_this_month"]) == (
        10,
        10,
        1,
    )


async def test_a_report_comes_as_csv(priced: Service) -> None:
    key = await started(priced)
    await priced.ask(key)

    reply = await priced.operate("GET", "clients/acme/usage", headers={"Accept": "text/csv"})

    assert reply.headers["content-type"] == "text/csv; charset=utf-8"
    (line,) = csv.DictReader(io.StringIO(reply.text))
    assert (line["questions"], line["currency"]) == ("1", "EUR")
    assert float(line["price"]) >= 1.0


async def test_without_a_price_list_there_is_no_price(service: Service) -> None:
    await service.create()

    found = await used(service)

    assert (found["currency"], found["total"]["price"]) == (None, None)


@pytest.mark.parametrize(
    "query",
    [
        {"from": "2026-02-30"},
        {"from": "2026-02-02", "to": "2026-02-01"},
        {"from": "2020-01-01", "to": "2026-01-01"},
        {"by": "hour"},
    ],
)
async def test_a_wrong_period_is_refused(service: Service, query: dict[str, str]) -> None:
    await service.create()

    reply = await service.operate("GET", "clients/acme/usage", params=query)

    assert (reply.status_code, reply.json()["code"]) == (400, "malformed")


async def test_tokens_per_day_are_a_limit(service: Service) -> None:
    key = await started(service, limits={"tokens_per_day": 20})
    answers = [await service.ask(key) for _ in range(3)]

    assert [reply.status_code for reply in answers] == [200, 200, 429]
    refused = answers[-1]
    assert refused.json()["code"] == "tokens_per_day"
    now = service.clock.now()
    midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    assert abs(int(refused.headers["Retry-After"]) - (midnight - now).total_seconds()) <= 1


async def test_the_tokens_of_a_new_day_are_new(service: Service) -> None:
    key = await started(service, limits={"tokens_per_day": 10})
    await service.ask(key)
    service.clock.advance(timedelta(days=1))

    assert (await service.ask(key)).status_code == 200


async def test_a_turn_that_failed_gives_its_reservation_back(service: Service) -> None:
    key = await started(service, limits={"tokens_per_day": 10})
    service.chat_model.failure = UnavailableError("Away.", code="model_away")
    await service.ask(key)
    service.chat_model.failure = None

    assert (await service.ask(key)).status_code == 200


async def test_streams_and_the_openai_api_are_limited_too(service: Service) -> None:
    key = await started(service, limits={"tokens_per_day": 10})
    await service.ask(key)

    body = {"model": "ragtenancy", "messages": [{"role": "user", "content": "Refunds?"}]}
    streamed = await service.ask(key, stream=True)
    completed = await service.call("POST", "/v1/chat/completions", key, json=body)

    assert (streamed.status_code, completed.status_code) == (429, 429)
    assert completed.json()["error"]["code"] == "tokens_per_day"


async def test_a_budget_stops(priced: Service) -> None:
    key = await started(priced, limits={"monthly_budget": 2})
    answers = [await priced.ask(key) for _ in range(3)]

    assert [reply.status_code for reply in answers] == [200, 200, 429]
    assert answers[-1].json()["code"] == "monthly_budget"


async def test_a_budget_that_warns_does_not_stop(priced: Service) -> None:
    budget = {"amount": 1, "action": "warn"}
    key = await started(priced, limits={"monthly_budget": budget})
    answers = [await priced.ask(key) for _ in range(3)]

    assert [reply.status_code for reply in answers] == [200, 200, 200]
    config = (await priced.operate("GET", "clients/acme/config")).json()
    assert config["limits"]["monthly_budget"] == budget


async def test_a_budget_is_announced_at_80_and_100_per_cent_once_each(priced: Service) -> None:
    key = await started(priced, limits={"monthly_budget": {"amount": 5, "action": "warn"}})
    hook = await priced.webhook(key, events=["client.budget"])
    announced = []
    for _ in range(7):
        await priced.ask(key)
        path = f"/api/v1/webhooks/{hook['webhook_id']}/deliveries"
        listed = (await priced.call("GET", path, key)).json()["items"]
        announced.append(sum(each["event"] == "client.budget" for each in listed))

    assert announced == [0, 0, 0, 1, 2, 2, 2]


async def test_a_budget_needs_a_price_for_the_model(tmp_path: Path) -> None:
    path = tmp_path / "others.json"
    path.write_text(json.dumps({"currency": "EUR", "models": {"other": {}}}))
    settings = load_settings({"RAGTENANCY_STORAGE": "memory", "RAGTENANCY_PRICES": str(path)})
    service = Service(settings)
    await service.create()

    reply = await service.configure(limits={"monthly_budget": 10})

    assert (reply.status_code, reply.json()["code"]) == (422, "no_price")


async def test_a_question_given_up_while_it_reserves_leaves_no_reservation(
    service: Service,
) -> None:
    await started(service, limits={"tokens_per_day": 10})
    scope = (await service.container.tenant_records().find(TenantId("acme"))).scope
    chat = service.container.chat()
    asking = asyncio.create_task(chat.reply(scope, ChatMessage(message="Refunds?")))
    await asyncio.sleep(0)

    asking.cancel()
    await asyncio.wait([asking])

    assert (await chat.reply(scope, ChatMessage(message="Refunds?"))).answer
