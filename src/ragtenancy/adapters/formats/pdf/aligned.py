"""Tables without drawn cells, found by words that stand in columns."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import mean

from msgspec import Struct, structs

from ragtenancy.adapters.formats.pdf.drawings import Rule
from ragtenancy.adapters.formats.pdf.lines import LEADER, MARKER, Line, line_of, segments
from ragtenancy.adapters.formats.pdf.rows import (
    CLOSE,
    NUMBER,
    SHORT,
    CellWords,
    Gutter,
    cells_of,
    column_of,
    frame_of,
    narrowed,
    text_of_cell,
)
from ragtenancy.adapters.formats.pdf.ruled import Frame
from ragtenancy.adapters.formats.pdf.words import Word

_GAP = 0.85
_APART = 0.7
_WIDE = 1.2
_MANY_ROWS = 5
_LONGEST_PITCH = 3.1
_SINGLES = 3
_MOST_GUTTERS = 60
_OTHER_SIZE = 1.25
_LARGER = 1.1
_OFTEN = 0.25
_PROSE = 7.5
_SIGN_AHEAD = 15.0
_SIGN_BEHIND = 2.0
_CURRENCIES = frozenset("$€£¥")
_SUFFIXES = frozenset({"%", ")", ")%"})
_FEWEST_WORDS = 5
_ENDS_SENTENCE = re.compile(r"[.!?。！？][\"'”’»)\]]*\Z")  # noqa: RUF001
_CAPTION = re.compile(r"(?:tab(?:le(?:au)?|la|elle|ell?a?|\.)|таблица|표|表)\s*\d", re.IGNORECASE)
_COUNTS = re.compile(r"\W\Z|\(?(?:\d{1,2}|[A-Za-z]|[ivxIVX]{1,5})[.)]?\Z")
_STARTS_NUMBER = re.compile(r"[(\u2212\u2013\u2014-]?\d|[\u2013\u2014-]\Z")
Part = list[Word]


class Found(Struct, kw_only=True):
    """A run of lines that stand in columns: from the first line to the one after the last."""

    first: int
    after: int
    gutters: list[Gutter]


def aligned_tables(lines: Sequence[Line], rules: Sequence[Rule]) -> list[Line | Frame]:
    """Return the lines of one column of a page, with those in columns of their own as tables.

    Blocks of text side by side that are no table come one after the other.
    """
    lines = [_with_signs(line) for line in lines]
    parts = [
        [line.words] if _is_justified(lines, index) else segments(line, _GAP * line.size)
        for index, line in enumerate(lines)
    ]
    tried = [len(one) < 2 for one in parts]
    taken: list[Found | None] = [None] * len(lines)
    for seed in sorted(range(len(lines)), key=lambda index: (-len(parts[index]), index)):
        if not tried[seed]:
            found = _expanded(seed, lines, parts, taken)
            tried[found.first : found.after] = [True] * (found.after - found.first)
            if found.after - found.first > 1:
                taken[found.first : found.after] = [found] * (found.after - found.first)
    return list(_items(lines, taken, rules))


def _is_justified(lines: Sequence[Line], index: int) -> bool:
    """Return whether a line is prose whose words are spread over the width of its column."""
    line = lines[index]
    words = line.words[1:] if MARKER.match(line.words[0].text) else line.words
    gaps = [after.left - word.right for word, after in pairwise(words)]
    if (
        len(gaps) < 2
        or min(gaps) < 0.4 * line.size
        or max(gaps) > min(3 * line.size, 2.5 * min(gaps))
    ):
        return False
    numbers = sum(any(map(str.isdigit, word.text)) for word in line.words)
    beside = [lines[near] for near in (index - 1, index + 1) if 0 <= near < len(lines)]
    return numbers < 0.3 * len(line.words) and any(
        abs(other.left - words[0].left) < 1.5 and abs(other.right - line.right) < 1.5
        for other in beside
    )


def _with_signs(line: Line) -> Line:
    """Return a line with currency and percent signs joined to their numbers, however far away."""
    texts = {word.text for word in line.words}
    if texts.isdisjoint(_CURRENCIES | _SUFFIXES):
        return line
    words: list[Word] = []
    for word in line.words:
        before = words[-1] if words else None
        if before is not None and _belongs(before, word):
            before = words[-1] = structs.replace(before, text=f"{before.text} {word.text}")
            before.right = word.right
        else:
            words.append(word)
    return structs.replace(line, words=words)


def _belongs(before: Word, word: Word) -> bool:
    gap = (word.left - before.right) / word.size
    if before.text in _CURRENCIES:
        return gap < _SIGN_AHEAD and bool(_STARTS_NUMBER.match(word.text))
    return word.text in _SUFFIXES and gap < _SIGN_BEHIND and before.text[-1].isdigit()


def _items(
    lines: Sequence[Line],
    taken: Sequence[Found | None],
    rules: Sequence[Rule],
) -> Iterator[Line | Frame]:
    index = 0
    while index < len(lines):
        found = taken[index]
        if found is None:
            yield lines[index]
            index += 1
            continue
        run = lines[found.first : found.after]
        cells = [cells_of(line, found.gutters) for line in run]
        wide = max(right - left for left, right in found.gutters) if found.gutters else 0.0
        is_sure = wide >= _WIDE * run[0].size or len(run) >= _MANY_ROWS or _has_numbers(cells)
        if is_sure and _is_table(cells, found.gutters):
            yield frame_of(run, cells, found.gutters, rules)
        elif found.gutters and not _is_list(cells) and _stands_in_blocks(cells, found.gutters, run):
            yield from _by_column(cells)
        else:
            yield from run
        index = found.after


class _Growth:
    """A run of lines that grows around a seed for as long as lines keep its gutters."""

    def __init__(self, lines: Sequence[Line], parts: Sequence[Sequence[Part]], seed: int) -> None:
        self._lines, self._parts, self._seed = lines, parts, seed
        self.gutters = [
            (max(word.right for word in left), right[0].left)
            for left, right in pairwise(parts[seed])
        ]
        self._crossed = [0] * len(self.gutters)
        self._rows = 1

    def grow(self, step: int, taken: Sequence[Found | None]) -> int:
        """Take in lines in one direction; return the last."""
        index, last = self._seed + step, self._seed
        waiting: list[Line] = []
        between: list[Line] = []
        while 0 <= index < len(self._lines) and taken[index] is None:
            line, parts = self._lines[index], self._parts[index]
            if not _near(line, self._lines[index - step]) or not self._fits(line, parts):
                break
            if len(parts) == 1 and self._is_heading(index):
                break
            if len(parts) > 1 and self._is_passage(between[::step]):
                break
            between = [] if len(parts) > 1 else [*between, line]
            close = CLOSE if len(parts) > 1 else _APART
            free = [narrowed(gutter, line, close) for gutter in self.gutters]
            if len(parts) > 1:
                for other in waiting:
                    self._narrow(
                        [narrowed(one, other, _APART) for one in self.gutters], counts=False
                    )
                free = [narrowed(gutter, line) for gutter in self.gutters]
            if len(parts) > 1 or all(free) or self._hangs(line, self._lines[index - step]):
                self._narrow(free, counts=len(parts) > 1)
                last, waiting = index, []
            else:
                waiting.append(line)
                if len(waiting) > _SINGLES or _is_prose(line, self.gutters):
                    break
            index += step
        return last

    def _is_heading(self, index: int) -> bool:
        """Return whether a line is in larger type than the rows, and no second line of a cell."""
        line = self._lines[index]
        larger = line.size > _LARGER * self._lines[self._seed].size
        return larger and not (index and _tight(self._lines[index - 1], line))

    def _is_passage(self, lines: Sequence[Line]) -> bool:
        """Return whether lines between two rows are a caption, or a sentence over columns."""
        if not lines or _CAPTION.match(lines[0].text):
            return bool(lines)
        if sum(len(line.words) for line in lines) < _FEWEST_WORDS:
            return False
        crosses = any(not narrowed(gutter, lines[0], _APART) for gutter in self.gutters)
        return crosses and bool(_ENDS_SENTENCE.search(lines[-1].text))

    def _hangs(self, line: Line, before: Line) -> bool:
        """Return whether a line is the rest of a cell that is not the first of its row."""
        return line.left >= self.gutters[0][0] and abs(before.base - line.base) < 1.6 * line.size

    def _narrow(self, free: Sequence[Sequence[Gutter]], *, counts: bool) -> None:
        gutters: list[Gutter] = []
        crossed: list[int] = []
        for old, new, count in zip(self.gutters, free, self._crossed, strict=True):
            gutters += new or [old]
            crossed += [count + (counts and not new)] * max(1, len(new))
        self._rows += counts
        if len(gutters) <= _MOST_GUTTERS:
            self.gutters, self._crossed = gutters, crossed

    def _fits(self, line: Line, parts: Sequence[Part]) -> bool:
        """Return whether the gaps of a line are gutters, and its type is that of the table."""
        if line.size > _OTHER_SIZE * self._lines[self._seed].size:
            return False
        strange = 0
        for left, right in pairwise(parts):
            low, high = max(word.right for word in left), right[0].left
            strange += all(g[1] <= low or g[0] >= high for g in self.gutters)
        if strange == 1 and len(parts) > 3:
            return all(narrowed(gutter, line) for gutter in self.gutters)
        return strange == 0

    def kept(self) -> list[Gutter]:
        """Return the gutters that few rows run through."""
        pairs = zip(self.gutters, self._crossed, strict=True)
        return [gutter for gutter, count in pairs if count <= _OFTEN * self._rows]


def _expanded(
    seed: int,
    lines: Sequence[Line],
    parts: Sequence[Sequence[Part]],
    taken: Sequence[Found | None],
) -> Found:
    """Return the run of lines around a seed that keep most of its gutters."""
    growth = _Growth(lines, parts, seed)
    after = growth.grow(1, taken) + 1
    first = growth.grow(-1, taken)
    kept = _told_apart(growth.kept(), lines[first:after])
    if not kept:
        return Found(first=seed, after=seed + 1, gutters=[])
    first, after = _trimmed(first, after, lines, kept)
    return Found(first=min(first, seed), after=max(after, seed + 1), gutters=kept)


def _told_apart(gutters: list[Gutter], lines: Sequence[Line]) -> list[Gutter]:
    """Drop gutters between columns of which one has next to nothing and never beside the other.

    A name stands left in its column, its values right: both are one column.
    """
    filled = [{column_of(w, gutters) for w in line.words} for line in lines]
    counts = [sum(c in one for one in filled) for c in range(len(gutters) + 1)]
    kept: list[Gutter] = []
    group = {0}
    for column, gutter in enumerate(gutters, 1):
        beside = any(column in one and group & one for one in filled)
        rare = min(counts[column], sum(counts[c] for c in group)) <= max(2, 0.15 * len(lines))
        if not beside and rare and counts[column]:
            group.add(column)
        else:
            kept.append(gutter)
            group = {column}
    return kept


def _near(line: Line, other: Line) -> bool:
    upper, lower = (line, other) if line.base > other.base else (other, line)
    return upper.base - lower.base < _LONGEST_PITCH * max(upper.size, lower.size)


def _is_prose(line: Line, gutters: Sequence[Gutter]) -> bool:
    """Return whether a line runs through all columns, as a sentence does."""
    crosses = line.left < gutters[0][0] and line.right > gutters[-1][1]
    return crosses and len(line.words) > 2 * len(gutters) + 4


def _trimmed(
    first: int, after: int, lines: Sequence[Line], gutters: Sequence[Gutter]
) -> tuple[int, int]:
    """Drop lines at the ends that are in one column; those that hang below a cell stay."""
    if not gutters:
        return first, after
    while (
        first < after
        and _is_single(lines[first], gutters)
        and not (
            lines[first].left >= gutters[0][0]
            and first + 1 < after
            and _tight(lines[first], lines[first + 1])
        )
    ):
        first += 1
    while (
        first < after
        and _is_single(lines[after - 1], gutters)
        and not (
            lines[after - 1].left >= gutters[0][0] and _tight(lines[after - 2], lines[after - 1])
        )
    ):
        after -= 1
    return first, after


def _tight(upper: Line, lower: Line) -> bool:
    return upper.base - lower.base < 1.6 * lower.size


def _is_single(line: Line, gutters: Sequence[Gutter]) -> bool:
    filled = {column_of(word, gutters) for word in line.words if not LEADER.match(word.text)}
    return len(filled) < 2 or all(not narrowed(gutter, line) for gutter in gutters)


def _is_table(rows: Sequence[Sequence[CellWords]], gutters: Sequence[Gutter]) -> bool:
    """Return whether lines in columns are a table: short cells, most of them filled."""
    if _is_list(rows):
        return False
    full = [row for row in rows if len(row) > 1]
    if len(full) < 2 or (len(full) < 3 and len(gutters) < 2 and not _has_numbers(full)):
        return False
    columns: defaultdict[int, list[Part]] = defaultdict(list)
    for row in rows:
        for cell in row:
            if cell.across == 1:
                columns[cell.column].append(cell.words)
    lengths = {c: mean(len(words) for words in parts) for c, parts in columns.items()}
    if len(lengths) < 2 or sum(length > _PROSE for length in lengths.values()) > 1:
        return False
    marked = [sum(bool(MARKER.match(p[0].text)) for p in parts) for parts in columns.values()]
    if all(n > 0.5 * len(p) for n, p in zip(marked, columns.values(), strict=True)):
        return False
    if len(gutters) > 1:
        return True
    return _is_pair_table(columns, full)


def _is_list(rows: Sequence[Sequence[CellWords]]) -> bool:
    """Return whether the first of two columns has nothing but bullets or counts of a list."""
    if any(cell.column > 1 or cell.across > 1 for row in rows for cell in row):
        return False
    ahead = [text_of_cell(row[0].words) for row in rows if row and row[0].column == 0]
    marked = sum(bool(MARKER.match(text)) for text in ahead)
    return marked > 0.5 * len(ahead) and all(map(_COUNTS.match, ahead))


def _has_numbers(rows: Sequence[Sequence[CellWords]]) -> bool:
    cells = [text_of_cell(cell.words) for row in rows for cell in row if cell.column > 0]
    return bool(cells) and sum(bool(NUMBER.match(cell)) for cell in cells) >= 0.5 * len(cells)


def _is_pair_table(columns: dict[int, list[Part]], full: Sequence[Sequence[CellWords]]) -> bool:
    """Return whether two columns are names and values, not two blocks of text."""
    labels = [text_of_cell(row[0].words) for row in full]
    if _has_numbers(full) or sum(label.endswith(":") for label in labels) >= 0.5 * len(labels):
        return True
    bold = sum(all(w.bold for w in row[0].words) for row in full)
    plain = sum(not any(w.bold for w in row[-1].words) for row in full)
    if bold >= 0.6 * len(full) and plain >= 0.6 * len(full):
        return True
    short = mean(len(words) for words in columns[0]) <= SHORT
    header = all(w.bold for cell in full[0] for w in cell.words)
    rest_is_plain = not any(all(w.bold for w in row[0].words) for row in full[1:])
    return short and len(full) >= 3 and (len(full) >= 6 or (header and rest_is_plain))


def _stands_in_blocks(
    rows: Sequence[Sequence[CellWords]], gutters: Sequence[Gutter], lines: Sequence[Line]
) -> bool:
    """Return whether blocks of several lines stand side by side."""
    widest = max(right - left for left, right in gutters)
    both = sum(len(row) > 1 for row in rows)
    spanning = any(cell.across > 1 for row in rows for cell in row)
    return len(gutters) == 1 and both > 1 and not spanning and widest > 1.2 * lines[0].size


def _by_column(rows: Sequence[Sequence[CellWords]]) -> Iterator[Line]:
    for column in sorted({cell.column for row in rows for cell in row}):
        yield from (line_of(cell.words) for row in rows for cell in row if cell.column == column)
