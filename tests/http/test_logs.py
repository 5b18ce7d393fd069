"""Logs name the request and its client, and never contain a key or a client's text."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from ragtenancy.domain.errors import UnavailableError
from ragtenancy.telemetry import configure_logging
from tests.http.service import OPERATOR, Service

CANARY = "canary-7f3a"


class VendorError(Exception):
    """An error of an SDK, with the numbers that Cosmos DB's has."""

    status_code = 403
    sub_status = 1014


@pytest.fixture
def logs() -> Iterator[io.StringIO]:
    written = io.StringIO()
    configure_logging()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(written))
    yield written
    structlog.reset_defaults()


def last(logs: io.StringIO) -> Any:
    return json.loads(logs.getvalue().splitlines()[-1])


async def test_one_line_a_request(service: Service, logs: io.StringIO) -> None:
    key = await service.create()
    before = len(logs.getvalue().splitlines())

    await service.call("GET", "/api/v1/client", key, headers={"X-Request-ID": "mine"})
    line = last(logs)

    assert len(logs.getvalue().splitlines()) == before + 1
    assert (line["event"], line["request_id"], line["client_id"]) == ("request", "mine", "acme")
    assert (line["method"], line["route"], line["status"]) == ("GET", "/api/v1/client", 200)


def test_a_vendors_status_is_logged_without_its_message(logs: io.StringIO) -> None:
    error = UnavailableError("The store is full.", code="partition_full")
    error.__cause__ = VendorError(CANARY)

    structlog.get_logger().warning("request_failed", code=error.reason, exc_info=error)

    assert "UnavailableError < VendorError 403/1014" in last(logs)["exception"]
    assert CANARY not in logs.getvalue()


async def test_one_request_leaves_nothing_for_the_next(service: Service, logs: io.StringIO) -> None:
    key = await service.create()
    await service.call("GET", "/api/v1/client", key)

    await service.call("GET", "/livez")

    assert "client_id" not in last(logs)


async def test_logs_hold_no_key_and_no_text(service: Service, logs: io.StringIO) -> None:
    key = await service.create(config={"prompts": {"greeting": CANARY}})
    made = (await service.key(label=CANARY))["api_key"]
    await service.ingest(key, f"Refunds {CANARY}.", f"{CANARY}.md")
    await service.ask(key, f"{CANARY} refunds?", session_id="s1")
    await service.search(made, CANARY)
    await service.call("POST", "/api/v1/search", key, json={"query": CANARY, CANARY: 1})
    await service.call("GET", f"/api/v1/ingest/document/{CANARY}", key)
    await service.call("GET", f"/livez?key={key}", "rtk_bad_" + CANARY)
    service.embedder.failures = 5
    await service.ask(key, f"{CANARY} fails", session_id="s2")

    written = logs.getvalue()

    assert written
    assert not [secret for secret in (key, made, OPERATOR, CANARY) if secret in written]
