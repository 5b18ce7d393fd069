"""Dropping privileges irrevocably inside a sandboxed process.

In this order: `private_stdout`, `leave_network` (needs a single thread), `end_with_parent`, then,
once everything is imported and the file is open, `confine`.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import select
import signal
import sys
import threading
from collections.abc import Sequence
from typing import Literal

from ragtenancy.sandbox import seccomp

_NEW_NAMESPACES = 0x10000000 | 0x40000000  # CLONE_NEWUSER | CLONE_NEWNET
_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG
_FORBIDDEN = (
    "socket.",
    "subprocess.",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.spawn",
    "os.system",
    "shutil.",
    "urllib.",
)
# The ctypes events that concern native code; the others concern data.
_NATIVE_CALLS = ("ctypes.dlopen", "ctypes.dlsym", "ctypes.call_function")
# The kernel kills a process over its limits; native libraries crash if an allocation fails.
_OUT_OF_MEMORY = (signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS)
_INPUT, _OUTPUT = 0, 1
_WATCHER_STACK = 256 * 1024


def confine(memory_bytes: int, cpu_seconds: int, *, ctypes_data: bool = False) -> None:
    """Bound resources; deny network, processes and writing to native and Python code.

    `ctypes_data` leaves ctypes its structures and callbacks, which some bindings need to call
    libraries that are loaded already.
    """
    limit_resources(memory_bytes, cpu_seconds)
    if seccomp.supported():
        with contextlib.suppress(OSError):
            seccomp.deny_reaching_out()
    install_audit_hook(ctypes_data=ctypes_data)


def private_stdout() -> int:
    """Return a private descriptor of stdout for replies; discard the output of libraries."""
    output = os.dup(_OUTPUT)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, _OUTPUT)
    os.close(nowhere)
    return output


def write_all(descriptor: int, data: bytes | bytearray) -> None:
    """Write all the data."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def leave_network() -> None:
    """Move to an empty network namespace if Linux allows it; before any thread starts."""
    if sys.platform == "linux":
        ctypes.CDLL(None).unshare(_NEW_NAMESPACES)


def end_with_parent() -> None:
    """Exit as soon as the parent closes stdin, as a dead parent does.

    Nothing is read, so stdin stays free for requests.
    """
    threading.stack_size(_WATCHER_STACK)
    threading.Thread(target=_exit_on_hangup, daemon=True).start()


def kill_with_parent(parent: int) -> None:
    """Have Linux kill this process with its parent, even if native code holds the GIL.

    The parent is the thread that started this process: useless for a thread of a pool.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL)
        if os.getppid() != parent:  # it had died already
            os._exit(1)


def limit_resources(memory_bytes: int, cpu_seconds: int, *, required: bool = False) -> None:
    """Bound memory and CPU time; write no file and no core dump.

    Raises `OSError` if a required limit is refused.
    """
    # At the hard limit the kernel kills with SIGKILL; at the soft one with a telling signal.
    _limit(resource.RLIMIT_CPU, cpu_seconds, cpu_seconds + 1, required=required)
    _limit(resource.RLIMIT_AS, memory_bytes, memory_bytes, required=required)
    _limit(resource.RLIMIT_FSIZE, 0, 0, required=required)
    _limit(resource.RLIMIT_CORE, 0, 0, required=required)


def install_audit_hook(*, ctypes_data: bool = False) -> None:
    """Deny Python code any access outside the process."""
    forbidden = (*_FORBIDDEN, *(_NATIVE_CALLS if ctypes_data else ("ctypes.",)))

    def refuse(event: str, arguments: tuple[object, ...]) -> None:
        if event.startswith(forbidden) or (event == "open" and _writes(arguments)):
            raise PermissionError(event)

    sys.addaudithook(refuse)


def exceeded(status: int) -> Literal["time", "memory"] | None:
    """Return the limit that ended a process, by its exit status as in `subprocess`."""
    if -status == signal.SIGXCPU:
        return "time"
    return "memory" if -status in _OUT_OF_MEMORY else None


def _exit_on_hangup() -> None:
    waiting = select.poll()
    waiting.register(_INPUT, 0)  # a hangup is always reported
    waiting.poll()
    os._exit(1)


def _limit(kind: int, soft: int, hard: int, *, required: bool) -> None:
    """Lower a limit; keep an already lower one."""
    allowed = resource.getrlimit(kind)[1]
    if allowed != resource.RLIM_INFINITY:
        soft, hard = min(soft, allowed), min(hard, allowed)
    try:
        resource.setrlimit(kind, (soft, hard))
    except (ValueError, OSError) as error:
        if required:
            raise OSError(error) from error


def _writes(arguments: Sequence[object]) -> bool:
    """Whether an `open` event (path, mode, flags) is for writing."""
    flags = arguments[2] if len(arguments) > 2 else 0
    return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
