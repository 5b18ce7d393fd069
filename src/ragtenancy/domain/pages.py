"""Pages of a list, and the bounds of a page request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Generic, NewType, TypeVar

from msgspec import Meta, Struct

Cursor = NewType("Cursor", str)
Item = TypeVar("Item")

DEFAULT_LIMIT = 50
MAX_LIMIT = 100
Limit = Annotated[int, Meta(ge=1, le=MAX_LIMIT)]
BoundedCursor = Annotated[Cursor, Meta(min_length=1, max_length=2_000)]


class Page(Struct, Generic[Item], frozen=True, kw_only=True):
    """Some items and the cursor after the last of them; `next` is None on the last page."""

    items: Sequence[Item]
    next: Cursor | None = None
