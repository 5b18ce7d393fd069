"""Two server processes on one installation, which can be killed at any time."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import msgspec
from msgspec import Struct

from tests.process.running import OPERATOR, PATIENCE, environment

NUMBER = 2
SETTINGS = {"RAGTENANCY_BAD_KEYS_PER_MINUTE": "1000000", "RAGTENANCY_WEBHOOKS_ANYWHERE": "true"}


class Reply(Struct, frozen=True):
    """One reply: its status, its body as text, and what the body says if it is JSON."""

    status: int
    text: str

    @property
    def json(self) -> Any:
        try:
            return msgspec.json.decode(self.text)
        except msgspec.DecodeError:
            return {}


class Servers:
    """The processes; a request to one that was killed meanwhile has no reply.

    `sabotage` names a seam of `ragtenancy.verification` that is broken in each of them.
    """

    def __init__(self, folder: Path, sabotage: str | None = None) -> None:
        self._folder = folder
        self._program = (
            ("-m", "ragtenancy") if sabotage is None else ("-m", "tests.machine.broken", sabotage)
        )
        self._processes: list[subprocess.Popen[bytes]] = []
        self._https: list[httpx.Client] = []
        self.kills = 0

    def __enter__(self) -> Self:
        try:
            for number in range(NUMBER):
                process, http = self._started(number)
                self._processes.append(process)
                self._https.append(http)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._end()

    def call(
        self,
        number: int,
        method: str,
        path: str,
        key: str,
        *,
        headers: Mapping[str, str] | None = None,
        **content: Any,
    ) -> Reply | None:
        """Send a request to a server; return None if it was killed before it replied."""
        sent = {"X-API-Key": key, **(headers or {})}
        try:
            reply = self._https[number].request(method, path, headers=sent, **content)
        except httpx.TransportError:
            return None
        return Reply(reply.status_code, reply.text)

    def operate(self, number: int, method: str, path: str, **content: Any) -> Reply:
        """Send a request of the operator's."""
        reply = self.call(number, method, f"/api/v1/admin{path}", OPERATOR, **content)
        assert reply is not None, f"no reply to {method} {path}"
        return reply

    def kill(self, number: int, after: float = 0.0) -> None:
        """End a process with SIGKILL after some seconds, and start it again."""
        time.sleep(after)
        self._processes[number].kill()
        self._processes[number].wait()
        self.kills += 1

    def restart(self, number: int) -> None:
        """Start a process that was killed."""
        self._https[number].close()
        self._processes[number], self._https[number] = self._started(number)

    def _started(self, number: int) -> tuple[subprocess.Popen[bytes], httpx.Client]:
        log = self._folder / f"server-{number}.log"
        with log.open("ab") as written:
            begin = written.tell()
            process = subprocess.Popen(
                [sys.executable, *self._program, "serve", "--port", "0", "--workers", "1"],
                env=environment(self._folder / "data", **SETTINGS),
                stdout=subprocess.DEVNULL,
                stderr=written,
            )
        try:
            port = _port(process, log, begin)
        except BaseException:
            process.kill()
            process.wait()
            raise
        return process, httpx.Client(
            base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE, trust_env=False
        )

    def _end(self) -> None:
        for http in self._https:
            http.close()
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=PATIENCE)
            process.kill()


def until(holds: Callable[[], bool], what: str) -> None:
    """Wait until something holds. Raises `AssertionError`."""
    deadline = time.monotonic() + PATIENCE
    pause = 0.005
    while not holds():
        assert time.monotonic() < deadline, f"lost: waited {PATIENCE:.0f} s for {what}"
        time.sleep(pause)
        pause = min(2 * pause, 0.2)


def _port(process: subprocess.Popen[bytes], log: Path, begin: int) -> int:
    """Read the log until the server says where it listens."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for line in log.read_bytes()[begin:].splitlines():
            if b'"serving"' in line:
                return int(msgspec.json.decode(line)["port"])
        assert process.poll() is None, f"the server ended: {log.read_text()[-2_000:]}"
        time.sleep(0.02)
    raise AssertionError("the server does not serve")
