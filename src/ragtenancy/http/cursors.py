"""Cursors as callers see them: tied to the list, and to the caller, that they were given for.

A cursor is a tag of eight characters, then the store's cursor. The tag tells lists apart; it keeps
nothing secret, since a cursor only says where a page ends.
"""

from __future__ import annotations

import base64
from hashlib import sha256
from typing import TypeVar

from msgspec import structs

from ragtenancy.domain.errors import MalformedError
from ragtenancy.domain.pages import Cursor
from ragtenancy.http.requests import AnyRequest
from ragtenancy.wire.pages import Page, PageQuery

_TAG = 8  # characters
Item = TypeVar("Item")
Query = TypeVar("Query", bound=PageQuery)


def tag_of(*names: str) -> str:
    """Return the tag of the list that these names identify."""
    digest = sha256("\0".join(names).encode()).digest()
    return base64.urlsafe_b64encode(digest)[:_TAG].decode()


def requested_list(request: AnyRequest) -> str:
    """Return the tag of the list that a request reads: its path and its client."""
    principal = request.state.principal
    scope = getattr(principal, "scope", None)
    return tag_of(request.scope["path"], scope.tenant_uid if scope else "")


def after_in(query: Query, tag: str) -> Query:
    """Return a query with the store's cursor. Raises `MalformedError` for another list's."""
    return query if query.after is None else structs.replace(query, after=opened(query.after, tag))


def opened(cursor: Cursor, tag: str) -> Cursor:
    """Return the store's cursor. Raises `MalformedError` for another list's."""
    if cursor[:_TAG] != tag or len(cursor) == _TAG:
        raise MalformedError(
            "The cursor in `after` is not one of this list.", field="$.after", code="invalid_cursor"
        )
    return Cursor(cursor[_TAG:])


def page_with(page: Page[Item], tag: str) -> Page[Item]:
    """Return a page whose cursor holds for its list alone."""
    return page if page.next is None else structs.replace(page, next=f"{tag}{page.next}")
