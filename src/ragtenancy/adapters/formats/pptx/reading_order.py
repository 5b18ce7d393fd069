"""Reading order of boxes on a slide: recursive XY-cut (Nagy and Seth, 1984).

A region is cut into columns or into rows, and each part is read in turn. Boxes that span the
region part it into what is above and what is below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar

from msgspec import Struct

T = TypeVar("T")
_TOLERANCE = 25_400
_WIDE = 0.6


class Placed(Struct, Generic[T], frozen=True, kw_only=True):
    """An item and its rectangle, in any one unit.

    A card makes sense alone: it has several lines. A label ends with a colon.
    """

    item: T
    left: int
    top: int
    right: int
    bottom: int
    is_card: bool = False
    is_label: bool = False


Places = list[Placed[T]]
Span = Callable[[Placed[T]], tuple[int, int]]


def in_reading_order(places: Sequence[Placed[T]], *, right_to_left: bool = False) -> list[T]:
    """Return the items in the order in which people read them."""
    return [place.item for place in _ordered(list(places), right_to_left)]


def _ordered(places: Places[T], right_to_left: bool) -> Places[T]:  # noqa: FBT001 - recursion
    parts = _parts(places, right_to_left) if len(places) > 1 else []
    if len(parts) <= 1:
        return sorted(places, key=lambda place: (place.top, place.left))
    return [place for part in parts for place in _ordered(part, right_to_left)]


def _parts(places: Places[T], right_to_left: bool) -> list[Places[T]]:  # noqa: FBT001 - as above
    """Return the parts of a region in order, one if it cannot be cut."""
    rows, row_gap = _cut(places, lambda place: (place.top, place.bottom))
    columns, column_gap = _cut(places, lambda place: (place.left, place.right))
    if len(columns) == 1:
        return _around_wide(places) or rows
    if len(rows) == 1 or _are_columns(columns, len(rows), column_gap - row_gap):
        return columns[::-1] if right_to_left else columns
    return rows


def _are_columns(columns: Sequence[Places[T]], rows: int, excess: int) -> bool:
    """Whether each column belongs together more than each row does.

    `excess` is how much wider the gap between columns is than that between rows.
    """
    several = [column for column in columns if len(column) > 1]
    are_cards = all(place.is_card for column in columns for place in column)
    are_labels = all(place.is_label for place in columns[0])
    if len(several) < len(columns) or are_cards or are_labels:
        return len(several) > 0 and not are_labels and not are_cards and excess > 0
    return len(columns) > rows or excess >= 0


def _around_wide(places: Places[T]) -> list[Places[T]]:
    """Return what is above a box that spans the region, the box, and what is below; none if none."""
    left, right = min(place.left for place in places), max(place.right for place in places)
    wide = (place for place in places if place.right - place.left > _WIDE * (right - left))
    spanning = next(wide, None)
    if spanning is None:
        return []
    middle = spanning.top + spanning.bottom
    others = [place for place in places if place is not spanning]
    above = [place for place in others if place.top + place.bottom < middle]
    below = [place for place in others if place.top + place.bottom >= middle]
    return [part for part in (above, [spanning], below) if part]


def _cut(places: Places[T], span: Span[T]) -> tuple[list[Places[T]], int]:
    """Return the places, parted at every gap of at least half the widest, and the widest gap."""
    ordered = sorted(places, key=span)
    gaps = list(_gaps([span(place) for place in ordered]))
    widest = max((gap for gap in gaps if gap is not None), default=0)
    parts: list[Places[T]] = [[ordered[0]]]
    for place, gap in zip(ordered[1:], gaps, strict=True):
        if gap is not None and gap >= widest / 2:
            parts.append([])
        parts[-1].append(place)
    return parts, widest


def _gaps(spans: Sequence[tuple[int, int]]) -> Iterator[int | None]:
    """Yield the gap before each span but the first, None for one that overlaps those before."""
    end = spans[0][1]
    for start, stop in spans[1:]:
        yield max(start - end, 0) if start >= end - _TOLERANCE else None
        end = max(end, stop)
