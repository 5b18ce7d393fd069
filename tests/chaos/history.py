"""Whether what clients of one document saw can have happened one after the other.

Each operation has the moments between which it took place. A history is linearizable when some
order of the operations that respects those moments is one of a single register
(Wing and Gong, 1993). A register that was deleted takes no further version.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

ABSENT = 0


class Operation(Struct, frozen=True, kw_only=True):
    """A write of a version, a deletion (version 0), or a reading; `end` None: it never answered."""

    what: Literal["write", "read"]
    version: int
    start: int
    end: int | None


def is_linearizable(history: Sequence[Operation], first: int) -> bool:
    """Tell whether a register that begins at `first` can have given this history."""
    return _explained(frozenset(range(len(history))), first, history, set())


def _explained(
    left: frozenset[int],
    value: int,
    history: Sequence[Operation],
    tried: set[tuple[frozenset[int], int]],
) -> bool:
    if all(history[at].end is None for at in left):
        return True
    if (left, value) in tried:
        return False
    tried.add((left, value))
    soonest = min(end for at in left if (end := history[at].end) is not None)
    for at in left:
        operation = history[at]
        if operation.start > soonest:
            continue
        if operation.what == "read" and operation.version != value:
            continue
        if operation.what == "write" and value == ABSENT:
            continue
        after = value if operation.what == "read" else operation.version
        if _explained(left - {at}, after, history, tried):
            return True
    return False
