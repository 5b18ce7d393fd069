"""Starting sandboxed processes: piped input and output, no stderr, no secrets in the environment."""

from __future__ import annotations

import os
import subprocess
import sys
from asyncio import create_subprocess_exec
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence


async def start(module: str, *arguments: str, **variables: str) -> Process:
    """Run a module in a separate process; `variables` are added to its environment.

    Raises `OSError`.
    """
    return await create_subprocess_exec(
        *_command(module, arguments),
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        env=_environment(variables),
    )


def start_blocking(module: str, *arguments: str, **variables: str) -> subprocess.Popen[bytes]:
    """Run a module as `start` does, for callers on a thread; the pipes are unbuffered."""
    return subprocess.Popen(  # noqa: S603 - our own module, no shell
        _command(module, arguments),
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        bufsize=0,
        env=_environment(variables),
    )


async def end(process: Process) -> None:
    """Kill a running process, and reap it."""
    if process.returncode is None:
        process.kill()
    await process.communicate()


def _command(module: str, arguments: Sequence[str]) -> Sequence[str]:
    return [sys.executable, "-P", "-m", module, *arguments]


def _environment(variables: dict[str, str]) -> dict[str, str]:
    """Return the environment for importing the same modules, and nothing else of ours."""
    libraries = os.environ.get("LD_LIBRARY_PATH")
    own = {} if libraries is None else {"LD_LIBRARY_PATH": libraries}
    return {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **own, **variables}
