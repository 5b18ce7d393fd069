"""Disk space that is held back for the writes that make room: deletions, suspensions, endings."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import TypeVar

import structlog

from ragtenancy.adapters.sqlite.channel import FILE_MODE
from ragtenancy.domain.errors import UnavailableError

log = structlog.get_logger(__name__)

FOLDER_MODE = 0o700
PIECES = 8
REFILL_SECONDS = 10.0
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
Result = TypeVar("Result")


class DiskReserve:
    """`<folder>/<number>`: eight files of equal size, which are given up one by one.

    The space of one that is given up is free for anybody, so the others are kept for the next need.
    Any number of processes may share a reserve. A server or worker fills it when it starts, and again while
    it writes, once there is room.
    """

    def __init__(self, folder: Path, size: int) -> None:
        self._folder = folder
        self._piece = size // PIECES
        self._lock = Lock()
        self._filled_at: float | None = None
        self._is_short = False

    def fill(self) -> None:
        """Hold back what is missing, as far as there is room; log a warning if there is not."""
        self._filled_at = time.monotonic()
        if not self._piece:
            return
        try:
            self._folder.mkdir(FOLDER_MODE, exist_ok=True)
            for number in range(PIECES):
                _allocate(self._folder / str(number), self._piece)
        except OSError as error:
            if not self._is_short:
                log.warning("reserve_not_filled", why=os.strerror(error.errno or 0))
            self._is_short = True
        else:
            self._is_short = False

    def drawing(self, work: Callable[[], Result]) -> Result:
        """Return the result of `work`, again after each piece given up while the disk is full."""
        while True:
            try:
                return work()
            except UnavailableError as error:
                if error.reason != "storage_full" or not self._give_up():
                    raise

    def replenish(self) -> None:
        """Fill the reserve again, in a process that filled it before, at most every ten seconds."""
        if self._filled_at is not None and time.monotonic() - self._filled_at >= REFILL_SECONDS:
            self.fill()

    def _give_up(self) -> bool:
        with self._lock:
            held = sorted(self._folder.glob("[0-9]"))
            if not held:
                return False
            held[0].unlink(missing_ok=True)
        log.warning("reserve_used", count=len(held) - 1)
        return True


def _allocate(path: Path, size: int) -> None:
    """Make a file of allocated blocks, or nothing."""
    handle = os.open(path, os.O_CREAT | os.O_RDWR, FILE_MODE)
    try:
        if os.fstat(handle).st_blocks * 512 < size:
            os.posix_fallocate(handle, 0, size)
    except OSError as error:
        path.unlink(missing_ok=True)
        if error.errno in NO_ROOM:
            raise
    finally:
        os.close(handle)
