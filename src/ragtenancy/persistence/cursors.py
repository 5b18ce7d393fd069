"""Keyset cursors: opaque to clients, stable under inserts."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import TypeVar

from ragtenancy.domain.errors import MalformedError
from ragtenancy.domain.pages import Cursor, Page

Item = TypeVar("Item")
_MAX_POSITION = 2**63 - 1
_MAX_DIGITS = 19


def encode_cursor(key: str) -> Cursor:
    """Return a cursor that points just after `key`."""
    return Cursor(base64.urlsafe_b64encode(key.encode()).decode().rstrip("="))


def decode_cursor(cursor: Cursor) -> str:
    """Return a cursor's key. Raises `MalformedError` if this service did not issue it."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (UnicodeError, binascii.Error):
        raise _invalid() from None


def position_cursor(position: int) -> Cursor:
    """Return a cursor that points just after a position in a numbered list."""
    return encode_cursor(str(position))


def cursor_position(cursor: Cursor) -> int:
    """Return the position that a cursor points after. Raises `MalformedError`."""
    text = decode_cursor(cursor)
    if (
        not (text.isascii() and text.isdecimal())
        or len(text) > _MAX_DIGITS
        or int(text) > _MAX_POSITION
    ):
        raise _invalid()
    return int(text)


def _invalid() -> MalformedError:
    return MalformedError(
        "The cursor in `after` was not issued by this service.", code="invalid_cursor"
    )


def cut(found: Sequence[Item], limit: int, cursor: Callable[[Item], Cursor]) -> Page[Item]:
    """Return a page of the first `limit` items.

    Stores fetch `limit` + 1 items, so that an extra one shows there is a next page.
    """
    items = tuple(found[:limit])
    more = len(found) > limit and limit > 0
    return Page(items=items, next=cursor(items[-1]) if more else None)
