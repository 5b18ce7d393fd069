"""SIGKILL at any moment loses nothing acknowledged and leaves no half document."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from ragtenancy import RagTenancy
from ragtenancy.container import Container
from ragtenancy.domain.jobs import Step
from ragtenancy.domain.usage import Counts
from ragtenancy.settings import Settings
from tests.process.running import PATIENCE, Server, command, environment, serving, upload

pytestmark = pytest.mark.timeout(900)  # of which two dozen crashes take most, on a busy machine

UPLOADS = 40
AT_ONCE = 6
CRASHES = [(step, moment) for step in Step for moment in ("at", "after")] * 2
ROOT = Path(__file__).parents[2]
NO_GRACE = timedelta(0)


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose server was killed while it took uploads, and then 24 workers."""
    data_dir = tmp_path_factory.mktemp("crashed") / "data"
    names = [f"note-{number}.md" for number in range(UPLOADS)]
    with serving(data_dir, workers=0) as server:
        api_key = server.create_client("acme", config={"limits": {"max_pending_jobs": 1_000}})
        acknowledged = _upload_until_killed(server, api_key, names)
    assert UPLOADS // 2 <= len(acknowledged) < UPLOADS
    with serving(data_dir, workers=0) as server:
        for name in names:
            upload(server, api_key, name, _body(name))
    assert _crashing_workers(data_dir) == [-signal.SIGKILL] * len(CRASHES)
    command(data_dir, "worker", "--until-idle")
    return data_dir


@pytest.fixture
def container(crashed: Path) -> Container:
    return Container(settings=Settings(data_dir=crashed))


@pytest.fixture
async def rag(container: Container) -> AsyncIterator[RagTenancy]:
    async with RagTenancy.open(container=container, worker=False) as opened:
        yield opened


async def test_every_acknowledged_upload_answers_once(rag: RagTenancy) -> None:
    documents = [document async for document in rag.tenant("acme").documents()]

    assert sorted(document.shown.filename for document in documents) == sorted(
        f"note-{number}.md" for number in range(UPLOADS)
    )
    assert {document.status for document in documents} == {"active"}


async def test_every_job_succeeded(rag: RagTenancy) -> None:
    jobs = [job async for job in rag.tenant("acme").jobs()]

    assert {job.status for job in jobs} == {"succeeded"}
    assert sum(job.attempts - 1 for job in jobs) >= len(CRASHES)


async def test_nothing_is_found_twice(rag: RagTenancy) -> None:
    found = await rag.tenant("acme").search("NOTE-7 code", top_k=100)

    names = [hit.source.filename for hit in found.hits]
    assert found.hits[0].source.filename == "note-7.md"
    assert len(set(names)) == len(names)


async def test_usage_is_that_of_the_documents(rag: RagTenancy, container: Container) -> None:
    scope = (await rag.get_tenant("acme")).scope
    documents = [document async for document in rag.tenant("acme").documents()]
    active = [document.active for document in documents if document.active]
    revisions = [(each.document_id, each.active_revision) for each in documents]
    chunks = [
        chunk
        for document_id, revision in revisions
        if revision
        for chunk in await container.chunks().of_revision(scope, document_id, revision)
    ]

    report = await rag.usage("acme", by="key")
    counts = sum((each.counts for each in report.lines if each.name), Counts())  # not searches

    assert counts.documents == counts.uploads == len(documents)
    assert counts.chunks == sum(each.total_chunks for each in active)
    assert counts.bytes == sum(each.upload.size for each in active)
    assert counts.embedding_tokens == sum(chunk.token_count for chunk in chunks)


async def test_one_sweep_leaves_nothing_over(rag: RagTenancy, container: Container) -> None:
    await rag.sweep(grace=NO_GRACE)

    scope = (await rag.get_tenant("acme")).scope
    documents = [document async for document in rag.tenant("acme").documents()]
    live = {(d.document_id, d.active_revision) for d in documents}
    blobs = {blob for document in documents for blob in document.blobs}
    assert set(await container.chunks().revisions(scope)) == live
    assert set(await container.blobs().names(scope)) == blobs
    for document in documents:
        stored = await container.vectors().count(scope, document.document_id)
        assert stored == (document.active and document.active.total_chunks)


def _upload_until_killed(server: Server, api_key: str, names: list[str]) -> list[str]:
    """Upload several at once; kill the server when half is acknowledged. Return those."""
    acknowledged: list[str] = []

    def send(name: str) -> None:
        try:
            upload(server, api_key, name, _body(name))
        except httpx.TransportError:
            return
        acknowledged.append(name)
        if len(acknowledged) == UPLOADS // 2:
            server.process.send_signal(signal.SIGKILL)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(send, names))
    return acknowledged


def _crashing_workers(data_dir: Path) -> list[int]:
    """Let a worker crash at each moment, one after the other; return how they ended."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.process.crashing_worker", *map(":".join, CRASHES)],
        env=environment(data_dir),
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        timeout=len(CRASHES) * PATIENCE,
    )
    return [int(code) for code in done.stdout.split()]


def _body(name: str) -> bytes:
    title = name.removesuffix(".md").upper()
    return f"# {title}\n\nThe code of {title} is {title}-X.\n".encode()
