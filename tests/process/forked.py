"""Processes of the product that need not import it first: see `tests.process.forge`."""

from __future__ import annotations

import atexit
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import weakref
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import msgspec

from tests.process.forge import Order

ROOT = Path(__file__).parents[2]


class ForkedProcess:
    """A command of the product, with the part of `subprocess.Popen` that tests use."""

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: Path = ROOT,
        stdout: int = subprocess.DEVNULL,
        stderr: int = subprocess.DEVNULL,
    ) -> None:
        self.args = arguments
        self.returncode: int | None = None
        self._reading = threading.Lock()
        self._told, telling = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        weakref.finalize(self, self._told.close)
        nothing = os.open(os.devnull, os.O_RDWR)
        self.stdout, output = _stream(stdout, nothing)
        self.stderr, errors = _stream(stderr, nothing)
        order = Order(arguments=arguments, environment=dict(env), folder=str(cwd))
        given = [telling.fileno(), nothing, output, errors]
        socket.send_fds(_forge(), [msgspec.json.encode(order)], given)
        telling.close()
        for descriptor in {nothing, output, errors}:
            os.close(descriptor)
        self.pid = int(self._told.recv(32))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for stream in (self.stdout, self.stderr):
            if stream is not None:
                stream.close()
        self.wait()

    def poll(self) -> int | None:
        """Return the exit code, None while the process runs."""
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code when the process has ended. Raises `TimeoutExpired`."""
        if not select.select([self._told], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        with self._reading:
            if self.returncode is None:
                self.returncode = int(self._told.recv(32))
            return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Return what the process printed and its errors when it has ended."""
        streams = [stream for stream in (self.stdout, self.stderr) if stream is not None]
        with ThreadPoolExecutor(2) as threads:
            read = {stream: threads.submit(stream.read) for stream in streams}
            try:
                self.wait(timeout)
            except subprocess.TimeoutExpired:
                self.kill()
                raise
        said = [read[s].result() if s in read else "" for s in (self.stdout, self.stderr)]
        return said[0], said[1]

    def send_signal(self, number: int) -> None:
        """Send a signal, unless the process has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask the process to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the process at once."""
        self.send_signal(signal.SIGKILL)


def run_forked(
    arguments: Sequence[str], *, env: Mapping[str, str], cwd: Path = ROOT, timeout: float
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; return what it printed."""
    pipe = subprocess.PIPE
    with ForkedProcess(arguments, env=env, cwd=cwd, stdout=pipe, stderr=pipe) as process:
        out, err = process.communicate(timeout)
        return subprocess.CompletedProcess(arguments, process.wait(), out, err)


def _stream(wanted: int, nothing: int) -> tuple[IO[str] | None, int]:
    """Return our end and the end of the process."""
    if wanted == subprocess.DEVNULL:
        return None, nothing
    reading, writing = os.pipe()
    return open(reading, encoding="utf-8"), writing  # noqa: PTH123 - a descriptor


@cache
def _forge() -> socket.socket:
    """Return the socket of orders to a process that runs as long as this one."""
    orders, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.process.forge", str(theirs.fileno())],
        cwd=ROOT,
        pass_fds=[theirs.fileno()],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    theirs.close()

    def end() -> None:
        orders.close()
        process.wait(timeout=10)

    atexit.register(end)
    return orders
