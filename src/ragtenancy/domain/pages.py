"""Pages of a list, with opaque cursors that stay stable under inserts."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Generic, NewType, TypeVar

from msgspec import Struct

from ragtenancy.domain.errors import MalformedError

Cursor = NewType("Cursor", str)
Item = TypeVar("Item")

DEFAULT_LIMIT = 50
MAX_LIMIT = 100


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
