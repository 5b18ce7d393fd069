"""What a process that opens a picture may not do, each tried in one."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

from ragtenancy.adapters.ocr.messages import Refused, Words, decode
from tests.drawn_pictures import needs_ocr

SCRIPT = """
import os, signal, socket, subprocess, sys, time
from ragtenancy.adapters.ocr.fork import apart
from ragtenancy.adapters.ocr.limits import ReaderLimits
from ragtenancy.adapters.ocr.messages import Words, encode

def tried(attempt):
    def work():
        try:
            attempt()
        except Exception as error:
            return encode(Words(text=type(error).__name__))
        return encode(Words(text="done"))
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
limits = ReaderLimits(memory_bytes=600 << 20, cpu_seconds=1, wall_seconds=3.0)
os.write(1, apart(tried(ATTEMPTS[sys.argv[1]]), limits, withheld=[0]))
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
def test_a_picture_cannot_reach_out(attempt: str, outcome: str, tmp_path: Path) -> None:
    assert decode(_run(attempt, tmp_path)) == Words(text=outcome)


@pytest.mark.parametrize(
    ("attempt", "code"),
    [("crash", "picture_memory"), ("spin", "picture_timeout"), ("wait", "picture_timeout")],
)
def test_a_process_that_never_answers_is_a_refusal(attempt: str, code: str, tmp_path: Path) -> None:
    refused = decode(_run(attempt, tmp_path))

    assert isinstance(refused, Refused)
    assert refused.code == code


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


def _run(attempt: str, folder: Path) -> bytes:
    command = [sys.executable, "-c", SCRIPT, attempt, str(folder)]
    done = subprocess.run(command, stdin=subprocess.PIPE, capture_output=True, check=True)
    return done.stdout
