"""This machine's clock, randomness and processes."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path

from ragtenancy.domain.api_keys import ALPHABET
from ragtenancy.domain.ids import TenantUid
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.ids import Ids
from ragtenancy.ports.jobs import Holders


class SystemClock(Clock):
    """UTC from the operating system."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, delay: timedelta) -> None:
        await asyncio.sleep(max(delay.total_seconds(), 0))


LENGTH = 26
_DIGITS = b"abcdefghijklmnopqrstuvwxyz234567" * 8  # 5 random bits of each byte


class SystemIds(Ids):
    """Ids of 130 random bits, in base32."""

    def new(self, kind: str) -> str:
        return f"{kind}_{_base32()}"

    def tenant_uid(self) -> TenantUid:
        return TenantUid(f"t{_base32()}")

    def token(self, length: int) -> str:
        return "".join(secrets.choice(ALPHABET) for _ in range(length))

    def jitter(self) -> float:
        return 0.5 + secrets.randbelow(1_000_001) / 2_000_000


def _base32() -> str:
    return secrets.token_bytes(LENGTH).translate(_DIGITS).decode()


PROC = Path("/proc")
GONE = frozenset("ZXx")
UNKNOWN_START = "0"


class SystemHolders(Holders):
    """Names processes by machine, pid and start time, so that a reused pid has another name.

    The machine's part distinguishes boots and pid namespaces: nothing is known of processes in
    other containers, on other machines or before a restart, so their leases expire.
    """

    def me(self) -> str:
        pid = os.getpid()
        return f"{_machine()}:{pid}:{_start(pid) or UNKNOWN_START}"

    def is_dead(self, holder: str) -> bool:
        machine, pid, start = (*holder.split(":"), "", "")[:3]
        if machine != _machine() or not (pid.isascii() and pid.isdecimal()):
            return False
        return not _runs(int(pid), start)


def _runs(pid: int, start: str) -> bool:
    if _has_proc():
        return _start(pid) == start
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _start(pid: int) -> str | None:
    """Return when a process started, in clock ticks since boot; None if it has ended."""
    try:
        stat = (PROC / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in GONE else fields[19]


@cache
def _machine() -> str:
    parts = [socket.gethostname(), sys.platform]
    with suppress(OSError):
        parts.append((PROC / "sys/kernel/random/boot_id").read_text())
        parts.append(str((PROC / "self/ns/pid").readlink()))
    digest = sha256("\n".join(parts).encode()).hexdigest()
    return f"{socket.gethostname().replace(':', '-')}-{digest[:8]}"


@cache
def _has_proc() -> bool:
    return (PROC / "self" / "stat").exists()
