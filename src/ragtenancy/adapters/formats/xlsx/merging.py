"""Merged areas of a sheet: which cells they show, and which lie under them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from heapq import heappop, heappush
from operator import attrgetter

from msgspec import structs

from ragtenancy.adapters.formats.unread import Unread
from ragtenancy.adapters.formats.xlsx.notes import Place
from ragtenancy.adapters.formats.xlsx.sheets import Range, Sheet, SheetCell


def without_covered(
    sheet: Sheet, hidden_columns: Iterable[int], unread: Unread
) -> tuple[dict[Place, SheetCell], list[Range]]:
    """Return the cells that merged areas leave in sight, and the areas from their first one.

    An area shows the cell in its corner where its first visible row and column meet. Of areas that
    overlap, which Excel does not write, the upper left one counts. Takes n log n steps.
    """
    sweep = _Sweep(sheet.merged)
    rows, columns = _next_visible_row(sheet), _Following(hidden_columns)
    kept: dict[Place, SheetCell] = {}
    shown: dict[Place, SheetCell] = {}
    for place in sorted(sheet.cells):
        area = sweep.over(place)
        if area is None:
            kept[place] = sheet.cells[place]
        elif place == (area.top, area.left):
            shown[rows.first(area.top, area.bottom), columns.first(area.left, area.right)] = (
                sheet.cells[place]
            )
    covered = len(sheet.cells) - len(kept) - len(shown)
    unread.add("value under a merged cell", "values under merged cells", "left out", covered)
    areas = [
        structs.replace(
            area,
            top=rows.first(area.top, area.bottom),
            left=columns.first(area.left, area.right),
        )
        for area in sweep.apart()
    ]
    why = "not taken into account"
    unread.add("overlapping merged area", "overlapping merged areas", why, sweep.overlapping)
    return kept | shown, areas


_LEFT = attrgetter("left")


class _Sweep:
    """Goes down a sheet once, keeping the areas of the current row from left to right."""

    def __init__(self, areas: Iterable[Range]) -> None:
        self.overlapping = 0
        sound = {area for area in areas if area.top <= area.bottom and area.left <= area.right}
        self._coming = sorted(sound, reverse=True)
        self._current: list[Range] = []
        self._ends: list[tuple[int, Range]] = []
        self._apart: list[Range] = []

    def over(self, place: Place) -> Range | None:
        """Return the area that a cell lies in; places are asked for in order."""
        row, column = place
        while self._coming and self._coming[-1].top <= row:
            self._begin(self._coming.pop())
        self._end_before(row)
        at = bisect_right(self._current, column, key=_LEFT) - 1
        area = self._current[at] if at >= 0 else None
        return area if area is not None and column <= area.right else None

    def apart(self) -> Sequence[Range]:
        """Return all areas that overlap none above or left of them."""
        while self._coming:
            self._begin(self._coming.pop())
        return self._apart

    def _begin(self, area: Range) -> None:
        self._end_before(area.top)
        at = bisect_left(self._current, area.left, key=_LEFT)
        before, after = self._current[at - 1 : at] if at else [], self._current[at : at + 1]
        if any(each.right >= area.left for each in before) or any(
            each.left <= area.right for each in after
        ):
            self.overlapping += 1
            return
        self._current.insert(at, area)
        heappush(self._ends, (area.bottom, area))
        self._apart.append(area)

    def _end_before(self, row: int) -> None:
        while self._ends and self._ends[0][0] < row:
            _, area = heappop(self._ends)
            del self._current[bisect_left(self._current, area.left, key=_LEFT)]


class _Following:
    """The next number that is not hidden."""

    def __init__(self, hidden: Iterable[int]) -> None:
        after: dict[int, int] = {}
        for number in sorted(hidden, reverse=True):
            after[number] = after.get(number + 1, number + 1)
        self._after: Mapping[int, int] = after

    def first(self, start: int, end: int) -> int:
        """Return the first visible number of a range, its start if all are hidden."""
        found = self._after.get(start, start)
        return found if found <= end else start


class _Among:
    """The next of the numbers that are not hidden."""

    def __init__(self, visible: Iterable[int]) -> None:
        self._visible = sorted(visible)

    def first(self, start: int, end: int) -> int:
        """Return the first visible number of a range, its start if all are hidden."""
        at = bisect_left(self._visible, start)
        found = self._visible[at] if at < len(self._visible) else start
        return found if found <= end else start


def _next_visible_row(sheet: Sheet) -> _Following | _Among:
    if sheet.shown_rows is None:
        return _Following(sheet.hidden_rows)
    return _Among(sheet.shown_rows - sheet.hidden_rows)
