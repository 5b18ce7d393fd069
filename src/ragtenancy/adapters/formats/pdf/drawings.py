"""Lines and surfaces drawn on a page: borders, rules, shading, and the places of pictures."""

from __future__ import annotations

import ctypes
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

import pypdfium2
from msgspec import Struct
from pypdfium2 import raw

from ragtenancy.adapters.formats.pdf.native import INT as _INT
from ragtenancy.adapters.formats.pdf.native import VOID as _VOID
from ragtenancy.adapters.formats.pdf.native import native

OBJECTS = 50_000
RULES = 20_000
_DEPTH = 4
_SEGMENTS = 400
_THIN = 2.5
_SHORTEST = 4.0
_PALE = 250

Matrix = tuple[float, float, float, float, float, float]
_IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


class Rule(Struct, frozen=True, gc=False):
    """A straight line: at a height from left to right, or at a distance from bottom to top."""

    at: float
    start: float
    end: float


class Box(Struct, frozen=True, gc=False):
    """A rectangle."""

    left: float
    bottom: float
    right: float
    top: float

    def holds(self, x: float, y: float) -> bool:
        """Return whether a point is inside."""
        return self.left <= x <= self.right and self.bottom <= y <= self.top


class Drawings(Struct):
    """What is drawn on a page apart from text; `is_cut` if there was too much of it."""

    across: list[Rule]
    upright: list[Rule]
    surfaces: list[Box]
    pictures: list[Box]
    is_cut: bool = False

    def add(self, box: Box) -> None:
        """Add a thin rectangle as a rule."""
        width, height = box.right - box.left, box.top - box.bottom
        if height <= _THIN and width >= max(_SHORTEST, 2 * height):
            self.across.append(Rule((box.bottom + box.top) / 2, box.left, box.right))
        elif width <= _THIN and height >= max(_SHORTEST, 2 * width):
            self.upright.append(Rule((box.left + box.right) / 2, box.bottom, box.top))

    def turned(self, turn: int) -> Drawings:
        """Return the drawings in the frame of turned text."""
        if not turn:
            return self
        new = Drawings([], [], [turned_box(b, turn) for b in self.surfaces], [], self.is_cut)
        new.pictures = [turned_box(b, turn) for b in self.pictures]
        for rule in self.across:
            new.add(turned_box(Box(rule.start, rule.at, rule.end, rule.at), turn))
        for rule in self.upright:
            new.add(turned_box(Box(rule.at, rule.start, rule.at, rule.end), turn))
        return new


def turned_box(box: Box, turn: int) -> Box:
    """Return a rectangle in the frame of turned text."""
    left, bottom, right, top = box.left, box.bottom, box.right, box.top
    return (
        box,
        Box(bottom, -right, top, -left),
        Box(-right, -top, -left, -bottom),
        Box(-top, left, -bottom, right),
    )[turn]


_object_at = native("FPDFPage_GetObject", _VOID, _VOID, _INT)
_part_at = native("FPDFFormObj_GetObject", _VOID, _VOID, ctypes.c_ulong)
_type_of = native("FPDFPageObj_GetType", _INT, _VOID)
_bounds_of = native("FPDFPageObj_GetBounds", _INT, _VOID, _VOID, _VOID, _VOID, _VOID)
_draw_mode = native("FPDFPath_GetDrawMode", _INT, _VOID, _VOID, _VOID)
_stroke_colour = native("FPDFPageObj_GetStrokeColor", _INT, _VOID, _VOID, _VOID, _VOID, _VOID)
_fill_colour = native("FPDFPageObj_GetFillColor", _INT, _VOID, _VOID, _VOID, _VOID, _VOID)
_segments_of = native("FPDFPath_CountSegments", _INT, _VOID)
_segment_at = native("FPDFPath_GetPathSegment", _VOID, _VOID, _INT)
_point_of = native("FPDFPathSegment_GetPoint", _INT, _VOID, _VOID, _VOID)
_kind_of = native("FPDFPathSegment_GetType", _INT, _VOID)
_closes = native("FPDFPathSegment_GetClose", _INT, _VOID)


def drawings_of(page: pypdfium2.PdfPage) -> Drawings:
    """Return the drawings of a page."""
    drawn = Drawings([], [], [], [])
    count = raw.FPDFPage_CountObjects(page.raw)
    drawn.is_cut = count > OBJECTS
    address = ctypes.cast(page.raw, _VOID).value
    items = (_object_at(address, index) for index in range(min(count, OBJECTS)))
    _Drawing(drawn).read(items, _IDENTITY, _DEPTH)
    return drawn


class _Drawing:
    """One page's objects while they are read."""

    def __init__(self, drawn: Drawings) -> None:
        self._drawn = drawn
        self._left = OBJECTS
        self._floats = (ctypes.c_float * 4)()
        self._numbers = (ctypes.c_uint * 4)()
        start = ctypes.addressof(self._floats)
        self._places = tuple(start + 4 * index for index in range(4))
        start = ctypes.addressof(self._numbers)
        self._counts = tuple(start + 4 * index for index in range(4))

    def read(self, items: Iterable[int], matrix: Matrix, depth: int) -> None:
        """Read objects, and those inside forms to a depth."""
        for item in items:
            kind = _type_of(item)
            if kind == raw.FPDF_PAGEOBJ_TEXT:
                continue
            self._left -= 1
            if self._left < 0:
                self._drawn.is_cut = True
                return
            if kind == raw.FPDF_PAGEOBJ_PATH:
                self._path(item, matrix)
            elif kind in (raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_SHADING):
                self._picture(item, matrix, kind)
            elif kind == raw.FPDF_PAGEOBJ_FORM and depth > 1:
                self._form(item, matrix, depth)

    def _form(self, item: int, matrix: Matrix, depth: int) -> None:
        typed = ctypes.cast(item, raw.FPDF_PAGEOBJECT)
        found = raw.FS_MATRIX()
        if not raw.FPDFPageObj_GetMatrix(typed, found):
            return
        own = (found.a, found.b, found.c, found.d, found.e, found.f)
        count = min(max(0, raw.FPDFFormObj_CountObjects(typed)), self._left)
        items = (_part_at(item, index) for index in range(count))
        self.read(items, _times(own, matrix), depth - 1)

    def _picture(self, item: int, matrix: Matrix, kind: int) -> None:
        box = self._bounds(item, matrix)
        if box is not None and len(self._drawn.pictures) < RULES:
            self._drawn.pictures.append(box)
        if box is not None and kind == raw.FPDF_PAGEOBJ_SHADING:
            self._drawn.surfaces.append(box)

    def _bounds(self, item: int, matrix: Matrix) -> Box | None:
        if not _bounds_of(item, *self._places):
            return None
        left, bottom, right, top = self._floats
        return _placed(left, bottom, right, top, matrix)

    def _path(self, item: int, matrix: Matrix) -> None:
        drawn = self._drawn
        if len(drawn.across) + len(drawn.upright) > RULES or len(drawn.surfaces) > RULES:
            drawn.is_cut = True
            return
        if not _draw_mode(item, *self._counts[:2]):
            return
        fill, stroke = map(bool, self._numbers[:2])
        box = self._bounds(item, matrix) if fill or stroke else None
        if box is None:
            return
        thin = min(box.right - box.left, box.top - box.bottom) <= _THIN
        if thin and self._is_dark(item, stroke=stroke):
            drawn.add(box)
        elif not thin and fill and self._is_dark(item, stroke=False):
            drawn.surfaces.append(box)
        if not thin and stroke and self._is_dark(item, stroke=True):
            self._strokes(item, matrix)

    def _is_dark(self, item: int, *, stroke: bool) -> bool:
        """Return whether a colour differs from white."""
        colour = _stroke_colour if stroke else _fill_colour
        if not colour(item, *self._counts):
            return True
        red, green, blue, alpha = self._numbers
        return bool(alpha > 0 and min(red, green, blue) < _PALE)

    def _strokes(self, item: int, matrix: Matrix) -> None:
        """Add the straight parts of an outline."""
        count = _segments_of(item)
        if not 0 < count <= _SEGMENTS:
            return
        begun = before = (0.0, 0.0)
        for index in range(count):
            part = _segment_at(item, index)
            _point_of(part, *self._places[:2])
            here, kind = (self._floats[0], self._floats[1]), _kind_of(part)
            if kind == raw.FPDF_SEGMENT_MOVETO:
                begun = here
            elif kind == raw.FPDF_SEGMENT_LINETO:
                self._drawn.add(_placed(*before, *here, matrix))
            if _closes(part):
                self._drawn.add(_placed(*here, *begun, matrix))
            before = here


def _times(own: Matrix, outer: Matrix) -> Matrix:
    a, b, c, d, e, f = own
    p, q, r, s, t, u = outer
    return (
        a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s,
        e * p + f * r + t, e * q + f * s + u,
    )  # fmt: skip


def _placed(x: float, y: float, right: float, top: float, matrix: Matrix) -> Box:
    """Return the box around two corners after a transformation."""
    if matrix is _IDENTITY:
        low, high = (x, right) if x <= right else (right, x)
        return Box(low, y, high, top) if y <= top else Box(low, top, high, y)
    a, b, c, d, e, f = matrix
    first = (a * x + c * y + e, b * x + d * y + f)
    second = (a * right + c * top + e, b * right + d * top + f)
    return Box(
        min(first[0], second[0]),
        min(first[1], second[1]),
        max(first[0], second[0]),
        max(first[1], second[1]),
    )


def merged(rules: Sequence[Rule], near: float) -> list[Rule]:
    """Return rules with those joined that lie on one line and touch, sorted by place."""
    rows: list[list[Rule]] = []
    for rule in sorted(rules, key=lambda rule: rule.at):
        if rows and rule.at - rows[-1][0].at <= near:
            rows[-1].append(rule)
        else:
            rows.append([rule])
    return [joined for row in rows for joined in _spans(row, near)]


def _spans(row: Sequence[Rule], near: float) -> list[Rule]:
    at = sum(rule.at for rule in row) / len(row)
    spans: list[list[float]] = []
    for rule in sorted(row, key=lambda rule: rule.start):
        if spans and rule.start <= spans[-1][1] + near:
            spans[-1][1] = max(spans[-1][1], rule.end)
        else:
            spans.append([rule.start, rule.end])
    return [Rule(at, start, end) for start, end in spans]


def between(rules: Sequence[Rule], low: float, high: float) -> Sequence[Rule]:
    """Return the rules at places in a range; they are sorted by place."""
    first = bisect_left(rules, low, key=lambda rule: rule.at)
    return rules[first : bisect_right(rules, high, key=lambda rule: rule.at)]
