"""What `ragtenancy worker` does beside jobs: it sends webhooks' messages and serves its metrics."""

from __future__ import annotations

import asyncio
import json
import subprocess
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from ragtenancy.app.ingestion.uploads import NewUpload
from ragtenancy.container import Container
from ragtenancy.domain.webhooks import Subscription
from ragtenancy.settings import Settings
from tests.emulators.redis import redis_server
from tests.process.running import (
    COMMAND,
    OPERATOR,
    PATIENCE,
    command,
    environment,
    eventually,
    key,
    running,
)

pytestmark = pytest.mark.embedded


class Receiver(ThreadingHTTPServer):
    """Receives messages on loopback."""

    def __init__(self) -> None:
        self.kinds: list[str] = []
        super().__init__(("127.0.0.1", 0), Receiving)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"


class Receiving(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.kinds.append(json.loads(body)["type"])
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


async def _upload(data_dir: Path, url: str) -> None:
    """Make a client with a webhook and a queued job, without any worker."""

    async def body() -> AsyncIterator[bytes]:
        yield b"# Note\n\nThe code is 4711."

    container = Container(settings=Settings(data_dir=data_dir, webhooks_anywhere=True))
    async with container.closers():
        created = await container.tenants().create("acme", "Acme")
        scope = created.tenant.scope
        await container.webhooks().create(scope, url, [Subscription.JOBS])
        await container.uploads().submit(scope, NewUpload(filename="note.md", body=body()))


@pytest.fixture
def data_dir(tmp_path: Path, receiver: Receiver) -> Path:
    """Return a data folder with a queued job whose end the receiver is to be told."""
    asyncio.run(_upload(tmp_path / "data", receiver.url))
    return tmp_path / "data"


ANYWHERE = {"RAGTENANCY_WEBHOOKS_ANYWHERE": "true"}


def test_a_worker_delivers_what_it_ends_before_it_exits(data_dir: Path, receiver: Receiver) -> None:
    command(data_dir, "worker", "--until-idle", **ANYWHERE)

    assert receiver.kinds == ["job.succeeded"]


def test_a_worker_fills_the_reserve_and_names_files_that_others_may_access(data_dir: Path) -> None:
    (data_dir / "pepper.json").chmod(0o644)

    done = subprocess.run(
        [*COMMAND, "worker", "--until-idle", "--json"],
        env=environment(data_dir, **ANYWHERE),
        cwd=data_dir.parent,
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
    )

    named = [line for line in done.stderr.splitlines() if "loose_permissions" in line]
    assert [json.loads(line)["store"] for line in named] == [str(data_dir / "pepper.json")]
    assert len(list((data_dir / "reserve").iterdir())) == 8


@pytest.mark.emulator
def test_a_notified_worker_delivers(data_dir: Path, receiver: Receiver) -> None:
    with redis_server() as broker:
        options = ("worker", "--celery", "--look-every", "0.3")
        with running(data_dir, *options, RAGTENANCY_BROKER_URL=broker.url, **ANYWHERE):
            eventually(lambda: receiver.kinds == ["job.succeeded"], "the message")


@contextmanager
def measured(data_dir: Path) -> Iterator[httpx.Client]:
    """Run a worker that serves metrics; yield a client of it."""
    address = {"RAGTENANCY_WORKER_METRICS": "127.0.0.1:0"}
    with running(data_dir, "worker", **ANYWHERE, **address) as process:
        url = f"http://127.0.0.1:{_port(process)}"
        with httpx.Client(base_url=url, timeout=10, trust_env=False) as client:
            yield client


def _port(process: subprocess.Popen[str]) -> int:
    assert process.stderr is not None
    for line in process.stderr:
        if (said := json.loads(line))["event"] == "serving_metrics":
            threading.Thread(target=process.stderr.read, daemon=True).start()
            return int(said["port"])
    raise AssertionError("the worker ended before it served")


def test_a_worker_serves_the_metrics_of_its_jobs_to_operators_alone(
    data_dir: Path, receiver: Receiver
) -> None:
    with measured(data_dir) as worker:

        def lines() -> list[str]:
            reply = worker.get("/metrics", headers=key(OPERATOR))
            assert reply.status_code == 200, reply.text
            return reply.text.splitlines()

        counted = 'ragtenancy_jobs_total{status="succeeded"} 1.0'
        eventually(lambda: counted in lines() and bool(receiver.kinds), counted)
        found = lines()
        statuses = {
            path: worker.get(path).status_code
            for path in ("/metrics", "/livez", "/readyz", "/health", "/api/v1/chat", "/")
        }

    assert 'ragtenancy_step_seconds_count{step="embed"} 1.0' in found
    assert statuses == {
        "/metrics": 401,
        "/livez": 200,
        "/readyz": 200,
        "/health": 200,
        "/api/v1/chat": 404,
        "/": 404,
    }
