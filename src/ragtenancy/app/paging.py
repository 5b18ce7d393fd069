"""Iterating over all pages of a list."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

from ragtenancy.domain.pages import MAX_LIMIT, Cursor, Page

Item = TypeVar("Item")


async def every(read: Callable[[Cursor | None, int], Awaitable[Page[Item]]]) -> AsyncIterator[Item]:
    """Yield the items of all pages; `read` takes a cursor and a limit."""
    after: Cursor | None = None
    while True:
        page = await read(after, MAX_LIMIT)
        for item in page.items:
            yield item
        after = page.next
        if after is None:
            return
