"""The alert rules and the dashboard, read by a real Prometheus that scrapes a real server."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from math import isnan
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.emulators.prometheus import MONITORING, prometheus
from tests.process.running import OPERATOR, Server, eventually, key, serving, succeeded, upload
from tests.unit.deployment.monitoring import Query, dashboard_queries, metric_names

pytestmark = pytest.mark.emulator


@pytest.fixture(scope="module")
def scraped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Prometheus, once it has scraped a server before and after a second question."""
    folder = tmp_path_factory.mktemp("monitoring")
    with serving(folder / "data") as server:
        api_key = server.create_client("acme")
        load(server, api_key, b"# Note\n\nThe code of the door is 4711.")
        target = str(server.http.base_url).removeprefix("http://").rstrip("/")
        with prometheus(folder, target, OPERATOR) as client:
            answers = "sum(ragtenancy_answers_total)"
            eventually(lambda: result(client, f"{answers} == 1") != [], "a scrape")
            load(server, api_key, b"# Gate\n\nThe code of the gate is 4712.")
            eventually(lambda: result(client, f"{answers} == 2") != [], "another scrape")
            yield client


def load(server: Server, api_key: str, text: bytes) -> None:
    """Ingest a document and ask a question."""
    note = upload(server, api_key, "note.md", text)
    succeeded(server, api_key, note["job_id"])
    asked = {"message": "What is the code of the door?", "stream": False}
    server.http.post("/api/v1/chat", json=asked, headers=key(api_key)).raise_for_status()


def result(client: httpx.Client, expression: str) -> list[Any]:
    reply = client.get("/api/v1/query", params={"query": expression})
    assert reply.status_code == 200, reply.text
    found: list[Any] = reply.json()["data"]["result"]
    return found


def test_the_files_are_valid(scraped: httpx.Client) -> None:  # noqa: ARG001 - it needs Debian's package
    checked = subprocess.run(
        ["promtool", "check", "rules", str(MONITORING / "alerts.yaml")],
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stderr


def test_every_metric_that_rules_and_dashboard_name_is_scraped(scraped: httpx.Client) -> None:
    targets = scraped.get("/api/v1/targets/metadata").json()["data"]
    scraped_names = {each["metric"] for each in targets}

    assert metric_names() <= scraped_names


def test_every_rule_is_evaluated_without_an_error(scraped: httpx.Client) -> None:
    def rules() -> list[Any]:
        groups = scraped.get("/api/v1/rules").json()["data"]["groups"]
        return [rule for group in groups for rule in group["rules"]]

    eventually(lambda: all(rule["health"] != "unknown" for rule in rules()), "an evaluation")

    assert [rule for rule in rules() if rule["health"] != "ok"] == []
    assert {rule["state"] for rule in rules()} == {"inactive"}


@pytest.mark.parametrize("query", dashboard_queries(), ids=lambda query: query.panel)
def test_a_panel_shows_data_or_says_what_its_emptiness_means(
    scraped: httpx.Client, query: Query
) -> None:
    found = result(scraped, query.expression)
    numbers = [value for each in found if not isnan(value := float(each["value"][1]))]

    assert numbers or query.empty


@pytest.mark.parametrize(
    "expression",
    [
        'http_requests_total{route="/api/v1/chat",status="200"} == 2',
        'http_request_seconds_count{route="/api/v1/chat"} == 2',
        'ragtenancy_client_requests_total{client_id="acme",status="2xx"} > 2',
        'ragtenancy_step_seconds_count{step="retrieve"} == 2',
        'ragtenancy_step_seconds_count{step="answer"} == 2',
        'ragtenancy_step_seconds_count{step="embed"} == 2',
        'ragtenancy_answers_total{client_id="acme",outcome="grounded"} == 2',
        'ragtenancy_model_call_seconds_count{operation="chat"} == 2',
        'ragtenancy_cache_lookups_total{cache="embedding",result="miss"} == 2',
        'ragtenancy_jobs_total{status="succeeded"} == 2',
        "ragtenancy_job_seconds_count == 2",
        "ragtenancy_jobs_queued == 0",
        "ragtenancy_oldest_job_seconds == 0",
        "http_connections_open >= 1",
        "ragtenancy_build_info == 1",
    ],
)
def test_what_happened_is_counted(scraped: httpx.Client, expression: str) -> None:
    eventually(lambda: result(scraped, expression) != [], expression)


def test_the_dashboard_is_of_the_metrics_of_a_chosen_source() -> None:
    text = (MONITORING / "grafana-dashboard.json").read_text(encoding="utf-8")
    sources = {
        panel["datasource"]["uid"] for panel in json.loads(text)["panels"] if "targets" in panel
    }

    assert sources == {"${datasource}"}


def firing(client: httpx.Client) -> set[str]:
    """Return the names of the alerts that fire now."""
    found = client.get("/api/v1/alerts").json()["data"]["alerts"]
    return {each["labels"]["alertname"] for each in found if each["state"] == "firing"}


def test_a_server_that_falls_ill_and_dies_raises_the_alarm(tmp_path: Path) -> None:
    with serving(tmp_path / "data", workers=0) as server:
        api_key = server.create_client("acme")
        target = str(server.http.base_url).removeprefix("http://").rstrip("/")
        with prometheus(tmp_path, target, OPERATOR, at_once=True) as client:
            eventually(lambda: result(client, 'up{job="ragtenancy"} == 1') != [], "a scrape")
            well = firing(client)

            damage(tmp_path / "data" / "control.db")

            def ask() -> bool:
                server.http.get("/api/v1/ingest/documents", headers=key(api_key))
                return firing(client) >= {"RagtenancyServerErrors", "RagtenancyQueueUnreadable"}

            eventually(ask, "the alerts of a damaged store", every=0.5)
            server.process.kill()
            eventually(lambda: "RagtenancyDown" in firing(client), "the alert of a dead server")

    assert well == set()


def damage(control: Path) -> None:
    """Overwrite the file of the installation's records and its log."""
    for path in control.parent.glob(f"{control.name}*"):
        path.write_bytes(b"not a database" * 10_000)
