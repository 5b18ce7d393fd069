"""What e269aa3 wrote, opened by this program: nothing is lost, and answers are no worse.

One job was running and another queued when it was killed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from tests.emulators import state
from tests.process.cloud import Cloud, cloud_services
from tests.process.running import Server, command, eventually, key, serving
from tests.upgrade import page
from tests.upgrade.corpus import DISCARDED_QUESTION, INTERRUPTED, MINUTES, VISITORS, Note
from tests.upgrade.fixture import Told, cloud_state, give_folder, told_of
from tests.upgrade.walk import ask, everything, lost


class Opened(Struct, frozen=True, kw_only=True):
    """A fixture that is served, what was told of it, and what is told of it first."""

    server: Server
    data_dir: Path
    variables: Mapping[str, str]
    told: Told
    now: Mapping[str, Any]

    def status(self, path: str, api_key: str) -> int:
        return self.server.http.get(path, headers=key(api_key)).status_code


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("folder", marks=pytest.mark.embedded),
        pytest.param("cloud", marks=pytest.mark.emulator),
    ],
)
def opened(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Opened]:
    told = told_of(request.param)
    data_dir = tmp_path_factory.mktemp(request.param) / "data"
    placed = {"folder": _folder, "cloud": _cloud}[request.param]
    with placed(data_dir) as variables, serving(data_dir, workers=1, **variables) as server:
        yield Opened(
            server=server,
            data_dir=data_dir,
            variables=variables,
            told=told,
            now=everything(server.http, told.operator, told.keys),
        )


@contextmanager
def _folder(data_dir: Path) -> Iterator[Mapping[str, str]]:
    give_folder(data_dir)
    variables = {"ADMIN_API_KEY": ""}  # it is in the folder
    assert "Cedar" in page.run("Upgrade an embedded installation", data_dir, variables)
    yield variables


@contextmanager
def _cloud(data_dir: Path) -> Iterator[Mapping[str, str]]:
    with cloud_services(data_dir.parent / "setup", load=_load) as services:
        assert "Cedar" in page.run("Upgrade in the cloud", data_dir, services.variables)
        yield services.variables


def _load(services: Cloud) -> None:
    kept = cloud_state()
    state.load_cosmos(services.variables["COSMOS_ENDPOINT"], kept["cosmos"])
    state.load_azurite(services.variables["RAGTENANCY_BLOB_ENDPOINT"], kept["blobs"])
    state.load_pinecone(services.project, kept["pinecone"])


@pytest.mark.embedded
def test_the_way_back_is_the_backup(tmp_path: Path) -> None:
    for name, content in {"data": "new", "data-before": "old"}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "control.db").write_text(content)

    page.run("Go back to the old version", tmp_path / "data", {})

    assert (tmp_path / "data/control.db").read_text() == "old"
    assert (tmp_path / "data-after/control.db").read_text() == "new"


def test_nothing_is_lost(opened: Opened) -> None:
    told = {path: _settled(reply) for path, reply in opened.told.replies.items()}

    assert list(lost(told, dict(opened.now))) == []


def test_clients_and_documents_are_as_many_as_before(opened: Opened) -> None:
    documents = {
        path.partition(" ")[0]: len(reply)
        for path, reply in opened.now.items()
        if path.endswith("/ingest/documents")
    }

    assert documents == {"acme": 10, "birke": 10, INTERRUPTED: 12}


def test_keys_open_what_they_opened_and_revoked_ones_nothing(opened: Opened) -> None:
    documents, sessions = "/api/v1/ingest/documents", "/api/v1/chat/sessions"
    told = opened.told

    assert {opened.status(documents, one) for one in told.keys.values()} == {200}
    assert {opened.status(sessions, one) for one in told.readers.values()} == {200}
    assert {opened.status(documents, one) for one in told.readers.values()} == {403}
    assert {opened.status(documents, one) for one in told.revoked.values()} == {401}


@pytest.mark.parametrize(("number", "note"), [(0, MINUTES), (1, VISITORS)])
def test_a_job_that_was_under_way_ends_and_its_document_answers(
    opened: Opened, number: int, note: Note
) -> None:
    api_key, http = opened.told.keys[INTERRUPTED], opened.server.http
    path = f"/api/v1/ingest/status/{opened.told.under_way[number]}"

    def ended() -> bool:
        return bool(http.get(path, headers=key(api_key)).json()["status"] == "succeeded")

    eventually(ended, "the job")
    answer, _ = ask(http, api_key, note.question)
    document_id = http.get(path, headers=key(api_key)).json()["document_id"]
    assert note.fact in answer.text
    assert answer.cited == {document_id}


def test_questions_are_answered_from_the_same_documents(opened: Opened) -> None:
    answers = {
        one: ask(opened.server.http, opened.told.keys[one.client_id], one.question)[0]
        for one in opened.told.asked
    }

    worse = {
        one.question: answer.text
        for one, answer in answers.items()
        if one.fact not in answer.text or one.document_id not in answer.cited
    }
    assert len(answers) >= 29
    assert worse == {}


def test_what_was_deleted_stays_so(opened: Opened) -> None:
    told, operator = opened.told, key(opened.told.operator)
    receipt = opened.server.http.get(
        f"/api/v1/admin/deletions/{told.deletion_id}", headers=operator
    ).json()
    found = [
        opened.status(f"/api/v1/ingest/document/{document_id}", told.keys[client_id])
        for client_id, document_id in told.deleted_documents.items()
    ]
    answers = [
        ask(opened.server.http, api_key, DISCARDED_QUESTION)[0].text
        for api_key in told.keys.values()
    ]

    assert (receipt["verified"], sum(receipt["remaining"].values())) == (True, 0)
    assert found == [404] * len(told.keys)
    assert not [answer for answer in answers if "410" in answer]


def test_a_conversation_goes_on(opened: Opened) -> None:
    api_key, http = opened.told.keys["acme"], opened.server.http
    sessions = http.get("/api/v1/chat/sessions", headers=key(api_key), params={"user_id": "user-1"})
    [session] = sessions.json()["items"]
    path = f"/api/v1/chat/sessions/{session['session_id']}"
    before = http.get(path, headers=key(api_key)).json()["items"]

    ask(http, api_key, "Who issues parking permits?", session_id=session["session_id"])

    after = http.get(path, headers=key(api_key)).json()["items"]
    assert (len(before), len(after), after[:3]) == (3, 4, before)


def test_a_full_sweep_loses_nothing_and_finds_nothing_twice(opened: Opened) -> None:
    def swept() -> dict[str, int]:
        said = command(opened.data_dir, "sweep", "--full", "--json", **opened.variables)
        return dict(json.loads(said))

    swept()

    assert not any(swept().values())
    told = {
        path: reply
        for path, reply in opened.told.replies.items()
        if "/ingest/document" in path or path.startswith("operator")
    }
    now = everything(opened.server.http, opened.told.operator, opened.told.keys)
    assert list(lost(told, now)) == []


def _settled(reply: Any) -> Any:
    """Leave out what a client uses, where it is told: jobs that end add to it."""
    if isinstance(reply, dict) and "usage" in reply:
        return {name: value for name, value in reply.items() if name != "usage"}
    return reply
