"""Rows of a table without drawn rows: cells of a line, and lines that belong together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import inf
from statistics import median

from msgspec import Struct

from ragtenancy.adapters.formats.pdf.drawings import Box, Rule, between
from ragtenancy.adapters.formats.pdf.lines import LEADER, Line, lacks_room, lines_of
from ragtenancy.adapters.formats.pdf.ruled import Field, Frame
from ragtenancy.adapters.formats.pdf.words import Word

CLOSE = 0.35
"""The least gap between two cells of a row, in sizes of type."""

SHORT = 4.5
"""The most words that a label has, on average."""

_FEW_BANDS = 2
_NARROWEST = 0.1
_GAP = 0.7
_STEPS = 12
NUMBER = re.compile(
    r"[\W_]*(?:[A-Z]{3}\s?)?[($€£¥\u2212\u2013-]*\d[\d.,' \u00a0%)/:\u2212\u2013-]*"
    r"[\w²³%€$]{0,5}\W*\Z"
)

Gutter = tuple[float, float]


class CellWords(Struct):
    """The words of one line in one cell, and how many columns they cover."""

    column: int
    across: int
    words: list[Word]


def text_of_cell(words: Sequence[Word]) -> str:
    """Return words as text."""
    return " ".join(word.text for word in words)


def narrowed(gutter: Gutter, line: Line, close: float = CLOSE) -> list[Gutter]:
    """Return the parts of a gutter that a line leaves free, none if its words run through it."""
    left, right = gutter
    least = close * line.size
    inside: list[Word] = []
    before, after = -inf, inf
    for word in line.words:
        if word.right <= left:
            before = max(before, word.right)
        elif word.left >= right:
            after = word.left
            break
        else:
            inside.append(word)
    if not inside:
        return [gutter] if after - before >= least else []
    edges = [left, *(edge for w in inside for edge in (w.left, w.right)), right]
    pieces = list(zip(edges[::2], edges[1::2], strict=True))
    free = [(a, b) for a, b in pieces if b - a >= least]
    if not free:
        free = [piece for piece in pieces if _is_edge_of_gap(piece, gutter, line, least)]
    cut = inside[0].left > left and inside[-1].right < right
    return free if cut else free[:1] if len(free) < 2 else [max(free, key=lambda g: g[1] - g[0])]


def _is_edge_of_gap(piece: Gutter, gutter: Gutter, line: Line, least: float) -> bool:
    """Return whether a narrow piece at an edge of a gutter belongs to a wide gap of a line."""
    low, high = piece
    if high - low < _NARROWEST * line.size:
        return False
    if low == gutter[0]:
        low = max((w.right for w in line.words if w.right <= low), default=low)
    if high == gutter[1]:
        high = min((w.left for w in line.words if w.left >= high), default=high)
    return high - low >= max(least, _GAP * line.size)


def column_of(word: Word, gutters: Sequence[Gutter]) -> int:
    """Return the column in which most of a word stands."""
    middle = word.middle
    column = 0
    for left, right in gutters:
        if 2 * middle > left + right:
            column += 1
    return column


def cells_of(line: Line, gutters: Sequence[Gutter]) -> list[CellWords]:
    """Return the words of a line by column; words that run through a gutter cover both."""
    cells: list[CellWords] = []
    open_gutters = [bool(narrowed(gutter, line)) for gutter in gutters]
    for word in line.words:
        column = column_of(word, gutters)
        if cells and not any(open_gutters[cells[-1].column + cells[-1].across - 1 : column]):
            cells[-1].across = max(cells[-1].across, column - cells[-1].column + 1)
            cells[-1].words.append(word)
        else:
            cells.append(CellWords(column, 1, [word]))
    for cell in cells:
        cell.words = [w for w in cell.words if not LEADER.match(w.text)] or cell.words[:1]
    return [cell for cell in cells if not all(LEADER.match(w.text) for w in cell.words)]


def frame_of(
    lines: Sequence[Line],
    rows: Sequence[Sequence[CellWords]],
    gutters: Sequence[Gutter],
    rules: Sequence[Rule],
) -> Frame:
    """Return lines in columns as a table; a row may have several lines."""
    starts = _row_starts(lines, rows, gutters, rules)
    fields: dict[tuple[int, int], Field] = {}
    row = -1
    for index, (line, cells) in enumerate(zip(lines, rows, strict=True)):
        row += index in starts
        for cell in cells:
            field = fields.get((row, cell.column))
            if field is None:
                box = Box(cell.words[0].left, line.bottom, cell.words[-1].right, line.top)
                field = Field(
                    row=row, column=cell.column, down=1, across=cell.across, box=box, words=[]
                )
                fields[row, cell.column] = field
            field.words += cell.words
            field.across = max(field.across, cell.across)
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    edges = [left, *((a + b) / 2 for a, b in gutters), right]
    box = Box(left, lines[-1].bottom, right, lines[0].top)
    heights = [*(lines[index].top for index in sorted(starts)), box.bottom]
    return Frame(box=box, columns=edges, rows=heights, fields=list(fields.values()))


def _row_starts(
    lines: Sequence[Line],
    rows: Sequence[Sequence[CellWords]],
    gutters: Sequence[Gutter],
    rules: Sequence[Rule],
) -> set[int]:
    """Return the lines that begin a row."""
    drawn = {0, *_parted_by_rules(lines, rules)}
    if len(drawn) >= max(4, 0.35 * len(lines)) and _holds_rows(drawn, rows):
        return drawn
    pitches = [upper.base - lower.base for upper, lower in pairwise(lines)]
    for spaced in _parted_by_space(pitches):
        if _holds_rows(spaced, rows):
            return spaced
    usual = median(pitches)
    starts = {0, *drawn}
    for index in range(1, len(lines)):
        tight, closer = pitches[index - 1] <= 1.1 * usual, pitches[index - 1] < 0.85 * usual
        if not (tight and _goes_on(rows, index, gutters, lines, is_closer=closer)):
            starts.add(index)
    return starts


def _parted_by_rules(lines: Sequence[Line], rules: Sequence[Rule]) -> list[int]:
    """Return the lines above which a line is drawn."""
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    parted = []
    for index, (upper, lower) in enumerate(pairwise(lines), 1):
        found = between(rules, lower.base + 0.4 * lower.size, upper.base)
        wide = [r for r in found if r.end > left and r.start < right]
        if sum(min(r.end, right) - max(r.start, left) for r in wide) > 0.5 * (right - left):
            parted.append(index)
    return parted


def _parted_by_space(pitches: Sequence[float]) -> Iterator[set[int]]:
    """Yield the first lines of rows that wider space parts, the widest first."""
    steps = sorted({round(pitch, 1) for pitch in pitches})
    for low, high in reversed(list(pairwise(steps))[-_STEPS:]):
        if high < 1.2 * low:
            continue
        bound = (low + high) / 2
        starts = {0, *(index for index, pitch in enumerate(pitches, 1) if pitch > bound)}
        if 3 <= len(starts) <= 0.85 * (len(pitches) + 1):
            yield starts


def _holds_rows(starts: set[int], rows: Sequence[Sequence[CellWords]]) -> bool:
    """Return whether no two lines of a row, the head apart, fill most columns."""
    columns = max(len(row) for row in rows)
    for first, after in pairwise([*sorted(starts), len(rows)]):
        full = [row for row in rows[first:after] if 2 * len(row) > columns and row[0].column == 0]
        numbers = any(NUMBER.match(text_of_cell(cell.words)) for row in full for cell in row)
        if len(full) > 1 and (first > 0 or numbers):
            return False
    return True


def _goes_on(
    rows: Sequence[Sequence[CellWords]],
    index: int,
    gutters: Sequence[Gutter],
    lines: Sequence[Line],
    *,
    is_closer: bool,
) -> bool:
    """Return whether a line's cells are the rest of the cells above."""
    here, above = rows[index], {cell.column: cell for cell in rows[index - 1]}
    if not here or len(here) > max(1, len(gutters) // 2):
        return False
    for cell in here:
        before = above.get(cell.column)
        if before is None or cell.across != before.across or NUMBER.match(text_of_cell(cell.words)):
            return False
        lower = cell.words[0].text[:1].islower() or (is_closer and here[0].column > 0)
        if not lower and (cell.column == 0 or not _is_full(before, cell, gutters, lines)):
            return False
    return True


def _is_full(
    before: CellWords, cell: CellWords, gutters: Sequence[Gutter], lines: Sequence[Line]
) -> bool:
    """Return whether the next word would not have fitted above."""
    last = before.column + before.across - 1
    left = gutters[before.column - 1][0] if before.column else min(line.left for line in lines)
    right = gutters[last][1] if last < len(gutters) else max(line.right for line in lines)
    return lacks_room(before.words, cell.words, (left, right))


def rows_within(frame: Frame) -> Frame:
    """Return a drawn table whose lines part its columns but not its rows, with its rows."""
    bands = {field.row for field in frame.fields if field.words}
    if len(bands) > _FEW_BANDS or any(f.down > 1 or f.across > 1 for f in frame.fields if f.words):
        return frame
    rows: list[Line] = []
    heights: list[list[Line]] = []
    for band in sorted(bands):
        words = [w for f in frame.fields if f.row == band for w in f.words]
        heights.append(lines_of(words))
        rows += heights[-1]
    gutters = _gutters_of(frame)
    cells = [cells_of(line, gutters) for line in rows]
    full = [one for one in cells if 2 * len(one) > len(gutters) + 1 and one[0].column == 0]
    longest = max((len(lines) for lines in heights), default=0)
    labels = all(len(one[0].words) <= SHORT for one in full)
    if not gutters or longest < 3 or len(full) < 3 + len(bands) - 1 or not labels:
        return frame
    new = frame_of(rows, cells, gutters, [])
    return Frame(box=frame.box, columns=frame.columns, rows=new.rows, fields=new.fields)


def _gutters_of(frame: Frame) -> list[Gutter]:
    words = [word for field in frame.fields for word in field.words]
    gutters = []
    for edge in frame.columns[1:-1]:
        left = max((w.right for w in words if w.middle < edge), default=edge)
        right = min((w.left for w in words if w.middle > edge), default=edge)
        gutters.append((min(left, edge), max(right, edge)))
    return gutters
