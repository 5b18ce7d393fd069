"""`serve`, `worker` and the command line on one data folder at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest
from msgspec import Struct

from tests.process.running import Server, command, eventually, key, running, serving, upload

FILES = 12


class Processes(Struct, frozen=True, kw_only=True):
    """A data folder that a server and a worker use."""

    data_dir: Path
    server: Server


class Installation(Processes, frozen=True, kw_only=True):
    """The processes, and a client of the test's own."""

    client_id: str
    api_key: str


@pytest.fixture(scope="module")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    data_dir = tmp_path_factory.mktemp("shared") / "data"
    with serving(data_dir) as server, running(data_dir, "worker", "--count", "2"):
        yield Processes(data_dir=data_dir, server=server)


@pytest.fixture
def shared(processes: Processes) -> Installation:
    client_id = f"client-{uuid4().hex}"
    config = {"limits": {"max_pending_jobs": 100}}
    return Installation(
        data_dir=processes.data_dir,
        server=processes.server,
        client_id=client_id,
        api_key=processes.server.create_client(client_id, config=config),
    )


def test_all_three_ingest_at_once_and_see_the_same(shared: Installation, tmp_path: Path) -> None:
    folder = tmp_path / "typed"
    folder.mkdir()
    for number in range(FILES):
        (folder / f"typed-{number}.md").write_text(
            f"# Typed {number}\n\nThe code is TY-{number}00."
        )

    with ThreadPoolExecutor(2) as threads:
        typed = threads.submit(
            command, shared.data_dir, "ingest", "-c", shared.client_id, str(folder), "--json"
        )
        sent = threads.submit(_send, shared)
        outcomes = json.loads(typed.result())
        sent.result()
    eventually(lambda: len(_active(shared)) == 2 * FILES, "every document")

    listed = json.loads(command(shared.data_dir, "documents", "-c", shared.client_id, "--json"))
    assert [outcome["status"] for outcome in outcomes] == ["active"] * FILES
    assert {each["filename"] for each in listed} == _active(shared)
    assert _found_by_command(shared, "SE-700") == "sent-7.md"
    assert _found_over_http(shared, "TY-300") == "typed-3.md"


def test_a_deletion_by_command_shows_in_the_servers_next_answer(
    shared: Installation, tmp_path: Path
) -> None:
    file = tmp_path / "only.md"
    file.write_text("# Only\n\nThe code is ON-1234.")
    typed = json.loads(
        command(shared.data_dir, "ingest", "-c", shared.client_id, str(file), "--json")
    )
    before = _found_over_http(shared, "ON-1234")

    command(shared.data_dir, "delete", "-c", shared.client_id, typed[0]["document_id"])

    assert (before, _found_over_http(shared, "ON-1234")) == ("only.md", None)


def _send(shared: Installation) -> None:
    for number in range(FILES):
        body = f"# Sent {number}\n\nThe code is SE-{number}00.".encode()
        upload(shared.server, shared.api_key, f"sent-{number}.md", body)


def _active(shared: Installation) -> set[str]:
    reply = shared.server.http.get(
        "/api/v1/ingest/documents?limit=100", headers=key(shared.api_key)
    ).json()
    return {each["filename"] for each in reply["items"] if each["status"] == "active"}


def _found_by_command(shared: Installation, query: str) -> str:
    reply = json.loads(command(shared.data_dir, "search", "-c", shared.client_id, query, "--json"))
    return str(reply["hits"][0]["filename"])


def _found_over_http(shared: Installation, query: str) -> str | None:
    reply = shared.server.http.post(
        "/api/v1/search", json={"query": query}, headers=key(shared.api_key)
    ).json()
    return reply["hits"][0]["filename"] if reply["hits"] else None
