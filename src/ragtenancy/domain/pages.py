"""Pages of a list, with opaque cursors that stay stable under inserts."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Annotated, Generic, NewType, TypeVar

from msgspec import Meta, Struct

from ragtenancy.domain.errors import MalformedError

Cursor = NewType("Cursor", str)
Item = TypeVar("Item")

DEFAULT_LIMIT = 50
MAX_LIMIT = 100
Limit = Annotated[int, Meta(ge=1, le=MAX_LIMIT)]
BoundedCursor = Annotated[Cursor, Meta(min_length=1, max_length=2_000)]
_MAX_POSITION = 2**63 - 1
_MAX_DIGITS = 19


class Page(Struct, Generic[Item], frozen=True, kw_only=True):
    """Some items and the cursor after the last of them; `next` is None on the last page."""

    items: Sequence[Item]
    next: Cursor | None = None


def encode_cursor(key: str) -> Cursor:
    """Return an opaque cursor that points just after `key`."""
    return Cursor(base64.urlsafe_b64encode(key.encode()).decode().rstrip("="))


def decode_cursor(cursor: Cursor) -> str:
    """Return the key of a cursor; raise `MalformedError` for one that we did not make."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (UnicodeError, binascii.Error):
        raise MalformedError("The cursor `after` is not one of ours.") from None


def position_cursor(position: int) -> Cursor:
    """Return a cursor that points just after a place in a numbered list."""
    return encode_cursor(str(position))


def cursor_position(cursor: Cursor) -> int:
    """Return the place that a cursor points after; raise `MalformedError`."""
    text = decode_cursor(cursor)
    if (
        not (text.isascii() and text.isdecimal())
        or len(text) > _MAX_DIGITS
        or int(text) > _MAX_POSITION
    ):
        raise MalformedError("The cursor `after` is not one of ours.")
    return int(text)


def cut(found: Sequence[Item], limit: int, cursor: Callable[[Item], Cursor]) -> Page[Item]:
    """Return the first `limit` of what was found, and whether that is not all of it."""
    items = tuple(found[:limit])
    more = len(found) > limit and limit > 0
    return Page(items=items, next=cursor(items[-1]) if more else None)
