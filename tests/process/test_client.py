"""The synchronous client against a real server over a socket."""

from __future__ import annotations

from pathlib import Path

import pytest

from ragtenancy.client import Client, Done, Token
from ragtenancy.domain.errors import NotFoundError, UnavailableError
from tests.process.running import OPERATOR, serving

pytestmark = pytest.mark.embedded


def test_a_client_is_created_asked_and_deleted(tmp_path: Path) -> None:
    note = tmp_path / "note.md"
    note.write_text("# Safe\n\nThe code of the safe is 4711.\n")
    steps: list[str] = []

    with serving(tmp_path / "data") as server:
        url = str(server.http.base_url)
        with Client(url, OPERATOR) as operator:
            created = operator.admin.create_tenant("acme")
        with Client(url, created.api_key) as client:
            job = client.ingest(note, watch=lambda job: steps.append(job.status))
            events = list(client.stream("What is the code of the safe?", session_id="s"))
            turns = list(client.turns("s"))
            receipt = client.delete(job.document_id)
            with pytest.raises(NotFoundError):
                client.document(job.document_id)

    assert steps[-1] == "succeeded"
    assert isinstance(events[-1], Done)
    assert "4711" in "".join(event.text for event in events if isinstance(event, Token))
    assert len(turns) == 1
    assert receipt.verified


def test_a_server_that_is_not_there_is_unavailable() -> None:
    with Client("http://127.0.0.1:9", "key", retries=0) as client, pytest.raises(UnavailableError):
        client.view()
