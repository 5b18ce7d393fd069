"""Workers that a broker wakes: whatever becomes of a hint, each job is done once."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import apsw
import pytest
import redis
from msgspec import Struct, structs

from ragtenancy.adapters.celery.client import QUEUE
from ragtenancy.adapters.celery.job_signals import CeleryJobSignals
from ragtenancy.domain.ids import JobId
from tests.emulators.redis import Redis, redis_server
from tests.factories import ACME
from tests.process.running import (
    PATIENCE,
    Server,
    eventually,
    key,
    running,
    serving,
    succeeded,
    upload,
)

pytestmark = pytest.mark.emulator

NEVER, OFTEN = "600", "0.3"
LONG = b"".join(b"# Part %d\n\nThe code of part %d is P-%d.\n\n" % (n, n, n) for n in range(500))


class Installation(Struct, frozen=True, kw_only=True):
    """A data folder that a server without workers serves, a broker, and one client."""

    data_dir: Path
    server: Server
    api_key: str
    broker: Redis

    def send(self, name: str, body: bytes = b"# Note\n\nThe code is 4711.") -> str:
        return upload(self.server, self.api_key, name, body)["job_id"]

    def job(self, job_id: str) -> dict[str, object]:
        url = f"/api/v1/ingest/status/{job_id}"
        answer: dict[str, object] = self.server.http.get(url, headers=key(self.api_key)).json()
        return answer

    def done(self, job_id: str) -> None:
        succeeded(self.server, self.api_key, job_id)

    @contextmanager
    def worker(self, *, look: str, url: str | None = None) -> Iterator[int]:
        """Run `worker --celery`; give its pid."""
        options = ("worker", "--celery", "--look-every", look)
        broker = url or self.broker.url
        with running(self.data_dir, *options, RAGTENANCY_BROKER_URL=broker) as process:
            yield process.pid

    def holder(self) -> int:
        """Return the pid of who works on the only running job, 0 where there is none."""
        with_holder = "SELECT holder FROM jobs WHERE status = 'running'"
        control = apsw.Connection(str(self.data_dir / "control.db"), apsw.SQLITE_OPEN_READONLY)
        with_it = control.execute(with_holder).get
        control.close()
        return int(str(with_it).split(":")[1]) if with_it else 0


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installation(tmp_path_factory.mktemp("lasting") / "data") as opened:
        yield opened


@pytest.fixture
def shared(lasting: Installation) -> Installation:
    """An installation that tests share which leave no job undone: each has a client of its own."""
    with redis.Redis.from_url(lasting.broker.url) as broker:
        broker.flushall()
    api_key = lasting.server.create_client(f"client-{uuid4().hex}")
    return structs.replace(lasting, api_key=api_key)


@pytest.fixture
def installed(tmp_path: Path) -> Iterator[Installation]:
    """An installation of the test's own."""
    with installation(tmp_path / "data") as opened:
        yield opened


@contextmanager
def installation(data_dir: Path) -> Iterator[Installation]:
    with (
        redis_server() as broker,
        serving(data_dir, workers=0, RAGTENANCY_BROKER_URL=broker.url) as server,
    ):
        api_key = server.create_client("acme")
        yield Installation(data_dir=data_dir, server=server, api_key=api_key, broker=broker)


def test_a_worker_that_never_looks_is_woken_by_the_hint(shared: Installation) -> None:
    with shared.worker(look=NEVER):
        shared.done(shared.send("first.md"))  # by the look with which it begins, perhaps
        shared.done(shared.send("second.md"))


def test_a_hint_that_the_broker_lost_is_made_good(shared: Installation) -> None:
    job_id = shared.send("lost.md")
    with redis.Redis.from_url(shared.broker.url) as broker:
        assert broker.llen(QUEUE) == 1
        broker.flushall()

    with shared.worker(look=OFTEN):
        shared.done(job_id)


def test_a_worker_that_hears_nothing_looks(shared: Installation) -> None:
    elsewhere = shared.broker.url.replace("/0", "/1")

    with shared.worker(look=OFTEN, url=elsewhere):
        shared.done(shared.send("first.md"))
        shared.done(shared.send("second.md"))


def test_a_hint_told_often_is_followed_once(shared: Installation) -> None:
    job_id = shared.send("once.md")
    asyncio.run(_tell_again(shared, JobId(job_id), times=9))

    with shared.worker(look=OFTEN), shared.worker(look=OFTEN):
        shared.done(job_id)
        eventually(lambda: _waiting(shared) == 0, "every hint")

    assert shared.job(job_id)["attempts"] == 1


def test_an_upload_is_accepted_without_the_broker_and_ingested(installed: Installation) -> None:
    with installed.worker(look=OFTEN):
        installed.done(installed.send("before.md"))
        installed.broker.stop()
        began = time.monotonic()
        job_id = installed.send("during.md")
        took = time.monotonic() - began
        installed.done(job_id)

    assert took < 5


def test_a_worker_finds_a_broker_that_comes_back(installed: Installation) -> None:
    port = int(installed.broker.url.rpartition(":")[2].removesuffix("/0"))
    installed.broker.stop()

    with installed.worker(look=NEVER), redis_server(port):
        installed.done(installed.send("first.md"))
        installed.done(installed.send("second.md"))


def test_what_a_killed_worker_had_in_hand_another_finishes(shared: Installation) -> None:
    with shared.worker(look=OFTEN), shared.worker(look=OFTEN):
        job_id = shared.send("long.md", LONG)
        eventually(lambda: shared.holder() > 0, "the job to begin")
        os.kill(shared.holder(), signal.SIGKILL)

        shared.done(job_id)

    assert shared.job(job_id)["attempts"] == 2


def test_a_worker_told_to_stop_gives_its_job_back(installed: Installation) -> None:
    with installed.worker(look=OFTEN):
        job_id = installed.send("long.md", LONG)
        eventually(lambda: installed.holder() > 0, "the job to begin")

    assert installed.job(job_id)["status"] == "queued"
    assert installed.holder() == 0


def test_a_server_refuses_a_broker_of_an_unknown_kind(tmp_path: Path) -> None:
    url = "nobody-knows://127.0.0.1"

    with running(tmp_path / "data", "serve", RAGTENANCY_BROKER_URL=url) as process:
        said = process.communicate(timeout=PATIENCE)[1]

    assert process.returncode == 1
    assert "RAGTENANCY_BROKER_URL" in said


async def _tell_again(installed: Installation, job_id: JobId, *, times: int) -> None:
    signals = CeleryJobSignals(installed.broker.url)
    for _ in range(times):
        await signals.submitted(ACME, job_id)
    await signals.close()


def _waiting(installed: Installation) -> int:
    with redis.Redis.from_url(installed.broker.url) as broker:
        return int(broker.llen(QUEUE))
