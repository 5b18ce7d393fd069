"""From errors to problems."""

from __future__ import annotations

import json
from http import HTTPStatus

import pytest

from ragtenancy.adapters.prometheus.metrics import PrometheusMetrics
from ragtenancy.domain import errors
from ragtenancy.http.problems import Problems, Rendered

FAMILIES: list[tuple[Exception, int]] = [
    (errors.MalformedError("bad"), 400),
    (errors.UnauthenticatedError(), 401),
    (errors.ForbiddenError("no"), 403),
    (errors.InsufficientScopeError("chat"), 403),
    (errors.ClientSuspendedError(), 403),
    (errors.NotFoundError("none"), 404),
    (errors.ConflictError("busy"), 409),
    (errors.AlreadyExistsError("taken"), 409),
    (errors.SessionBusyError(), 409),
    (errors.StaleWriteError("stale"), 412),
    (errors.TooLargeError("large"), 413),
    (errors.UnsupportedError("kind"), 415),
    (errors.UnreadableDocumentError("unreadable"), 422),
    (errors.InvalidError("invalid"), 422),
    (errors.LimitError("limit"), 429),
    (errors.RejectedError("rejected"), 502),
    (errors.UnavailableError("away"), 503),
    (errors.ReindexRequiredError("reindex"), 503),
    (errors.BackendTimeoutError("slow"), 504),
    (errors.ConfigurationError("config"), 500),
    (errors.IsolationBreach("documents"), 500),
    (ValueError("secret"), 500),
]


def render(error: Exception) -> Rendered:
    return Problems(PrometheusMetrics()).render(error, "req_1")


@pytest.mark.parametrize(("error", "status"), FAMILIES)
def test_each_family_has_its_status(error: Exception, status: int) -> None:
    rendered = render(error)

    assert (rendered.status, json.loads(rendered.body)["status"]) == (status, status)


@pytest.mark.parametrize(("error", "status"), FAMILIES)
def test_each_problem_has_its_members(error: Exception, status: int) -> None:
    body = json.loads(render(error).body)

    assert body["type"] == f"urn:ragtenancy:{body['code']}"
    assert {"title", "detail", "request_id"} <= body.keys()
    assert "secret" not in str(body)
    assert HTTPStatus(status)


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (errors.LimitError("limit"), "1"),
        (errors.LimitError("limit", retry_after=2.1), "3"),
        (errors.UnavailableError("away"), "2"),
        (errors.SessionBusyError(), "1"),
        (errors.NotFoundError("none"), None),
    ],
)
def test_what_passes_says_when_to_come_back(error: Exception, seconds: str | None) -> None:
    assert render(error).headers.get("Retry-After") == seconds


def test_unauthenticated_names_the_scheme() -> None:
    assert render(errors.UnauthenticatedError()).headers["WWW-Authenticate"] == "Bearer"


def test_context_never_replaces_a_member() -> None:
    error = errors.ConflictError("finished", code="job_finished", status="failed", limit=3)

    body = json.loads(render(error).body)

    assert (body["status"], body["limit"]) == (409, 3)


def test_a_breach_counts_an_alarm() -> None:
    metrics = PrometheusMetrics()

    Problems(metrics).render(errors.IsolationBreach("documents"), "req_1")

    assert 'isolation_breaches_total{store="documents"} 1' in metrics.render()
