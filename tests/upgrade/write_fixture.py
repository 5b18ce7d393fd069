"""Have the program of a checkout write the fixtures of this folder: `kept/`.

    git worktree add --detach /tmp/old e269aa3
    .venv/bin/python -m tests.upgrade.write_fixture folder|cloud /tmp/old [NAME=VALUE …]

The checkout's `ragtenancy serve` runs with the packages of this environment, embedded on a data
folder and then on this checkout's emulators (`make emulators`), and is used over HTTP alone: three
clients, ten documents each, one of them replaced and another deleted, keys, sessions, a deleted
client. It is killed while one job is running and another queued; what it leaves is kept with what
it told before. Nothing is left out, caches and SQLite's journals neither.

The variables are those of every process that is started. Leases end by the clock: where it is
before the fixture's, a job that was running would be waited for. So the kept folder was written in
the past, with `LD_PRELOAD=…/libfaketimeMT.so.1 FAKETIME=-546d FAKETIME_DONT_FAKE_MONOTONIC=1` (the
SDKs of the cloud do not bear it: there `cloud_state` ends the lease).
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.emulators import state
from tests.process.cloud import Cloud, cloud_services
from tests.process.running import OPERATOR, Server, eventually, key, serving, succeeded, upload
from tests.upgrade.corpus import (
    CUSTOMERS,
    DISCARDED,
    FORMER,
    GONE,
    INTERRUPTED,
    MINUTES,
    REPLACED,
    VISITORS,
    Customer,
    minutes,
)
from tests.upgrade.fixture import Asked, Told, keep_cloud, keep_folder, keep_told
from tests.upgrade.walk import ADMIN, ask, everything


class Writing:
    """One installation being filled over HTTP."""

    def __init__(self, server: Server, operator: str) -> None:
        self.server = server
        self.operator = operator
        self.documents: dict[tuple[str, str], str] = {}
        self.keys: dict[str, str] = {}
        self.readers: dict[str, str] = {}
        self.revoked: dict[str, str] = {}
        self.deleted: dict[str, str] = {}

    def fill(self) -> Told:
        """Make everything; return what the program tells of it."""
        for customer in CUSTOMERS:
            self._create(customer)
            self._issue_keys(customer)
            self._upload(customer)
            self._talk(customer)
        asked = [self._ask(customer, number) for customer in CUSTOMERS for number in range(10)]
        self._operate("PUT", f"{ADMIN}/cedar/config", dict(CUSTOMERS[2].config))
        deletion_id = self._delete_client()
        return Told(
            operator=self.operator,
            keys=self.keys,
            readers=self.readers,
            revoked=self.revoked,
            deletion_id=deletion_id,
            deleted_documents=self.deleted,
            under_way=[],
            replies=everything(self.server.http, self.operator, self.keys),
            asked=[one for one in asked if isinstance(one, Asked)],
            unanswered=[one for one in asked if isinstance(one, str)],
        )

    def interrupt(self) -> Sequence[str]:
        """Leave one job running and one queued; return their ids."""
        api_key = self.keys[INTERRUPTED]
        running = upload(self.server, api_key, MINUTES.filename, minutes())["job_id"]
        eventually(lambda: self._status(running) == "running", "the job to run")
        queued = upload(self.server, api_key, VISITORS.filename, VISITORS.body)["job_id"]
        assert (self._status(running), self._status(queued)) == ("running", "queued")
        self.server.process.kill()
        self.server.process.wait()
        return [running, queued]

    def _create(self, customer: Customer) -> None:
        body = {
            "client_id": customer.client_id,
            "name": customer.name,
            "config": customer.config,
        }
        self.keys[customer.client_id] = self._operate("POST", ADMIN, body)["api_key"]

    def _issue_keys(self, customer: Customer) -> None:
        keys = f"{ADMIN}/{customer.client_id}/keys"
        reader = self._operate("POST", keys, {"label": "reader", "scopes": ["chat"]})
        lost = self._operate("POST", keys, {"label": "lost"})
        self._operate("DELETE", f"{keys}/{lost['key_id']}")
        self.readers[customer.client_id] = reader["api_key"]
        self.revoked[customer.client_id] = lost["api_key"]

    def _upload(self, customer: Customer) -> None:
        api_key = self.keys[customer.client_id]
        for number, note in enumerate(customer.notes):
            body = FORMER if number == REPLACED else note.body
            made = upload(self.server, api_key, note.filename, body)
            succeeded(self.server, api_key, made["job_id"])
            self.documents[customer.client_id, note.filename] = made["document_id"]
        former = self.documents[customer.client_id, customer.notes[REPLACED].filename]
        note = customer.notes[REPLACED]
        made = upload(self.server, api_key, note.filename, note.body, document_id=former)
        succeeded(self.server, api_key, made["job_id"])
        self._discard(customer)

    def _discard(self, customer: Customer) -> None:
        api_key = self.keys[customer.client_id]
        made = upload(self.server, api_key, "Old_prices.md", DISCARDED)
        succeeded(self.server, api_key, made["job_id"])
        document_id = made["document_id"]
        receipt = self._request("DELETE", f"/api/v1/ingest/document/{document_id}", api_key)
        assert receipt["verified"], receipt
        self.deleted[customer.client_id] = document_id

    def _talk(self, customer: Customer) -> None:
        api_key = self.keys[customer.client_id]
        session: dict[str, str] = {}
        for note in customer.notes[:3]:
            _, reply = ask(self.server.http, api_key, note.question, user_id="user-1", **session)
            session = {"session_id": reply["session_id"]}

    def _ask(self, customer: Customer, number: int) -> Asked | str:
        note, api_key = customer.notes[number], self.keys[customer.client_id]
        answer, _ = ask(self.server.http, api_key, note.question)
        document_id = self.documents[customer.client_id, note.filename]
        if document_id not in answer.cited or note.fact not in answer.text:
            return f"{customer.client_id}: {note.question} {answer.text}"
        return Asked(
            client_id=customer.client_id,
            question=note.question,
            fact=note.fact,
            document_id=document_id,
            answer=answer.text,
        )

    def _delete_client(self) -> str:
        made = self._operate("POST", ADMIN, {"client_id": GONE, "name": "Gone"})
        job = upload(self.server, made["api_key"], "Old_prices.md", DISCARDED)["job_id"]
        succeeded(self.server, made["api_key"], job)
        deletion_id = str(self._operate("DELETE", f"{ADMIN}/{GONE}")["deletion_id"])
        path = f"/api/v1/admin/deletions/{deletion_id}"
        eventually(lambda: self._operate("GET", path)["verified"], "the deletion of a client")
        return deletion_id

    def _status(self, job_id: str) -> str:
        path = f"/api/v1/ingest/status/{job_id}"
        return str(self._request("GET", path, self.keys[INTERRUPTED])["status"])

    def _operate(self, method: str, path: str, body: object = None) -> Any:
        return self._request(method, path, self.operator, body)

    def _request(self, method: str, path: str, api_key: str, body: object = None) -> Any:
        reply = self.server.http.request(method, path, headers=key(api_key), json=body)
        assert reply.is_success, reply.text
        return reply.json() if reply.content else None


def write_folder(data_dir: Path) -> Told:
    """Write and keep a data folder; its operator's key is the one that is made in it."""
    with serving(data_dir, ADMIN_API_KEY="") as server:
        writing = Writing(server, (data_dir / "admin.key").read_text().strip())
        told = _with_jobs(writing.fill(), writing.interrupt())
    keep_folder(data_dir)
    keep_told("folder", told)
    return told


def write_cloud(data_dir: Path) -> Told:
    """Write and keep a cloud's state."""
    with cloud_services(data_dir / "setup") as services:
        with serving(data_dir / "data", workers=1, **services.variables) as server:
            writing = Writing(server, OPERATOR)
            told = writing.fill()
            with _silent_model(services):
                told = _with_jobs(told, writing.interrupt())
        keep_cloud(
            {
                "cosmos": state.dump_cosmos(services.variables["COSMOS_ENDPOINT"]),
                "blobs": state.dump_azurite(services.variables["RAGTENANCY_BLOB_ENDPOINT"]),
                "pinecone": state.dump_pinecone(services.project),
            }
        )
    keep_told("cloud", told)
    return told


@contextmanager
def _silent_model(services: Cloud) -> Iterator[None]:
    """Let the model say nothing, so that the job that asks it is under way."""
    services.model.reply, before = services.model.silence, services.model.reply
    yield
    services.model.reply = before


def _with_jobs(told: Told, under_way: Sequence[str]) -> Told:
    from msgspec.structs import replace

    return replace(told, under_way=under_way)


WRITERS = {"folder": write_folder, "cloud": write_cloud}


def main() -> None:
    """Write one of them; print what the program could not answer."""
    name, checkout, *given = sys.argv[1:]
    os.environ |= {"PYTHONPATH": str(Path(checkout) / "src")}
    os.environ |= dict(pair.partition("=")[::2] for pair in given)
    with tempfile.TemporaryDirectory() as folder:
        told = WRITERS[name](Path(folder) / "data")
    print(len(told.asked), "answered;", *told.unanswered, sep="\n  ")  # noqa: T201


if __name__ == "__main__":
    main()
