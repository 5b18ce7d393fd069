"""Limits of one request, and batching within them.

Pinecone's limits: 1,000 records or 2 MB per upsert, 1,000 ids per delete, 100 ids per page, 10,000
matches (1,000 with values), 4 MB per reply, 40 KB of metadata per record, 512 characters per id.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import TypeVar

from msgspec import Struct

from ragtenancy.domain.errors import UnavailableError

Item = TypeVar("Item")

UPSERT_RECORDS = 1_000
UPSERT_BYTES = 1_900_000
DELETE_IDS = 1_000
LIST_PAGE = 100
FETCH_IDS = 100
FETCH_BYTES = 6_000
TOP_K = 10_000
TOP_K_FULL = 1_000
REPLY_BYTES = 3_500_000
FILTER_VALUES = 1_000
SENT_NUMBER_BYTES = 24
REPLY_NUMBER_BYTES = 14
RECORD_BYTES = 800


def batches(
    items: Sequence[Item], most: int, max_bytes: int, size: Callable[[Item], int]
) -> Iterator[Sequence[Item]]:
    """Yield batches of at most `most` items and `max_bytes`; an item is never split."""
    start, held = 0, 0
    for at, item in enumerate(items):
        grown = held + size(item)
        if at > start and (at - start >= most or grown > max_bytes):
            yield items[start:at]
            start, grown = at, size(item)
        held = grown
    if start < len(items):
        yield items[start:]


def matches_with_values(dimension: int) -> int:
    """Return how many matches with values fit into a reply."""
    return min(TOP_K_FULL, max(1, REPLY_BYTES // (dimension * REPLY_NUMBER_BYTES + RECORD_BYTES)))


FIRST_PAUSE = 0.25
LONGEST_PAUSE = 4.0


class Patience(Struct, frozen=True, kw_only=True):
    """The time limit for reads to show a write, and its clock."""

    seconds: float = 90.0
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep

    async def until(self, holds: Callable[[], Awaitable[bool]], what: str) -> None:
        """Poll until it holds. Raises `UnavailableError` (not_settled) on timeout."""
        deadline = self.monotonic() + self.seconds
        pause = FIRST_PAUSE
        while not await holds():
            if self.monotonic() >= deadline:
                raise UnavailableError(what, code="not_settled", retry_after=LONGEST_PAUSE)
            await self.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
