"""Giving up power before an untrusted file is opened: memory, time, network, processes, files."""

from __future__ import annotations

import ctypes
import os
import resource
import sys
import threading

_NEW_NAMESPACES = 0x10000000 | 0x40000000  # CLONE_NEWUSER | CLONE_NEWNET
_FORBIDDEN = (
    "socket.",
    "subprocess.",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.spawn",
    "os.system",
    "ctypes.dlopen",
    "ctypes.dlsym",
    "ctypes.call_function",
    "shutil.",
    "urllib.",
)
_WATCHER_STACK = 256 * 1024


def confine(memory_bytes: int, cpu_seconds: int) -> None:
    """Limit this process for good; call it when everything needed is imported."""
    _leave_network()
    die_with_parent()
    _limit(resource.RLIMIT_CPU, cpu_seconds)
    _limit(resource.RLIMIT_AS, memory_bytes)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_CORE, 0)
    sys.addaudithook(_refuse)


def die_with_parent() -> None:
    """End this process as soon as its standard input is closed, which a dead parent does."""
    threading.stack_size(_WATCHER_STACK)
    threading.Thread(target=_wait_for_end, daemon=True).start()


def _wait_for_end() -> None:
    os.read(0, 1)
    os._exit(1)


def _limit(kind: int, value: int) -> None:
    """Lower a limit where the system has it and lets us."""
    try:
        resource.setrlimit(kind, (value, value))
    except (ValueError, OSError):
        return


def _leave_network() -> None:
    """Move to an empty network namespace where Linux allows it; the audit hook stays anyway."""
    if sys.platform == "linux":
        ctypes.CDLL(None).unshare(_NEW_NAMESPACES)


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event.startswith(_FORBIDDEN) or (event == "open" and _writes(arguments)):
        raise PermissionError(event)


def _writes(arguments: tuple[object, ...]) -> bool:
    """Whether an `open` event (path, mode, flags) is for writing."""
    flags = arguments[2] if len(arguments) > 2 else 0
    return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
