"""Episodes: one data folder, many kills, then everything must be as it was acknowledged."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import Struct

from tests.chaos import roles
from tests.chaos.fuse import Fuse
from tests.chaos.house import SHORT_LEASE

KILLS_EACH = 25
LONGEST_FUSE = 30
STOPPED = 0.08
AT_RANDOM = 0.15
WORKERS_TOO = 0.6


class Tally(Struct):
    """What came of an episode."""

    seed: int
    kills: int = 0
    stops: int = 0
    violations: str = ""


def episode(
    seed: int, kills: int = KILLS_EACH, mutate: Callable[[], None] = roles.nothing
) -> Tally:
    """Kill processes until there were enough; stop at the first violation."""
    chance, tally = random.Random(seed), Tally(seed=seed)
    with TemporaryDirectory(prefix="chaos-") as name:
        folder = Path(name)
        _wait(roles.forked(folder, roles.create))
        reader = roles.forked(folder, roles.read, mutate=mutate)
        rounds = 0
        while tally.kills + tally.stops < kills and not _violated(folder) and rounds < 10 * kills:
            rounds += 1
            _round(folder, chance, tally, tag=rounds, mutate=mutate)
        os.kill(reader, signal.SIGKILL)
        os.waitpid(reader, 0)
        if not _violated(folder):
            _wait(roles.forked(folder, roles.settle, mutate=mutate))
        tally.violations = _violated(folder)
    return tally


def _round(
    folder: Path, chance: random.Random, tally: Tally, *, tag: int, mutate: Callable[[], None]
) -> None:
    """Let one process change something and perhaps another work beside it; end both early."""
    seed = chance.randrange(1 << 30)
    pids = [roles.forked(folder, roles.change(seed, tag), _fuse(chance), mutate)]
    if chance.random() < WORKERS_TOO:
        pids.append(roles.forked(folder, roles.work, _fuse(chance), mutate))
    if chance.random() < AT_RANDOM:
        time.sleep(chance.uniform(0.0, 0.12))
        os.kill(pids[0], signal.SIGKILL)
    for pid in pids:
        _watched(folder, pid, tally, mutate)


def _fuse(chance: random.Random) -> Fuse:
    ends_by = signal.SIGSTOP if chance.random() < STOPPED else signal.SIGKILL
    return Fuse(chance.randint(1, LONGEST_FUSE), chance.random() < 0.5, ends_by)


def _watched(folder: Path, pid: int, tally: Tally, mutate: Callable[[], None]) -> None:
    """Wait for the end of a process; one that stops goes on when its lease is another's."""
    _, status = os.waitpid(pid, os.WUNTRACED)
    if os.WIFSTOPPED(status):
        tally.stops += 1
        time.sleep(1.5 * SHORT_LEASE.total_seconds())
        _wait(roles.forked(folder, roles.work, mutate=mutate))
        os.kill(pid, signal.SIGCONT)
        _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        tally.kills += 1


def _wait(pid: int) -> None:
    os.waitpid(pid, 0)


def _violated(folder: Path) -> str:
    file = folder / "violations"
    return file.read_text(encoding="utf-8").strip() if file.exists() else ""
