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
_NARROW = 0.6
_PAIR, _CLOSER = 2, 3


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


class Ordered(Struct, Generic[T], frozen=True, kw_only=True):
    """An item in order; whether it stands in one of several columns, and heads it."""

    item: T
    in_column: bool = False
    heads_column: bool = False


def in_reading_order(
    places: Sequence[Placed[T]], *, right_to_left: bool = False
) -> list[Ordered[T]]:
    """Return the items in the order in which people read them."""
    return _ordered(list(places), right_to_left)


def _ordered(places: Places[T], right_to_left: bool) -> list[Ordered[T]]:  # noqa: FBT001 - recursion
    parts, are_columns = _parts(places) if len(places) > 1 else ([], False)
    if len(parts) <= 1:
        by_place = sorted(places, key=lambda place: (place.top, place.left))
        return [Ordered(item=place.item) for place in by_place]
    if are_columns and right_to_left:
        parts = parts[::-1]
    ordered = [_ordered(part, right_to_left) for part in parts]
    if are_columns and all(len(part) > 1 for part in parts):
        ordered = [list(_headed(part)) for part in ordered]
    return [each for part in ordered for each in part]


def _headed(column: Sequence[Ordered[T]]) -> Iterator[Ordered[T]]:
    for number, each in enumerate(column):
        is_head = number == 0 and not each.in_column
        yield Ordered(item=each.item, in_column=True, heads_column=is_head or each.heads_column)


def _parts(places: Places[T]) -> tuple[list[Places[T]], bool]:
    """Return the parts of a region in order, one if it cannot be cut; and if they are columns."""
    rows, row_gap = _cut(places, lambda place: (place.top, place.bottom))
    columns, column_gap = _cut(places, lambda place: (place.left, place.right))
    if len(columns) == 1:
        return _around_wide(places) or rows, False
    if len(rows) == 1 or not _are_rows(columns, len(rows), row_gap, column_gap):
        return columns, True
    return rows, False


def _are_rows(columns: Sequence[Places[T]], rows: int, row_gap: int, column_gap: int) -> bool:
    """Whether what stands side by side belongs together more than what stands in a column.

    Cards in a grid, labels and a narrow first column (years, names) are read with what is beside
    them, if each row has a box in each column; so are pairs much closer than their rows, and bands
    of several boxes a column.
    """
    if all(len(column) == 1 for column in columns):
        return row_gap > column_gap
    is_grid = all(len(column) == rows for column in columns)
    are_cards = all(place.is_card for column in columns for place in column)
    are_labels = all(place.is_label for place in columns[0])
    is_narrow = _width(columns[0]) < _NARROW * min(map(_width, columns[1:]))
    are_close = len(columns) == _PAIR and row_gap > _CLOSER * column_gap
    are_bands = row_gap >= column_gap and all(len(column) > rows for column in columns)
    return are_labels or are_close or are_bands or (is_grid and (are_cards or is_narrow))


def _width(column: Places[T]) -> int:
    return max(place.right - place.left for place in column)


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
