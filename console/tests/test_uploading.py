"""Uploads whose server fails for a moment, or for good."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import httpx2
import msgspec
import pytest

from ragtenancy.client import Client
from ragtenancy_console import uploading
from ragtenancy_console.uploading import Batch, NewFile

JOB = {
    "job_id": "job_1",
    "client_id": "acme",
    "document_id": "doc_1",
    "status": "succeeded",
    "step": None,
    "progress": 1.0,
    "attempts": 1,
    "queue": None,
    "error": None,
    "created_at": "2026-01-01T12:00:00Z",
    "updated_at": "2026-01-01T12:00:01Z",
    "ingestion": {"total_chunks": 3, "images_processed": 0, "warnings": []},
}
QUEUED = {**JOB, "status": "queued", "progress": 0.0}
AWAY = {
    "type": "urn:ragtenancy:unavailable",
    "code": "unavailable",
    "status": 503,
    "detail": "Away.",
}


def uploaded(replies: Callable[[int], tuple[int, object]]) -> Batch:
    """Return a finished upload of one file to a server whose n-th reply about its job is given."""
    asked = count()

    def reply(request: httpx2.Request) -> httpx2.Response:
        if request.method == "POST":
            accepted = {"job_id": "job_1", "document_id": "doc_1", "status": "queued"}
            return httpx2.Response(202, content=msgspec.json.encode(accepted))
        status, body = replies(next(asked))
        return httpx2.Response(status, content=msgspec.json.encode(body))

    http_client = httpx2.Client(transport=httpx2.MockTransport(reply))
    client = Client("http://test", "key", http_client=http_client, retries=0)
    batch = Batch(client, [NewFile(name="a.txt", content=b"a")], room=1)
    while not batch.is_done:
        batch.advance()
    return batch


def test_a_job_is_followed_past_a_failing_reply() -> None:
    batch = uploaded(lambda n: [(200, QUEUED), (503, AWAY), (200, JOB)][n])

    assert [(each.state, each.words) for each in batch.files] == [("ready", "3 chunks")]


def test_a_server_that_stays_away_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploading, "POLL_SECONDS", 0)

    batch = uploaded(lambda n: (200, QUEUED) if n == 0 else (503, AWAY))

    assert [(each.state, each.words) for each in batch.files] == [
        ("failed", "Away\\. (`unavailable`)")
    ]
