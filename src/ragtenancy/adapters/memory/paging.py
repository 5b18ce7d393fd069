"""Pages over what is held in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from ragtenancy.domain.pages import Cursor, Page, decode_cursor, encode_cursor

Item = TypeVar("Item")


def page_of(
    items: Iterable[Item],
    key: Callable[[Item], str],
    *,
    after: Cursor | None,
    limit: int,
    newest_first: bool = False,
) -> Page[Item]:
    """Return the items after a cursor in the order of their keys."""
    ordered = sorted(items, key=key, reverse=newest_first)
    if after is not None:
        last = decode_cursor(after)
        ordered = [i for i in ordered if (key(i) < last if newest_first else key(i) > last)]
    more = len(ordered) > limit
    found = ordered[:limit]
    return Page(items=found, next=encode_cursor(key(found[-1])) if more else None)
