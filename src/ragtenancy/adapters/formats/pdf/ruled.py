"""Tables whose cells are drawn: by lines, thin rectangles or frames."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from msgspec import Struct

from ragtenancy.adapters.formats.pdf.drawings import Box, Drawings, Rule, between, merged
from ragtenancy.adapters.formats.pdf.words import Word

_NEAR = 3.0
_CROSSINGS = 50_000
_CELLS = 5_000
_SMALLEST = 3.0
_CROSSED = 0.1
_LEAST_FILLED = 0.2
_GAP = 0.85


class Field(Struct, kw_only=True):
    """A drawn cell: its place among the rows and columns, its box and the words in it."""

    row: int
    column: int
    down: int
    across: int
    box: Box
    words: list[Word]


class Frame(Struct, kw_only=True):
    """A drawn table: edges of its columns from the left, of its rows from the top."""

    box: Box
    columns: list[float]
    rows: list[float]
    fields: list[Field]


def frames_of(drawings: Drawings, words: Sequence[Word]) -> tuple[list[Frame], list[Word]]:
    """Return the drawn tables of a page, and the words outside them."""
    across, upright = merged(drawings.across, _NEAR / 2), merged(drawings.upright, _NEAR / 2)
    frames: list[Frame] = []
    rest = list(words)
    for rows, columns in _connected(across, upright):
        frame = _frame(rows, columns)
        if frame is None:
            continue
        inside = [w for w in rest if frame.box.holds(w.middle, w.base + 0.3 * w.size)]
        if inside and _fill(frame, inside):
            frame.fields = [one for field in frame.fields for one in _as_filled(field, frame)]
            taken = set(map(id, inside))
            rest = [word for word in rest if id(word) not in taken]
            frames.append(frame)
    return frames, rest


def _connected(
    across: Sequence[Rule], upright: Sequence[Rule]
) -> Iterator[tuple[list[Rule], list[Rule]]]:
    """Yield groups of rules that cross or touch each other; none if there are too many."""
    parents = list(range(len(across) + len(upright)))

    def root(index: int) -> int:
        while parents[index] != index:
            parents[index] = parents[parents[index]]
            index = parents[index]
        return index

    crossings = 0
    order = {id(rule): index for index, rule in enumerate(upright, len(across))}
    for index, rule in enumerate(across):
        candidates = between(upright, rule.start - _NEAR, rule.end + _NEAR)
        crossings += len(candidates)
        if crossings > 20 * _CROSSINGS:
            return
        for other in candidates:
            if other.start - _NEAR <= rule.at <= other.end + _NEAR:
                parents[root(order[id(other)])] = root(index)
    groups: defaultdict[int, tuple[list[Rule], list[Rule]]] = defaultdict(lambda: ([], []))
    for index, rule in enumerate((*across, *upright)):
        groups[root(index)][index >= len(across)].append(rule)
    yield from (group for group in groups.values() if group[0] and group[1])


def _frame(across: Sequence[Rule], upright: Sequence[Rule]) -> Frame | None:
    """Return the cells that rules enclose; open edges close where the rules end."""
    columns = _places(
        [*(r.at for r in upright), min(r.start for r in across), max(r.end for r in across)]
    )
    heights = [*(r.at for r in across), min(r.start for r in upright), max(r.end for r in upright)]
    rows = _places(heights)[::-1]
    wide, high = len(columns) - 1, len(rows) - 1
    if wide < 2 or high < 1 or wide * high > _CELLS:
        return None
    box = Box(columns[0], rows[-1], columns[-1], rows[0])
    fields = _fields(columns, rows, across, upright)
    if len({field.column for field in fields}) < 2:
        return None
    return Frame(box=box, columns=columns, rows=rows, fields=fields)


def _places(places: Sequence[float]) -> list[float]:
    kept: list[float] = []
    for place in sorted(places):
        if not kept or place - kept[-1] > _SMALLEST:
            kept.append(place)
    return kept


def _fields(
    columns: Sequence[float], rows: Sequence[float], across: Sequence[Rule], upright: Sequence[Rule]
) -> list[Field]:
    """Return the cells of a lattice, each as wide and high as no line parts it."""
    sides = _Sides(across, upright)
    taken: set[tuple[int, int]] = set()
    fields: list[Field] = []
    wide, high = len(columns) - 1, len(rows) - 1
    for y in range(high):
        for x in range(wide):
            if (y, x) in taken:
                continue
            right, low = x + 1, y + 1
            while (
                right < wide
                and (y, right) not in taken
                and not sides.parts_columns(columns[right], rows[y + 1], rows[y])
            ):
                right += 1
            while low < high and not sides.parts_rows(rows[low], columns[x], columns[right]):
                low += 1
            taken.update((i, j) for i in range(y, low) for j in range(x, right))
            box = Box(columns[x], rows[low], columns[right], rows[y])
            fields.append(Field(row=y, column=x, down=low - y, across=right - x, box=box, words=[]))
    return fields


class _Sides:
    """Looks up whether a rule runs along the side of a cell."""

    def __init__(self, across: Sequence[Rule], upright: Sequence[Rule]) -> None:
        self._across = sorted(across, key=lambda rule: rule.at)
        self._upright = sorted(upright, key=lambda rule: rule.at)

    def parts_columns(self, at: float, bottom: float, top: float) -> bool:
        """Return whether a rule at a distance covers the middle of a height."""
        return _covers(self._upright, at, (bottom + top) / 2)

    def parts_rows(self, at: float, left: float, right: float) -> bool:
        """Return whether a rule at a height covers the middle of a width."""
        return _covers(self._across, at, (left + right) / 2)


def _covers(rules: Sequence[Rule], at: float, middle: float) -> bool:
    near = between(rules, at - _NEAR, at + _NEAR)
    return any(rule.start <= middle <= rule.end for rule in near)


def _fill(frame: Frame, words: Sequence[Word]) -> bool:
    """Place words in cells; return whether the drawing is a table of text at all."""
    at = {
        (y, x): field
        for field in frame.fields
        for y in range(field.row, field.row + field.down)
        for x in range(field.column, field.column + field.across)
    }
    crossed = 0
    for word in words:
        y = _step(frame.rows, word.base + 0.3 * word.size, falling=True)
        field = at[y, _step(frame.columns, word.middle, falling=False)]
        field.words.append(word)
        slack = 0.3 * word.size
        crossed += word.left < field.box.left - slack or word.right > field.box.right + slack
    filled = [field for field in frame.fields if field.words]
    columns = {field.column for field in filled}
    rows = {field.row for field in filled}
    enough = len(filled) >= max(2, _LEAST_FILLED * len(frame.fields))
    return enough and len(columns) > 1 and len(rows) > 0 and crossed <= _CROSSED * len(words)


def _as_filled(field: Field, frame: Frame) -> list[Field]:
    """Return a cell that no line parts as the cells that its words show, if they do.

    Banded rows often have lines in every other row only.
    """
    edges = frame.columns[field.column : field.column + field.across + 1]
    if field.across == 1 or len(field.words) < 2:
        return [field]
    parts: list[list[Word]] = [[] for _ in edges[1:]]
    for word in field.words:
        parts[_step(edges, word.middle, falling=False)].append(word)
    filled = [part for part in parts if part]
    if len(filled) < 2 or not all(_are_apart(one, other) for one, other in pairwise(filled)):
        return [field]
    return [
        Field(
            row=field.row,
            column=field.column + index,
            down=field.down,
            across=1,
            box=Box(left, field.box.bottom, right, field.box.top),
            words=words,
        )
        for index, ((left, right), words) in enumerate(zip(pairwise(edges), parts, strict=True))
    ]


def _are_apart(left: Sequence[Word], right: Sequence[Word]) -> bool:
    gap = min(word.left for word in right) - max(word.right for word in left)
    return gap >= _GAP * right[0].size


def _step(edges: Sequence[float], at: float, *, falling: bool) -> int:
    """Return between which edges a place is."""
    for index, (_, edge) in enumerate(pairwise(edges)):
        if (at >= edge) if falling else (at <= edge):
            return index
    return len(edges) - 2
