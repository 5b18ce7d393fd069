"""Processes of this machine."""

from __future__ import annotations

import asyncio
import sys

import pytest

from ragtenancy.adapters.system.machine import SystemHolders

NAME_MYSELF = (
    "from ragtenancy.adapters.system.machine import SystemHolders;"
    "print(SystemHolders().me(), flush=True); input()"
)


async def start() -> tuple[asyncio.subprocess.Process, str]:
    """Start a process; return it and its name."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        NAME_MYSELF,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    return process, (await process.stdout.readline()).decode().strip()


async def test_a_process_is_alive_until_it_ends() -> None:
    process, name = await start()
    alive = SystemHolders().is_dead(name)

    process.kill()
    await process.wait()

    assert alive is False
    assert SystemHolders().is_dead(name)


@pytest.mark.skipif(sys.platform != "linux", reason="start times are read from /proc")
async def test_a_process_of_a_used_pid_is_another() -> None:
    holders = SystemHolders()
    machine, pid, _ = holders.me().split(":")

    assert holders.is_dead(f"{machine}:{pid}:1")
