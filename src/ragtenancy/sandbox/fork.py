"""Work in a confined fork, which shares this process's loaded modules and models."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple, NoReturn

from ragtenancy.sandbox.confinement import confine, kill_with_parent, write_all

_STEP = 1 << 16


class ForkLimits(NamedTuple):
    """Bounds on a fork: bytes of address space and of its reply, seconds."""

    memory_bytes: int
    cpu_seconds: int
    wall_seconds: float
    reply_bytes: int


class ForkResult(NamedTuple):
    """The reply, empty if the fork ended without one, None if it was killed.

    `status` is the exit status as in `subprocess`.
    """

    reply: bytes | None
    status: int


def run_forked(
    work: Callable[[], bytes],
    limits: ForkLimits,
    *,
    withheld: Sequence[int] = (),
    lifeline: int | None = None,
) -> ForkResult:
    """Run the work in a fork without the `withheld` descriptors.

    Kills the fork and raises `EOFError` when the other end of the `lifeline` is closed.
    """
    parent = os.getpid()
    receiving, sending = os.pipe()
    process = os.fork()
    if process == 0:
        _work(work, limits, sending, [receiving, *withheld], parent)
    os.close(sending)
    try:
        reply = _received(receiving, limits, lifeline)
    finally:
        os.close(receiving)
        os.kill(process, signal.SIGKILL)
        status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    return ForkResult(reply=reply, status=status)


def _work(
    work: Callable[[], bytes],
    limits: ForkLimits,
    sending: int,
    withheld: Sequence[int],
    parent: int,
) -> NoReturn:
    """Do the work and exit, whatever happens: none of the caller's code runs twice."""
    try:
        for descriptor in withheld:
            os.close(descriptor)
        kill_with_parent(parent)
        confine(limits.memory_bytes, limits.cpu_seconds)
        write_all(sending, work())
    finally:
        os._exit(0)


def _received(receiving: int, limits: ForkLimits, lifeline: int | None) -> bytes | None:
    """Return the received bytes, None if they take too long or are too many."""
    ends = time.monotonic() + limits.wall_seconds
    reply = bytearray()
    waiting = select.poll()
    waiting.register(receiving, select.POLLIN)
    if lifeline is not None:
        waiting.register(lifeline, 0)  # a hangup is always reported
    while len(reply) <= limits.reply_bytes:
        ready = waiting.poll(max(ends - time.monotonic(), 0.0) * 1_000)
        if not ready:
            return None
        if any(descriptor == lifeline for descriptor, _ in ready):
            raise EOFError
        piece = os.read(receiving, _STEP)
        if not piece:
            return bytes(reply)
        reply += piece
    return None
