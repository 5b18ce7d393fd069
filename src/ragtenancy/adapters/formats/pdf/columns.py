"""Columns of a page, and the order in which they are read."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median_low

from msgspec import Struct

from ragtenancy.adapters.formats.pdf.aligned import aligned_tables
from ragtenancy.adapters.formats.pdf.drawings import Drawings, Rule, merged
from ragtenancy.adapters.formats.pdf.lines import (
    Line,
    is_from_right,
    line_of,
    lines_of,
    segments,
)
from ragtenancy.adapters.formats.pdf.ruled import Frame, frames_of
from ragtenancy.adapters.formats.pdf.words import Word

_LINES = 3_000
_GUTTER = 0.9
_FEWEST = 3
_DENSE = 0.6
_WORDS = 3.4
_FEWER_WORDS = 2.6
_LONG = 8
_DEPTH = 3
_ONE_SIDED = 12
_MISSES = 4

Item = Line | Frame
Gap = tuple[float, float]


class Column(Struct, kw_only=True):
    """Lines and tables that follow each other from top to bottom."""

    items: list[Item]

    def lines(self) -> Iterator[Line]:
        """Yield the lines, those of tables apart."""
        return (item for item in self.items if isinstance(item, Line))


def columns_of(words: Sequence[Word], drawings: Drawings) -> list[Column]:
    """Return a page's columns in reading order."""
    frames, rest = frames_of(drawings, words)
    rules = merged(drawings.across, 1.5)
    lines = lines_of(rest)
    items: list[Item] = sorted([*lines, *frames], key=lambda item: -_top(item))
    if len(items) > _LINES:
        return [Column(items=items)]
    columns = [Column(items=with_tables(band, rules)) for band in _bands(items, _DEPTH)]
    return [column for column in columns if column.items]


def with_tables(items: Sequence[Item], rules: Sequence[Rule]) -> list[Item]:
    """Return items with runs of lines replaced by the tables that they are."""
    found: list[Item] = []
    run: list[Line] = []
    for item in items:
        if isinstance(item, Line):
            run.append(item)
            continue
        found += aligned_tables(run, rules)
        run = []
        found.append(item)
    return found + list(aligned_tables(run, rules))


def _bands(items: Sequence[Item], depth: int) -> list[list[Item]]:
    """Return runs of items in reading order; columns of prose come one after the other."""
    done: list[list[Item]] = []
    flow: list[Item] = []
    index = misses = 0
    search = _Gutters(items) if depth else None
    while index < len(items):
        after, gaps = search.from_item(index) if search else (index, [])
        parts: list[list[Item]] = []
        if search and gaps and after - index >= _FEWEST and search.may_be_prose(index, after, gaps):
            parts = _parted(items[index:after], gaps)
        if not _are_prose(parts):
            misses += 1
            step = 1 if misses <= _MISSES else max(1, (after - index) // 4)
            flow += items[index : index + step]
            index += step
            continue
        misses, tail = 0, _tail(parts)
        if _are_from_right(parts):
            parts.reverse()
        if flow:
            done.append(flow)
        for part in parts:
            done += _bands(part, depth - 1)
        flow = tail
        index = after
    return [*done, flow] if flow else done


class _Gutters:
    """Finds white space that runs down between items."""

    def __init__(self, items: Sequence[Item]) -> None:
        sizes = [item.size for item in items if isinstance(item, Line)]
        self._least = _GUTTER * (median_low(sizes) if sizes else 8.0)
        self._spans = [_spans(item, self._least) for item in items]
        self._low = min(map(_left, items), default=0.0)
        self._high = max(map(_right, items), default=0.0)
        self._words = [_weights(item) for item in items]

    def from_item(self, first: int) -> tuple[int, list[Gap]]:
        """Return how far gutters run that begin at an item, and the gutters there."""
        free: list[Gap] = [(self._low, self._high)]
        best, gutters = first, []
        low, high = self._high, self._low
        for index in range(first, len(self._spans)):
            spans = self._spans[index]
            free = _still_free(free, spans, self._least)
            low, high = min(low, spans[0][0]), max(high, spans[-1][1])
            two_sided = [gap for gap in free if low < gap[0] and high > gap[1]]
            if two_sided:
                best, gutters = index + 1, two_sided
            elif gutters or not free or index - first > _ONE_SIDED:
                break
        return best, gutters

    def may_be_prose(self, first: int, after: int, gaps: Sequence[Gap]) -> bool:
        """Return whether the columns between gutters have words enough for prose.

        It spares cutting the lines of most tables.
        """
        edges = [(left + right) / 2 for left, right in sorted(gaps)]
        lines, total = [0] * (len(edges) + 1), [0.0] * (len(edges) + 1)
        for words in self._words[first:after]:
            filled: set[int] = set()
            for middle, weight in words:
                column = bisect_left(edges, middle)
                total[column] += weight
                filled.add(column)
            for column in filled:
                lines[column] += 1
        least = min(_WORDS, _FEWER_WORDS)
        main = [c for c, count in enumerate(lines) if count > 0.15 * sum(lines)]
        return sum(total[c] >= least * lines[c] for c in main) > 1


def _weights(item: Item) -> list[tuple[float, float]]:
    """Return the middles of a line's words, and how many words each counts for at most."""
    if isinstance(item, Frame):
        return []
    return [
        (w.middle, max(1.0 + w.text.count(" "), 0.0 if w.text.isascii() else len(w.text) / 3))
        for w in item.words
    ]


def _still_free(free: Sequence[Gap], spans: Sequence[Gap], least: float) -> list[Gap]:
    """Return what spans leave of gaps, both from left to right."""
    kept: list[Gap] = []
    for low, high in free:
        start = low
        for left, right in spans:
            if right <= start:
                continue
            if left >= high:
                break
            if left - start >= least:
                kept.append((start, left))
            start = right
        if high - start >= least:
            kept.append((start, high))
    return kept


def _spans(item: Item, least: float) -> list[Gap]:
    if isinstance(item, Frame):
        return [(item.box.left, item.box.right)]
    parts = segments(item, least)
    return [(part[0].left, part[-1].right) for part in parts]


def _parted(items: Sequence[Item], gaps: Sequence[Gap]) -> list[list[Item]]:
    """Return the items by column; a line in several columns is cut at the gutters."""
    edges = [(left + right) / 2 for left, right in sorted(gaps)]
    parts: list[list[Item]] = [[] for _ in range(len(edges) + 1)]
    for item in items:
        if isinstance(item, Frame):
            parts[sum(item.box.left + 1 > edge for edge in edges)].append(item)
            continue
        cut: list[list[Word]] = [[] for _ in parts]
        for word in item.words:
            cut[bisect_left(edges, word.middle)].append(word)
        for part, words in zip(parts, cut, strict=True):
            if words:
                part.append(line_of(words))
    return [part for part in parts if part]


def _are_prose(parts: Sequence[Sequence[Item]]) -> bool:
    """Return whether columns are text that is read down, not the columns of a table."""
    if len(parts) < 2:
        return False
    total = sum(len(part) for part in parts)
    main = [part for part in parts if len(part) > 0.15 * total]
    return len(main) > 1 and all(_is_prose(part) for part in main)


def _is_prose(items: Sequence[Item]) -> bool:
    lines = [item for item in items if isinstance(item, Line)]
    if len(lines) < _FEWEST:
        return False
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    dense = sum(line.right - line.left >= _DENSE * (right - left) for line in lines)
    words = sum(_words(line) for line in lines) / len(lines)
    least = _WORDS if len(lines) < _LONG else _FEWER_WORDS
    return dense >= 0.5 * len(lines) and words >= least


def _words(line: Line) -> float:
    """Return the words of a line; scripts without spaces count by their length."""
    wide = sum(ord(c) > 0x2E7F for w in line.words if not w.text.isascii() for c in w.text)
    return max(sum(1 + w.text.count(" ") for w in line.words), wide / 3)


def _are_from_right(parts: Sequence[Sequence[Item]]) -> bool:
    lines = (item for part in parts for item in part if isinstance(item, Line))
    return is_from_right(word for line in lines for word in line.words)


def _tail(parts: list[list[Item]]) -> list[Item]:
    """Take off the lines that stand below all columns but the first, after a gap."""
    lowest = min(_bottom(part[-1]) for part in parts[1:])
    first = parts[0]
    for index, (upper, lower) in enumerate(pairwise(first), 1):
        size = lower.size if isinstance(lower, Line) else 10.0
        if _top(lower) < lowest and _bottom(upper) - _top(lower) > 0.9 * size:
            tail = first[index:]
            del first[index:]
            return tail
    return []


def _top(item: Item) -> float:
    return item.box.top if isinstance(item, Frame) else item.top


def _bottom(item: Item) -> float:
    return item.box.bottom if isinstance(item, Frame) else item.bottom


def _left(item: Item) -> float:
    return item.box.left if isinstance(item, Frame) else item.left


def _right(item: Item) -> float:
    return item.box.right if isinstance(item, Frame) else item.right
