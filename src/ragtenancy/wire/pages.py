"""Pages of a list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Generic, TypeVar

from msgspec import Struct

from ragtenancy.domain import pages
from ragtenancy.domain.pages import DEFAULT_LIMIT, BoundedCursor, Limit
from ragtenancy.wire.fields import UserId, about

Item = TypeVar("Item")
Inner = TypeVar("Inner")


class Page(Struct, Generic[Item], frozen=True, kw_only=True):
    """A page of items; `next` is the cursor for `?after=`, null on the last page."""

    items: Annotated[Sequence[Item], about("The items of this page.")]
    next: Annotated[
        str | None, about("The value of `after` for the next page; null on the last page.")
    ] = None


def page_of(found: pages.Page[Inner], view: Callable[[Inner], Item]) -> Page[Item]:
    """Return a domain page as a wire page, converting each item with `view`."""
    return Page(items=[view(item) for item in found.items], next=found.next)


class PageQuery(Struct, frozen=True, kw_only=True):
    """The query parameters for a page."""

    limit: Annotated[Limit, about("The maximum number of items.")] = DEFAULT_LIMIT
    after: Annotated[
        BoundedCursor | None, about("The cursor of the page, from the previous page's `next`.")
    ] = None


class SessionsQuery(PageQuery, frozen=True, kw_only=True):
    """The query parameters for a list of sessions."""

    user_id: Annotated[UserId | None, about("Only this user's sessions.")] = None


class EraseQuery(Struct, frozen=True, kw_only=True):
    """The user whose sessions to erase."""

    user_id: Annotated[UserId, about("The user whose sessions are erased.")]
