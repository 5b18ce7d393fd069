"""A Redis of its own, in memory alone, on loopback."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from msgspec import Struct

from tests.emulators.processes import free_port, serving

OPTIONS = ("--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--daemonize", "no")


class Redis(Struct, frozen=True, kw_only=True):
    """A running server and its address."""

    process: subprocess.Popen[bytes]
    url: str

    def stop(self) -> None:
        """End it at once, with all it holds."""
        self.process.kill()
        self.process.wait()


@contextmanager
def redis_server(port: int | None = None, *, certificate: Path | None = None) -> Iterator[Redis]:
    """Run a server for as long as the context lasts, or skip without one.

    With a folder of `cert.pem` and `key.pem` it speaks TLS alone.
    """
    _require()
    port = port or free_port()
    listens = ["--port", str(port)] if certificate is None else _tls(port, certificate)
    scheme = "redis" if certificate is None else "rediss"
    with serving(["redis-server", *listens, *OPTIONS], port) as process:
        yield Redis(process=process, url=f"{scheme}://127.0.0.1:{port}/0")


def _tls(port: int, folder: Path) -> list[str]:
    files = {
        "--tls-cert-file": "cert.pem",
        "--tls-key-file": "key.pem",
        "--tls-ca-cert-file": "cert.pem",
    }
    named = [word for option, name in files.items() for word in (option, str(folder / name))]
    return ["--port", "0", "--tls-port", str(port), "--tls-auth-clients", "no", *named]


def _require() -> None:
    if shutil.which("redis-server") is not None:
        return
    reason = "Celery's tests need redis-server (`make emulators`)"
    if "emulator" in os.environ.get("REQUIRE_TIERS", ""):
        pytest.fail(reason)
    pytest.skip(reason)
