"""Doing one piece of work in a confined copy of this process."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Callable, Sequence
from typing import NoReturn

from ragtenancy.adapters.ocr.confinement import confine
from ragtenancy.adapters.ocr.limits import ReaderLimits
from ragtenancy.adapters.ocr.messages import MAX_REPLY, Refused, encode

_STEP = 1 << 16


def apart(work: Callable[[], bytes], limits: ReaderLimits, withheld: Sequence[int]) -> bytes:
    """Return what the work returns, or an encoded refusal when its process ends without a reply.

    The copy has none of the `withheld` file descriptors.
    """
    receiving, sending = os.pipe()
    process = os.fork()
    if process == 0:
        _work(work, limits, sending, [receiving, *withheld])
    os.close(sending)
    try:
        reply = _received(receiving, limits.wall_seconds)
    finally:
        os.close(receiving)
        os.kill(process, signal.SIGKILL)
        status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    if reply is None:
        return encode(Refused(code="picture_timeout"))
    return reply or encode(Refused(code=_code(-status), kind=f"signal {-status}"))


def _work(
    work: Callable[[], bytes], limits: ReaderLimits, sending: int, withheld: Sequence[int]
) -> NoReturn:
    """Do the work and end, whatever happens: nothing of the caller runs twice."""
    try:
        for descriptor in withheld:
            os.close(descriptor)
        confine(limits.memory_bytes, limits.cpu_seconds)
        write_all(sending, work())
    finally:
        os._exit(0)


def _received(receiving: int, seconds: float) -> bytes | None:
    """Return what comes until the end, None when it takes too long or too much comes."""
    ends = time.monotonic() + seconds
    reply = bytearray()
    while len(reply) <= MAX_REPLY:
        remaining = max(ends - time.monotonic(), 0.0)
        if not select.select([receiving], [], [], remaining)[0]:
            return None
        piece = os.read(receiving, _STEP)
        if not piece:
            return bytes(reply)
        reply += piece
    return None


def write_all(descriptor: int, data: bytes) -> None:
    """Write the data whole."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _code(ended_by: int) -> str:
    if ended_by == signal.SIGXCPU:
        return "picture_timeout"
    return "picture_memory"  # the kernel kills what takes too much, and libraries crash
