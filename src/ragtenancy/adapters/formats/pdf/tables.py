"""Tables of a PDF as grids: texts of cells, rows within frames, tables over page ends."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import inf

from ragtenancy.adapters.formats.pdf.drawings import Box
from ragtenancy.adapters.formats.pdf.lines import is_from_right, lines_of
from ragtenancy.adapters.formats.pdf.passages import Passage
from ragtenancy.adapters.formats.pdf.rows import NUMBER, rows_within, text_of_cell
from ragtenancy.adapters.formats.pdf.ruled import Field, Frame
from ragtenancy.adapters.formats.pdf.wording import Vocabulary, joined
from ragtenancy.domain.grids import Cell, Grid
from ragtenancy.domain.visible_text import visible_text

_CHECKS = 2_000
_SAME_EDGE = 6.0
_HIGHEST_HEAD = 3
_LOOKED = 100
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


def grid_of(frame: Frame, known: Vocabulary, surfaces: Sequence[Box]) -> Grid:
    """Return the cells of a table with their texts and looks."""
    cells = []
    whole = rows_within(frame)
    mirrored = is_from_right(word for field in whole.fields for word in field.words)
    width = max((field.column + field.across for field in whole.fields), default=0)
    shades = [box for box in surfaces[:_CHECKS] if _overlap(box, frame.box)]
    for field in whole.fields:
        if not field.words:
            continue
        lines = lines_of(field.words)
        text = visible_text(joined([line.text for line in lines], known))
        cells.append(
            Cell(
                row=field.row,
                column=width - field.column - field.across if mirrored else field.column,
                text=text,
                down=field.down,
                across=field.across,
                is_bold=all(word.bold for word in field.words),
                is_shaded=_is_shaded(field, shades),
            )
        )
    return Grid(cells=cells, is_table=True)


def _overlap(one: Box, other: Box) -> bool:
    across = one.left < other.right and other.left < one.right
    return across and one.bottom < other.top and other.bottom < one.top


def _is_shaded(field: Field, surfaces: Sequence[Box]) -> bool:
    word = field.words[0]
    return any(box.holds(word.middle, word.base + 0.3 * word.size) for box in surfaces)


def whole_tables(passages: Sequence[Passage]) -> list[Passage]:
    """Return passages with tables whole that go on on the next page; a repeated head is dropped."""
    kept: list[Passage] = []
    for passage in passages:
        before = next((one for one in reversed(kept) if not one.is_note), None)
        if before is not None and _continues(before, passage):
            _append(before, passage)
        else:
            kept.append(passage)
    return kept


def _continues(before: Passage, passage: Passage) -> bool:
    first, second = before.frame, passage.frame
    if first is None or second is None or passage.page <= before.page:
        return False
    if len(first.columns) != len(second.columns):
        return False
    pairs = zip(first.columns, second.columns, strict=True)
    alike = all(abs(one - two) < _SAME_EDGE for one, two in pairs)
    return alike or _stand_in_line(first, second) or _begin_alike(first, second)


def _begin_alike(first: Frame, second: Frame) -> bool:
    texts = _first_texts(first).get(0)
    return bool(texts) and texts == _first_texts(second).get(0)


def _stand_in_line(first: Frame, second: Frame) -> bool:
    """Return whether the words of each column stand below those of the same column alone.

    A head in bold type begins a table of its own.
    """
    if _is_set_off(second, 0):
        return False
    above, below = _extents(first), _extents(second)
    pairs = [(x, y) for x in above for y in below if _share(above[x], below[y])]
    return len(pairs) > 1 and all(x == y for x, y in pairs) and len(pairs) == len(below)


def _extents(frame: Frame) -> dict[int, tuple[float, float]]:
    """Return where the words of each column begin and end, those of wider cells apart."""
    found: dict[int, tuple[float, float]] = {}
    for field in frame.fields:
        if field.across == 1 and field.words:
            low, high = found.get(field.column, (inf, -inf))
            left, right = min(w.left for w in field.words), max(w.right for w in field.words)
            found[field.column] = min(low, left), max(high, right)
    return found


def _share(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _append(before: Passage, passage: Passage) -> None:
    first, second = before.frame, passage.frame
    if first is None or second is None:
        return
    second = rows_within(second)
    first = before.frame = rows_within(first)
    repeated = _repeated_rows(first, second)
    shift = len(first.rows) - 1 - repeated
    for field in second.fields:
        if field.row >= repeated:
            field.row += shift
            first.fields.append(field)
    bottom = first.rows[-1]
    first.rows += [bottom - 1.0 - index for index in range(len(second.rows) - 1 - repeated)]


def _repeated_rows(first: Frame, second: Frame) -> int:
    """Return how many rows of a table's head stand again above its next part."""
    above, below = _first_texts(first), _first_texts(second)
    repeated = 0
    while repeated < _HIGHEST_HEAD and _is_head_again(first, above, below, repeated):
        repeated += 1
    return repeated


def _is_head_again(
    first: Frame, above: Mapping[int, list[str]], below: Mapping[int, list[str]], row: int
) -> bool:
    """Return whether a row is part of a head, not data that happens to stand there twice.

    A row that stands elsewhere too is data, and so is one with numbers in plain type.
    """
    texts = above.get(row)
    if not texts or texts != below.get(row):
        return False
    later = [other for at, other in below.items() if at > row]
    others = [other for at, other in above.items() if at != row]
    if texts in later or texts in others:
        return False
    if row and _is_under_span(first, row):
        return True
    return _is_set_off(first, row) or (row == 0 and not any(map(_is_value, texts)))


def _is_under_span(frame: Frame, row: int) -> bool:
    """Return whether a cell of the row above spans several columns, or reaches into a row."""
    above = (field for field in frame.fields if field.row < row and field.words)
    return any(f.row + f.down > row or (f.row == row - 1 and f.across > 1) for f in above)


def _is_set_off(frame: Frame, row: int) -> bool:
    """Return whether a row is in bold type and others are not."""
    bold = {
        is_own: all(w.bold for f in frame.fields if (f.row == row) is is_own for w in f.words)
        for is_own in (True, False)
    }
    return bold[True] and not bold[False]


def _is_value(text: str) -> bool:
    return bool(NUMBER.match(text)) and not _YEAR.search(text)


def _first_texts(frame: Frame) -> dict[int, list[str]]:
    """Return the texts of the first rows, from left to right."""
    rows: dict[int, list[Field]] = {}
    for field in frame.fields:
        if field.row < _LOOKED and field.words:
            rows.setdefault(field.row, []).append(field)
    return {
        row: [text_of_cell(field.words) for field in sorted(fields, key=lambda each: each.column)]
        for row, fields in rows.items()
    }
