"""What work in a fork may not do, each tried in one."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

from tests.drawn_pictures import needs_ocr

SCRIPT = """
import os, signal, socket, subprocess, sys, time
from ragtenancy.sandbox.confinement import exceeded
from ragtenancy.sandbox.fork import ForkLimits, run_forked

def tried(attempt):
    def work():
        try:
            attempt()
        except Exception as error:
            return type(error).__name__.encode()
        return b"done"
    return work

ATTEMPTS = {
    "nothing": lambda: None,
    "connect": lambda: socket.create_connection(("127.0.0.1", 9), timeout=1),
    "write": lambda: open(sys.argv[2] + "/written", "w"),
    "run": lambda: subprocess.run(["true"]),
    "fork": os.fork,
    "hoard": lambda: bytearray(1 << 30),
    "next": lambda: os.read(0, 1),
    "crash": lambda: os.kill(os.getpid(), signal.SIGSEGV),
    "spin": lambda: [None for _ in iter(int, 1)],
    "wait": lambda: time.sleep(60),
}
limits = ForkLimits(
    memory_bytes=600 << 20, cpu_seconds=1, wall_seconds=3.0, reply_bytes=1 << 10
)
result = run_forked(tried(ATTEMPTS[sys.argv[1]]), limits, withheld=[0])
limit = "clock" if result.reply is None else exceeded(result.status)
os.write(1, result.reply or str(limit).encode())
"""
HOLDER = """
import asyncio, sys
from ragtenancy.adapters.ocr.images import OcrImageDescriber
from ragtenancy.domain.parsed import Image
from ragtenancy.domain.pictures import ImageContext
from tests.factories import ACME
from tests.factories_docx import png

async def main():
    describer = OcrImageDescriber()
    await describer.describe(ACME, Image(media_type="image/png", data=png()), ImageContext())
    print(describer._reader.pid, flush=True)
    sys.stdin.read()

asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("attempt", "outcome"),
    [
        ("nothing", "done"),
        ("connect", "PermissionError"),
        ("write", "PermissionError"),
        ("run", "PermissionError"),
        ("fork", "PermissionError"),
        ("hoard", "MemoryError"),
        ("next", "OSError"),
    ],
)
def test_work_cannot_reach_out(attempt: str, outcome: str, tmp_path: Path) -> None:
    assert _run(attempt, tmp_path) == outcome


@pytest.mark.parametrize(
    ("attempt", "limit"), [("crash", "memory"), ("spin", "time"), ("wait", "clock")]
)
def test_work_that_never_answers_tells_its_limit(attempt: str, limit: str, tmp_path: Path) -> None:
    assert _run(attempt, tmp_path) == limit


@needs_ocr
@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="needs process descriptors")
def test_a_reader_ends_with_its_service() -> None:
    service = subprocess.Popen(
        [sys.executable, "-c", HOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert service.stdout is not None
    reader = os.pidfd_open(int(service.stdout.readline()))

    service.kill()
    service.communicate()

    assert select.select([reader], [], [], 10.0)[0] == [reader]
    os.close(reader)


def _run(attempt: str, folder: Path) -> str:
    command = [sys.executable, "-c", SCRIPT, attempt, str(folder)]
    done = subprocess.run(command, stdin=subprocess.PIPE, capture_output=True, check=True)
    return done.stdout.decode()
