"""Prism between a client and a server: whatever breaks the service's own description fails."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
PRISM = ROOT / ".emulators/node_modules/.bin/prism"
SECONDS = 60.0


def missing() -> str | None:
    """Return what is not here and would be needed, None if all is."""
    if shutil.which("node") is None:
        return "node"
    return None if PRISM.exists() else "@stoplight/prism-cli (`make emulators`)"


@contextmanager
def prism(description: Path, upstream: str) -> Iterator[str]:
    """Pass requests on and answers back that keep to `description`; give the proxy's URL.

    A request that does not is refused with 422, an answer is replaced by 500.
    """
    port = _free_port()
    command = [str(PRISM), "proxy", str(description), upstream, "--errors", "--port", str(port)]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [*command, "--host", "127.0.0.1"],
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, "NODE_ENV": "production"},
        )
        try:
            _wait(process, port)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("prism did not start")
