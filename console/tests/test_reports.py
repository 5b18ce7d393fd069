"""Reports of usage, in the shape that the HTTP API publishes."""

from __future__ import annotations

import httpx2
import msgspec

from ragtenancy.client import Client
from ragtenancy_console.reports import report_of

DAY = {"questions": 2, "searches": 1, "prompt_tokens": 812, "completion_tokens": 64, "price": 0.25}
REPORT = {
    "client_id": "acme",
    "from": "2026-01-01",
    "to": "2026-01-31",
    "by": "day",
    "currency": "EUR",
    "items": [{**DAY, "day": "2026-01-02", "key_id": None, "model": None}],
    "total": DAY,
}


def server(status: int, body: object) -> Client:
    """Return a client of a server that replies alike to everything."""
    reply = httpx2.Response(status, content=msgspec.json.encode(body))
    transport = httpx2.MockTransport(lambda _: reply)
    return Client("http://test", "key", http_client=httpx2.Client(transport=transport), retries=0)


def test_a_report_is_read_by_line() -> None:
    report = report_of(server(200, REPORT).admin, "acme")

    assert report is not None
    assert [(line.name, line.questions, line.prompt_tokens) for line in report.items] == [
        ("2026-01-02", 2, 812)
    ]
    assert (report.total.price, report.currency, report.total.chunks) == (0.25, "EUR", 0)


def test_a_server_without_reports_is_told_by_its_404() -> None:
    absent = {
        "type": "urn:ragtenancy:not_found",
        "code": "not_found",
        "detail": "None.",
        "status": 404,
    }

    assert report_of(server(404, absent).admin, "acme") is None
