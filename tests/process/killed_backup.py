"""Back up or restore, and be killed at a given sync: `killed_backup WORK SOURCE TARGET NUMBER`."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from ragtenancy.library.backups import back_up, restore
from ragtenancy.settings import Settings
from tests.doubles import in_memory_container


def kill_at(number: int) -> None:
    """Replace `os.fsync` by one whose call of that number never returns."""
    synced, calls = os.fsync, 0

    def counted(handle: int) -> None:
        nonlocal calls
        calls += 1
        if calls == number:
            os.kill(os.getpid(), signal.SIGKILL)
        synced(handle)

    os.__dict__["fsync"] = counted


async def work(what: str, source: Path, target: Path, ledger: Path) -> None:
    if what == "backup":
        await back_up(Settings(storage="sqlite", data_dir=source), target)
        return
    settings = Settings(storage="sqlite", data_dir=target)
    await restore(settings, source, ledger=ledger, make=in_memory_container)


if __name__ == "__main__":
    what, source, target, ledger, number = sys.argv[1:]
    kill_at(int(number))
    asyncio.run(work(what, Path(source), Path(target), Path(ledger)))
