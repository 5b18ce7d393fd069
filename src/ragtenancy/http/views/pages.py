"""Pages, item by item."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ragtenancy.domain import pages
from ragtenancy.wire.pages import Page

Inner = TypeVar("Inner")
Outer = TypeVar("Outer")


def page(found: pages.Page[Inner], view: Callable[[Inner], Outer]) -> Page[Outer]:
    """Return a page of the domain as clients see it."""
    return Page(items=[view(item) for item in found.items], next=found.next)
