"""This machine's processes as lease holders."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from ragtenancy.ports.holders import Holders

_START_FIELD = 19  # of /proc/<pid>/stat after the command's closing parenthesis


class SystemHolders(Holders):
    """Tells a dead process from one whose id was taken by another, by its start time."""

    def __init__(self) -> None:
        self._host = socket.gethostname().replace(":", "_")

    def me(self) -> str:
        """Return `host:pid:start` of this process."""
        pid = os.getpid()
        return f"{self._host}:{pid}:{_start_of(pid)}"

    def is_dead(self, holder: str) -> bool:
        """Tell whether a holder of this machine is gone."""
        host, _, process = holder.partition(":")
        pid, _, start = process.partition(":")
        if host != self._host or not pid.isdigit():
            return False
        return not _alive(int(pid)) or _start_of(int(pid)) != start


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _start_of(pid: int) -> str:
    """Return when a process started, in the kernel's ticks; empty where that cannot be told."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    fields = stat.rpartition(")")[2].split()
    return "" if fields[0] == "Z" else fields[_START_FIELD]
