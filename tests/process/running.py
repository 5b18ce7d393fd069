"""Real processes of the product: starting, asking and ending them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND = (sys.executable, "-m", "ragtenancy")
OPERATOR = "operator-key-of-the-process-tests-0123456789"
PATIENCE = 60.0


class Server(Struct, frozen=True, kw_only=True):
    """A running `serve` and a client of it."""

    process: subprocess.Popen[str]
    http: httpx.Client
    log: list[str]

    def create_client(self, client_id: str, **body: object) -> str:
        """Make a client over HTTP; return its key."""
        reply = self.http.post(
            "/api/v1/admin/clients",
            json={"client_id": client_id, "name": client_id.title(), **body},
            headers=key(OPERATOR),
        )
        assert reply.status_code == 201, reply.text
        return str(reply.json()["api_key"])


def key(api_key: str) -> dict[str, str]:
    return {"X-API-Key": api_key}


def environment(data_dir: Path, **variables: str) -> dict[str, str]:
    """The environment of a process of the product on a data folder."""
    kept = {n: v for n, v in os.environ.items() if not n.startswith(("RAGTENANCY_", "OPENAI_"))}
    return {**kept, "RAGTENANCY_DATA_DIR": str(data_dir), "ADMIN_API_KEY": OPERATOR, **variables}


def command(data_dir: Path, *arguments: str, **variables: str) -> str:
    """Run a command to its end; return what it printed."""
    return command_within(PATIENCE, data_dir, *arguments, **variables)


def command_within(seconds: float, data_dir: Path, *arguments: str, **variables: str) -> str:
    """Run a command to its end, which may take some seconds; return what it printed."""
    done = subprocess.run(
        [*COMMAND, *arguments],
        env=environment(data_dir, **variables),
        cwd=data_dir.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def serving(
    data_dir: Path, *, workers: int = 1, ulimit: str | None = None, **variables: str
) -> Iterator[Server]:
    """Run `serve` on a free port for as long as the context lasts, under the shell's `ulimit`."""
    arguments = ("serve", "--port", "0", "--workers", str(workers))
    with running(data_dir, *arguments, ulimit=ulimit, **variables) as process:
        log: list[str] = []
        url = f"http://127.0.0.1:{_port(process, log)}"
        with httpx.Client(base_url=url, timeout=PATIENCE, trust_env=False) as client:
            yield Server(process=process, http=client, log=log)


@contextmanager
def running(
    data_dir: Path, *arguments: str, ulimit: str | None = None, **variables: str
) -> Iterator[subprocess.Popen[str]]:
    """Run a command beside the test; end it in order, unless it has ended."""
    limited = () if ulimit is None else ("sh", "-c", f'ulimit {ulimit} && exec "$@"', "sh")
    with subprocess.Popen(
        [*limited, *COMMAND, *arguments],
        env=environment(data_dir, **variables),
        cwd=data_dir.parent,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait(timeout=PATIENCE)


def eventually(holds: Callable[[], bool], what: str, *, every: float = 0.05) -> None:
    """Wait until something holds that another process brings about; look `every` so many seconds."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"waited {PATIENCE} s for {what}"
        threading.Event().wait(every)


def upload(
    server: Server, api_key: str, name: str, body: bytes, **fields: str
) -> Mapping[str, str]:
    """Upload a file; return the reply to the 202."""
    reply = server.http.post(
        "/api/v1/ingest/document", files={"file": (name, body)}, data=fields, headers=key(api_key)
    )
    assert reply.status_code == 202, reply.text
    accepted: Mapping[str, str] = reply.json()
    return accepted


def succeeded(server: Server, api_key: str, job_id: str) -> None:
    """Wait until a job succeeded."""

    def holds() -> bool:
        job = server.http.get(f"/api/v1/ingest/status/{job_id}", headers=key(api_key)).json()
        assert job["status"] in {"queued", "running", "succeeded"}, job
        return bool(job["status"] == "succeeded")

    eventually(holds, f"job {job_id}")


def _port(process: subprocess.Popen[str], log: list[str]) -> int:
    """Read the log until the server says where it listens; then keep on reading beside the test."""
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("{") and (said := json.loads(line))["event"] == "serving":
            threading.Thread(target=log.extend, args=(process.stderr,), daemon=True).start()
            return int(said["port"])
    raise AssertionError("the server ended before it served")
