"""Two servers and two Celery workers; one of each is killed while uploads come in."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx
import pytest
from msgspec import Struct

from tests.emulators.redis import redis_server
from tests.process.cloud import cloud
from tests.process.running import Server, key, running, serving, succeeded, upload

pytestmark = pytest.mark.emulator

UPLOADS = 24


class Acknowledged(Struct, frozen=True, kw_only=True):
    """What was accepted before, during and after the kills, and the server that is left."""

    left: Server
    api_key: str
    jobs: Mapping[str, str]


@pytest.fixture(scope="module", params=["embedded", "cloud"])
def acknowledged(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Acknowledged]:
    data_dir = tmp_path_factory.mktemp("killed") / "data"
    options = ("worker", "--celery", "--look-every", "1")
    with ExitStack() as stack:
        variables = {"RAGTENANCY_BROKER_URL": stack.enter_context(redis_server()).url}
        if request.param == "cloud":
            variables |= stack.enter_context(cloud(data_dir))
        servers = [stack.enter_context(serving(data_dir, workers=0, **variables)) for _ in range(2)]
        workers = [stack.enter_context(running(data_dir, *options, **variables)) for _ in range(2)]
        api_key = servers[0].create_client("acme", config={"limits": {"max_pending_jobs": 100}})
        jobs = _uploaded(servers, api_key, range(UPLOADS // 3))
        with ThreadPoolExecutor(1) as killer:
            killed = killer.submit(_kill, servers[0].process, workers[0])
            jobs |= _uploaded(servers, api_key, range(UPLOADS // 3, UPLOADS))
            killed.result()
        for job_id in jobs.values():
            succeeded(servers[1], api_key, job_id)
        yield Acknowledged(left=servers[1], api_key=api_key, jobs=jobs)


def test_most_uploads_were_accepted(acknowledged: Acknowledged) -> None:
    assert len(acknowledged.jobs) >= UPLOADS // 2


def test_everything_acknowledged_is_found_once_on_the_server_that_is_left(
    acknowledged: Acknowledged,
) -> None:
    listed = acknowledged.left.http.get(
        "/api/v1/ingest/documents?limit=100", headers=key(acknowledged.api_key)
    ).json()["items"]
    active = [each["filename"] for each in listed if each["status"] == "active"]

    assert set(active) >= set(acknowledged.jobs)
    assert len(active) == len(set(active))


def test_a_question_is_answered_from_what_was_accepted_last(acknowledged: Acknowledged) -> None:
    name = max(acknowledged.jobs)

    reply = acknowledged.left.http.post(
        "/api/v1/chat",
        json={"message": f"What is the code of {name}?", "session_id": "killed"},
        headers=key(acknowledged.api_key),
    ).json()

    assert reply["sources"][0]["filename"] == name


def _kill(*processes: subprocess.Popen[str]) -> None:
    for process in processes:
        process.send_signal(signal.SIGKILL)


def _uploaded(servers: Sequence[Server], api_key: str, numbers: range) -> dict[str, str]:
    """Upload by turns, as a balancer would; return the jobs of what was acknowledged."""
    jobs = {}
    for number in numbers:
        name = f"note-{number:02}.md"
        body = f"# {name}\n\nThe code of {name} is N-{number:02}47.\n".encode()
        try:
            jobs[name] = upload(servers[number % 2], api_key, name, body)["job_id"]
        except httpx.TransportError:
            continue
    return jobs
