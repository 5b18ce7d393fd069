"""Progress, speed and remaining time of an ingestion of many files."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

MEGABYTE = 1_000_000
KILOBYTE = 1_000
MIN_SECONDS = 1e-3


class Pace:
    """Counts files and bytes; a file being ingested counts by its progress.

    `now` returns seconds.
    """

    def __init__(self, files: int, size: int, *, now: Callable[[], float] = time.monotonic) -> None:
        self.files = files
        self.done = 0
        self._size = size
        self._size_done = 0
        self._in_hand: dict[str, float] = {}
        self._now = now
        self._started = now()

    @property
    def share(self) -> float:
        """The fraction of all bytes that is done, 0 to 1; of all files if they are empty."""
        if not self._size:
            return self.done / self.files if self.files else 1.0
        return min(1.0, self._bytes_done() / self._size)

    @property
    def seconds(self) -> float:
        """The seconds since the start."""
        return max(self._now() - self._started, MIN_SECONDS)

    def move(self, file: str, size: int, share: float) -> None:
        """Record the progress of a file being ingested."""
        self._in_hand[file] = size * share

    def end(self, file: str, size: int) -> None:
        """Record that a file is done, whatever its outcome."""
        self._in_hand.pop(file, None)
        self.done += 1
        self._size_done += size

    def speed(self) -> str:
        """Return files and bytes per second, in words."""
        return f"{self.done / self.seconds:.1f} files/s, {_rate(self._bytes_done() / self.seconds)}"

    def words(self) -> str:
        """Return the number of files done, the speed and the remaining time."""
        text = f"{self.done}/{self.files} files, {self.speed()}"
        if 0 < self.share < 1:
            left = self.seconds * (1 - self.share) / self.share
            text += f", {duration(left)} left"
        return text

    def _bytes_done(self) -> float:
        return self._size_done + sum(self._in_hand.values())


def duration(seconds: float) -> str:
    """Format seconds as h:mm:ss."""
    return str(timedelta(seconds=round(seconds)))


def _rate(each_second: float) -> str:
    if each_second >= MEGABYTE / 10:
        return f"{each_second / MEGABYTE:.1f} MB/s"
    return f"{each_second / KILOBYTE:.1f} kB/s"
