"""What a reader saw in a file and did not read, counted by kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator


class Unread:
    """Counts of omitted content, which become the document's warnings."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str, str]] = Counter()

    def add(self, one: str, many: str, why: str = "not read", count: int = 1) -> None:
        """Count content of a kind, such as `("hidden row", "hidden rows", "left out")`."""
        if count:
            self._counts[one, many, why] += count

    def warnings(self) -> Iterator[str]:
        """Yield one sentence per kind, in the order of their first appearance."""
        for (one, many, why), count in self._counts.items():
            yield f"1 {one} was {why}." if count == 1 else f"{count} {many} were {why}."
