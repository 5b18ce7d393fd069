"""The clients that count most often: the values of a label that many clients share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from heapq import nlargest

OTHER = "other"
RANK_EVERY = 1_000  # counts
INCUMBENT = 2  # a newcomer must count twice as often as the client it displaces


class TopClients:
    """At most `most` clients with labels of their own, ranked by an exponentially decaying count.

    Free labels go to whoever comes first. Each thousand counts, the clients are ranked and all
    counts halved, which bounds the clients remembered to two thousand.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._counts: Counter[str] = Counter()
        self._labelled: set[str] = set()
        self._until_ranked = RANK_EVERY

    def label(self, client_id: str) -> str:
        """Return the client's label: its id or `other`."""
        return client_id if client_id in self._labelled else OTHER

    def counted(self, client_id: str) -> Collection[str]:
        """Count the client once; return the clients that lose their labels."""
        self._counts[client_id] += 1
        if len(self._labelled) < self._most:
            self._labelled.add(client_id)
        self._until_ranked -= 1
        return () if self._until_ranked else self._ranked()

    def _ranked(self) -> Collection[str]:
        def weight(client_id: str) -> tuple[int, str]:
            count = self._counts[client_id]
            return (count * INCUMBENT if client_id in self._labelled else count, client_id)

        top = set(nlargest(self._most, self._counts, key=weight))
        displaced = self._labelled - top
        self._labelled = top
        self._counts = Counter({who: n // 2 for who, n in self._counts.items() if n > 1})
        self._until_ranked = RANK_EVERY
        return displaced
