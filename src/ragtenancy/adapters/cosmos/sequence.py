"""Numbers that rise as items are added."""

from __future__ import annotations

import time
from threading import Lock


class Sequence:
    """Microseconds since 1970, never one twice in a process.

    Cosmos DB keeps numbers as doubles, which hold no integer above 2**53 exactly: nanoseconds
    would come back rounded, and equal for items added in the same quarter of a microsecond.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._last = 0

    def next(self) -> int:
        """Return a number above all that were returned."""
        with self._lock:
            self._last = max(time.time_ns() // 1000, self._last + 1)
            return self._last


next_sequence = Sequence().next
