"""Pages of a list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Generic, TypeVar

from msgspec import Meta, Struct

from ragtenancy.wire.fields import UserId

Item = TypeVar("Item")
Limit = Annotated[int, Meta(ge=1, le=100)]
After = Annotated[str, Meta(min_length=1, max_length=2_000)]


class Page(Struct, Generic[Item], frozen=True, kw_only=True):
    """Some items; `next` is the cursor for `?after=`, null on the last page."""

    items: Sequence[Item]
    next: str | None = None


class PageQuery(Struct, frozen=True, kw_only=True):
    """Which page is wanted."""

    limit: Limit = 50
    after: After | None = None


class SessionsQuery(PageQuery, frozen=True, kw_only=True):
    """Which sessions are wanted."""

    user_id: UserId | None = None


class EraseQuery(Struct, frozen=True, kw_only=True):
    """Whose sessions are erased."""

    user_id: UserId
