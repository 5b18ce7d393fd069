"""Another embedding model while a service of the former one answers; SIGKILL on the way."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from msgspec import Struct

from ragtenancy import RagTenancy
from ragtenancy.adapters.minilm.model_files import embedded_model
from ragtenancy.settings import Settings
from tests.process.running import (
    COMMAND,
    PATIENCE,
    Server,
    environment,
    eventually,
    key,
    serving,
    succeeded,
    upload,
)

NOTES = 15
KILLS = 3
UNKNOWN_FIELD = b"\xc0\x3e\x01"  # of protobuf: the same model by another file


class Upgrade(Struct, frozen=True, kw_only=True):
    """A service of the former model, and the environment of the new one."""

    data_dir: Path
    server: Server
    api_key: str
    new: Mapping[str, str]

    def found(self) -> tuple[int, object]:
        """What the running service answers: the number of notes it finds, or an error's code."""
        reply = self.server.http.post(
            "/api/v1/search", json={"query": "code", "top_k": 100}, headers=key(self.api_key)
        )
        body = reply.json()
        return reply.status_code, body.get("code") or len(body["hits"])

    def reindex(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*COMMAND, "reindex", "acme", "--json"],
            env=dict(self.new),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def command(self, *arguments: str, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, *arguments],
            env=dict(env),
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )

    def whole_successors(self) -> int:
        """How many documents wait for the switch."""
        return asyncio.run(_whole_successors(self.data_dir))


@pytest.fixture
def upgrade(tmp_path: Path) -> Iterator[Upgrade]:
    data_dir = tmp_path / "data"
    files = embedded_model()
    model = tmp_path / "model.onnx"
    shutil.copyfile(files.model, model)
    with model.open("ab") as file:
        file.write(UNKNOWN_FIELD)
    new = {
        **environment(data_dir),
        "RAGTENANCY_EMBEDDING_MODEL_PATH": str(model),
        "RAGTENANCY_EMBEDDING_TOKENIZER_PATH": str(files.tokenizer),
    }
    with serving(data_dir) as server:
        api_key = server.create_client("acme", config={"limits": {"max_pending_jobs": 100}})
        jobs = [_upload(server, api_key, number) for number in range(NOTES)]
        for job in jobs:
            succeeded(server, api_key, job)
        yield Upgrade(data_dir=data_dir, server=server, api_key=api_key, new=new)


def test_a_killed_reindex_goes_on_while_the_former_model_answers(upgrade: Upgrade) -> None:
    whole = [_killed_after(upgrade, 1 + 4 * number) for number in range(KILLS)]
    meanwhile = upgrade.found()
    before = upgrade.command("search", "-c", "acme", "code", env=upgrade.new)

    with upgrade.reindex() as process:
        done = json.loads(process.communicate(timeout=PATIENCE)[0])["acme"]

    assert whole == sorted(whole)
    assert meanwhile == (200, NOTES)
    assert "reindex" in before.stderr
    assert done["switched"] == NOTES
    assert done["documents"] <= NOTES - whole[-1]
    assert upgrade.found() == (503, "reindex_required")
    after = upgrade.command("search", "-c", "acme", "code", "--json", "-k", "100", env=upgrade.new)
    assert len(json.loads(after.stdout)["hits"]) == NOTES


def test_an_upload_to_the_former_service_afterwards_is_ingested_by_the_new_model(
    upgrade: Upgrade,
) -> None:
    assert upgrade.command("reindex", "acme", env=upgrade.new).returncode == 0
    accepted = _upload(upgrade.server, upgrade.api_key, NOTES)

    def waits() -> bool:
        job = upgrade.server.http.get(
            f"/api/v1/ingest/status/{accepted}", headers=key(upgrade.api_key)
        ).json()
        return job["status"] == "queued" and (job["error"] or {}).get("code") == "reindex_required"

    eventually(waits, "the job to be put back")
    upgrade.server.process.terminate()
    upgrade.server.process.wait(timeout=PATIENCE)
    with serving_new(upgrade) as process:
        eventually(lambda: _status(upgrade, accepted) == "succeeded", "the new worker", every=0.5)
        process.terminate()


def serving_new(upgrade: Upgrade) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*COMMAND, "worker"],
        env=dict(upgrade.new),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _killed_after(upgrade: Upgrade, documents: int) -> int:
    """Reindex until some documents are staged, then kill it; return how many there are."""
    with upgrade.reindex() as process:

        def enough() -> bool:
            """Look while it stands still, so that it is not past the moment."""
            process.send_signal(signal.SIGSTOP)
            there = upgrade.whole_successors() >= documents
            if not there:
                process.send_signal(signal.SIGCONT)
            return there

        eventually(enough, f"{documents} documents")
        process.kill()
        process.communicate()
    return upgrade.whole_successors()


async def _whole_successors(data_dir: Path) -> int:
    async with RagTenancy.open(Settings(data_dir=data_dir), worker=False) as rag:
        documents = [document async for document in rag.tenant("acme").documents()]
    return sum(d.successor is not None and d.successor.total_chunks is not None for d in documents)


def _status(upgrade: Upgrade, job_id: str) -> str:
    listed = upgrade.command("jobs", "-c", "acme", "--json", env=upgrade.new).stdout
    return str(next(job["status"] for job in json.loads(listed) if job["job_id"] == job_id))


def _upload(server: Server, api_key: str, number: int) -> str:
    text = "\n\n".join(
        f"The code of part {part} of note {number} is N{number}." for part in range(3)
    )
    return upload(server, api_key, f"note-{number}.md", f"# Note {number}\n\n{text}".encode())[
        "job_id"
    ]
