"""Turns of processes that run tests."""

from __future__ import annotations

import fcntl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from threading import Event

import pytest

from tests import alone

Turn = Callable[..., AbstractContextManager[None]]


@pytest.fixture
def turn(tmp_path: Path) -> Turn:
    door, room = tmp_path / "door", tmp_path / "room"
    door.touch()
    room.touch()
    return partial(alone.turn, door=door, room=room)


def free(room: Path, kind: int) -> bool:
    """Tell whether another process could have the room now."""
    with room.open() as other:
        try:
            fcntl.flock(other, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def test_others_may_share_a_room_that_is_shared(turn: Turn, tmp_path: Path) -> None:
    with turn(exclusive=False), turn(exclusive=False):
        assert not free(tmp_path / "room", fcntl.LOCK_EX)


def test_nobody_is_beside_a_test_that_is_alone(turn: Turn, tmp_path: Path) -> None:
    with turn(exclusive=True):
        shared = free(tmp_path / "room", fcntl.LOCK_SH)

    assert not shared
    assert free(tmp_path / "room", fcntl.LOCK_EX)


def test_nobody_passes_a_test_that_waits_to_be_alone(turn: Turn, tmp_path: Path) -> None:
    order: list[str] = []
    inside, leave = Event(), Event()

    def share() -> None:
        with turn(exclusive=False):
            inside.set()
            leave.wait()
            order.append("shared")

    def be_alone() -> None:
        with turn(exclusive=True):
            order.append("alone")

    with ThreadPoolExecutor(2) as threads:
        threads.submit(share)
        inside.wait()
        waiting = threads.submit(be_alone)
        while free(tmp_path / "door", fcntl.LOCK_EX):
            pass
        leave.set()
        waiting.result()

    assert order == ["shared", "alone"]
