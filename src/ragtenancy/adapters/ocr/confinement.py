"""Giving up power before an untrusted picture is opened."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys

_NEW_NAMESPACES = 0x10000000 | 0x40000000  # CLONE_NEWUSER | CLONE_NEWNET
_PARENT_DEATH_SIGNAL = 1
_FORBIDDEN = (
    "socket.",
    "subprocess.",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.spawn",
    "os.system",
    "ctypes.",
    "shutil.",
    "urllib.",
)


def leave_network() -> None:
    """Move to an empty network namespace where Linux allows it; before any thread starts."""
    if sys.platform == "linux":
        ctypes.CDLL(None).unshare(_NEW_NAMESPACES)


def confine(memory_bytes: int, cpu_seconds: int) -> None:
    """Limit this process for good, and end it with its parent."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    # At the hard limit the kernel kills without a word; at the soft one it says why.
    _limit(resource.RLIMIT_CPU, cpu_seconds, cpu_seconds + 1)
    _limit(resource.RLIMIT_AS, memory_bytes, memory_bytes)
    _limit(resource.RLIMIT_FSIZE, 0, 0)
    _limit(resource.RLIMIT_CORE, 0, 0)
    sys.addaudithook(_refuse)


def _limit(kind: int, soft: int, hard: int) -> None:
    """Lower a limit where the system has it and lets us."""
    try:
        resource.setrlimit(kind, (soft, hard))
    except (ValueError, OSError):
        return


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event.startswith(_FORBIDDEN) or (event == "open" and _writes(arguments)):
        raise PermissionError(event)


def _writes(arguments: tuple[object, ...]) -> bool:
    """Whether an `open` event (path, mode, flags) is for writing."""
    flags = arguments[2] if len(arguments) > 2 else 0
    return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
