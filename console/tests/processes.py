"""A server and a console as processes on loopback ports."""

from __future__ import annotations

import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OPERATOR = "operator-key-of-the-console-tests-0123456789"
START_SECONDS = 60


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Process:
    """A program that serves HTTP, started and stopped at will on the same port."""

    def __init__(
        self, command: list[str], *, port: int, ready: str, cwd: Path, log: Path, **settings: str
    ) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._command, self._ready, self._cwd, self._log = command, ready, cwd, log
        self._environment = {**_clean(os.environ), **settings}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the program and wait until it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, env=self._environment, cwd=self._cwd, stdout=log, stderr=log
            )
        until = time.monotonic() + START_SECONDS
        while not _answers(self.url + self._ready):
            assert self._process.poll() is None, self._log.read_text()
            assert time.monotonic() < until, self._log.read_text()
            time.sleep(0.1)

    def stop(self) -> None:
        """Stop the program, if it runs."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=30)
            self._process = None


def server(data_dir: Path) -> Process:
    """Return a server on a data folder of its own."""
    port = free_port()
    return Process(
        [
            os.environ.get("RAGTENANCY", str(ROOT / ".venv/bin/ragtenancy")),
            "serve",
            "--port",
            str(port),
        ],
        port=port,
        ready="/readyz",
        cwd=data_dir,
        log=data_dir / "server.log",
        RAGTENANCY_DATA_DIR=str(data_dir / "data"),
        ADMIN_API_KEY=OPERATOR,
    )


def console(server_url: str, folder: Path) -> Process:
    """Return a console of a server."""
    port = free_port()
    return Process(
        [str(ROOT / ".venv-console/bin/streamlit"), "run", str(ROOT / "console/app.py")],
        port=port,
        ready="/_stcore/health",
        cwd=folder,
        log=folder / "console.log",
        RAGTENANCY_URL=server_url,
        STREAMLIT_SERVER_PORT=str(port),
    )


def _clean(environment: Mapping[str, str]) -> dict[str, str]:
    ours = ("RAGTENANCY_", "OPENAI_", "STREAMLIT_")
    return {name: value for name, value in environment.items() if not name.startswith(ours)}


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as reply:
            return bool(reply.status == 200)
    except OSError:
        return False
