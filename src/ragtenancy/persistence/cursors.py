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
    """Return a page of the first `limit` items; a store fetches one more to know if that is all."""
    items = tuple(found[:limit])
    more = len(found) > limit and limit > 0
    return Page(items=items, next=cursor(items[-1]) if more else None)
