"""What the reader of pictures says where its fork ended without words."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ragtenancy.adapters.ocr.messages import Refused, decode

SCRIPT = """
import os, signal, sys, time
from ragtenancy.adapters.ocr.reader import reply_to
from ragtenancy.sandbox.fork import ForkLimits

ENDS = {
    "crash": lambda _: os.kill(os.getpid(), signal.SIGSEGV),
    "spin": lambda _: [None for _ in iter(int, 1)],
    "wait": lambda _: time.sleep(60),
}
limits = ForkLimits(memory_bytes=600 << 20, cpu_seconds=1, wall_seconds=3.0, reply_bytes=1 << 10)
os.write(1, reply_to(ENDS[sys.argv[1]], b"", limits, os.open(os.devnull, os.O_WRONLY)))
"""


@pytest.mark.parametrize(
    ("end", "code"),
    [("crash", "picture_memory"), ("spin", "picture_timeout"), ("wait", "picture_timeout")],
)
def test_a_fork_without_a_reply_is_a_refusal(end: str, code: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT, end], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        reply = decode(process.stdout.read())

    assert isinstance(reply, Refused)
    assert reply.code == code
    assert (reply.kind == "signal 11") == (end == "crash")
