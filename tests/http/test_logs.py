"""Logs name the request and its client, and never hold a key or what a client wrote."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from ragtenancy.telemetry import configure_logging
from tests.http.service import OPERATOR, Service

CANARY = "canary-7f3a"


@pytest.fixture
def logs(capsys: pytest.CaptureFixture[str]) -> Iterator[Any]:
    configure_logging()
    yield lambda: capsys.readouterr().err
    structlog.reset_defaults()


async def test_one_line_a_request(service: Service, logs: Any) -> None:
    key = await service.create()
    logs()

    await service.call("GET", "/api/v1/client", key, headers={"X-Request-ID": "mine"})
    lines = [json.loads(line) for line in logs().splitlines()]

    assert [
        (line["event"], line["request_id"], line["client_id"], line["route"], line["status"])
        for line in lines
    ] == [("request", "mine", "acme", "/api/v1/client", 200)]


async def test_one_request_leaves_nothing_for_the_next(service: Service, logs: Any) -> None:
    key = await service.create()
    await service.call("GET", "/api/v1/client", key)
    logs()

    await service.call("GET", "/livez")

    assert "client_id" not in json.loads(logs())


async def test_logs_hold_no_key_and_no_text(service: Service, logs: Any) -> None:
    key = await service.create(config={"prompts": {"greeting": CANARY}})
    made = (await service.key(label=CANARY))["api_key"]
    await service.ingest(key, f"Refunds {CANARY}.", f"{CANARY}.md")
    await service.ask(key, f"{CANARY} refunds?", session_id="s1")
    await service.search(made, CANARY)
    await service.call("POST", "/api/v1/search", key, json={"query": CANARY, CANARY: 1})
    await service.call("GET", f"/api/v1/ingest/document/{CANARY}", key)
    await service.call("GET", f"/livez?key={key}", "rtk_bad_" + CANARY)
    service.container.embedder().failures = 5
    await service.ask(key, f"{CANARY} fails", session_id="s2")

    written = logs()

    assert written
    assert not [secret for secret in (key, made, OPERATOR, CANARY) if secret in written]
