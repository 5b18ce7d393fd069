"""Turns of tests that run in several processes: one that measures time runs while no other does."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

DOOR = Path(__file__)
ROOM = Path(__file__).with_name("conftest.py")


def is_needed() -> bool:
    """Tell whether this is one of several processes that run tests."""
    return int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")) > 1


def no_turn() -> AbstractContextManager[None]:
    return nullcontext()


@contextmanager
def turn(*, exclusive: bool, door: Path = DOOR, room: Path = ROOM) -> Iterator[None]:
    """Share the room with others that share it, or have it alone.

    Who waits to be alone holds the door, so that nobody enters before.
    """
    with locked(room, door, fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH):
        yield


@contextmanager
def locked(room: Path, door: Path, kind: int) -> Iterator[None]:
    with room.open() as inner:
        with door.open() as outer:
            fcntl.flock(outer, fcntl.LOCK_EX)
            try:
                fcntl.flock(inner, kind)
            finally:
                fcntl.flock(outer, fcntl.LOCK_UN)
        try:
            yield
        finally:
            fcntl.flock(inner, fcntl.LOCK_UN)
