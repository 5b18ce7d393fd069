"""What hostile content would do; each attempt returns how it ended."""

from __future__ import annotations

import ctypes
import os
import re
import socket
import subprocess
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

_LIBC = ctypes.CDLL(None)  # looked up before the audit hook stands
_SOCKET, _FORK, _OPEN, _KILL = _LIBC.socket, _LIBC.fork, _LIBC.open, _LIBC.kill
_PARENT = os.getppid()
SECRET = "SANDBOX_TEST_SECRET"
WRITTEN = "/tmp/written-by-a-sandboxed-process"  # noqa: S108 - never written
LOUD = "said by a sandboxed process"


def attempt(name: str) -> str:
    """Return the result of an attempt, or the name of the error that it met."""
    if name.startswith("/"):
        return hold(os.open(name, os.O_RDONLY))
    try:
        return ATTEMPTS[name]()
    except Exception as error:  # noqa: BLE001 - the error is the result
        return type(error).__name__


def hold(_fifo: int) -> str:
    """Hold the GIL and an open FIFO, which tells the test that this process lives."""
    re.match(r"(a+)+$", "a" * 60 + "b")
    return "done"


def _done(_result: object) -> str:
    return "done"


def _native(result: int) -> str:
    return "denied" if result < 0 else "done"


def _talk() -> str:
    os.write(1, LOUD.encode())
    os.write(2, LOUD.encode())
    return "done"


def _spin() -> str:
    while True:
        pass


ATTEMPTS: Mapping[str, Callable[[], str]] = {
    "nothing": lambda: "done",
    "socket": lambda: _done(socket.socket()),
    "run": lambda: _done(subprocess.run(["true"], check=True)),
    "fork": lambda: _done(os.fork()),
    "exec": lambda: _done(os.execv("/bin/true", ["true"])),  # noqa: S606
    "write": lambda: _done(Path(WRITTEN).write_text("")),
    "load": lambda: _done(ctypes.CDLL("libm.so.6")),
    "native_socket": lambda: _native(_SOCKET(2, 1, 0)),
    "native_fork": lambda: _native(_FORK()),
    "native_write": lambda: _native(_OPEN(WRITTEN.encode(), os.O_WRONLY | os.O_CREAT, 0o600)),
    "native_kill": lambda: _native(_KILL(_PARENT, 0)),
    "hoard": lambda: _done(bytearray(4 << 30)),
    "secret": lambda: os.environ.get(SECRET, "none"),
    "talk": _talk,
    "spin": _spin,
    "wait": lambda: str(threading.Event().wait()),
}
