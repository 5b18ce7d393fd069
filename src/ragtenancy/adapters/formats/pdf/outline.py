"""The outline of a PDF: its bookmarks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import pypdfium2
from msgspec import Struct

_BOOKMARKS = 5_000


class Bookmark(Struct, frozen=True):
    """An entry of the outline; level and page count from 1."""

    title: str
    level: int
    page: int


def bookmarks_of(document: pypdfium2.PdfDocument) -> Sequence[Bookmark]:
    """Return the bookmarks that lead to a page."""
    found = []
    for entry in islice(document.get_toc(max_depth=6), _BOOKMARKS):
        place = entry.get_dest()
        page = place.get_index() if place else None
        if page is not None:
            found.append(Bookmark(entry.get_title(), entry.level + 1, page + 1))
    return found
