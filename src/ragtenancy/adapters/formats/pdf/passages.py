"""Paragraphs, headings, list items and footnotes, built from the lines of a column."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from msgspec import Struct

from ragtenancy.adapters.formats.pdf.columns import Column
from ragtenancy.adapters.formats.pdf.drawings import Rule, between
from ragtenancy.adapters.formats.pdf.lines import (
    MARKER,
    Edges,
    Line,
    is_from_right,
    lacks_room,
    leading,
)
from ragtenancy.adapters.formats.pdf.ruled import Frame
from ragtenancy.adapters.formats.pdf.wording import Vocabulary, joined
from ragtenancy.domain.parsed import Block, Heading, ListItem, Note, Paragraph
from ragtenancy.domain.visible_text import visible_text

_LARGER = 1.13
_LONGEST_HEADING = 200
_LONGEST_BOLD = 100
_RARE = 0.3
_DEEPEST = 6
_ENDS_LINE = re.compile(r"[.,;:]\Z")
_ENDS_SENTENCE = re.compile(r"[.!?:;。！？…][\"'”’»)\]]*\Z")  # noqa: RUF001
_DIVIDED = re.compile(r"[^\W_][-\u2010\u00ad]\Z")
_BULLET = re.compile(r"[^\w(①-⑳]\Z")
_COUNT = re.compile(r"\(?(\w{1,6})[.)]\Z")
_NOTE_MARK = re.compile(r"(?:\d{1,3}|[¹²³⁴-⁹⁰]{1,3}|[*†‡§¶]{1,3}|[a-z])[.)]?\Z")
_SMALL_TYPE = 0.93
_WIDER = 1.3
_INDENT = 0.8
_MOST_ITEMS = 99


class Passage(Struct, kw_only=True):
    """Lines that make one block, or a table; `edges` are the left and right ones of its column.

    `level` is a heading's, 0 for other text.
    """

    page: int
    lines: list[Line]
    edges: Edges = (0.0, 0.0)
    level: int = 0
    marker: str = ""
    depth: int = 0
    is_note: bool = False
    indented: bool = False
    frame: Frame | None = None


class Sizes:
    """Sizes of type that are headings, with their levels."""

    def __init__(self, lines: Iterable[Line]) -> None:
        written: Counter[int] = Counter()
        bold = 0
        for line in lines:
            length = sum(len(word.text) for word in line.words)
            written[_half_points(line)] += length
            bold += line.bold * length
        self.body = max(written, key=lambda size: written[size], default=0)
        larger = sorted((size for size in written if size > _LARGER * self.body), reverse=True)
        steps = _steps(larger)
        self._levels: Mapping[int, int] = {size: min(n, _DEEPEST) for size, n in steps.items()}
        rare = 0 < bold < _RARE * written.total()
        self._bold_level = min(max(steps.values(), default=0) + 1, _DEEPEST) if rare else 0

    def level(self, line: Line) -> int:
        """Return the level of a heading, 0 for other text; an item in bold is no heading."""
        if is_bullet(line):
            return 0
        size = _half_points(line)
        if size in self._levels:
            return self._levels[size]
        if not (self._bold_level and line.bold and size >= self.body):
            return 0
        text = line.text
        fits = len(text) <= _LONGEST_BOLD and not _ENDS_LINE.search(text)
        return self._bold_level if fits and any(map(str.isalpha, text)) else 0

    def is_small(self, line: Line) -> bool:
        """Return whether a line is smaller than most text."""
        return _half_points(line) <= _SMALL_TYPE * self.body


def _steps(sizes: Sequence[int]) -> dict[int, int]:
    """Return the rank of each size; sizes half a point apart share theirs."""
    ranks: dict[int, int] = {}
    for before, size in zip([0, *sizes], sizes, strict=False):
        rank = ranks.get(before, 0)
        ranks[size] = rank if rank and before - size <= 1 else rank + 1
    return ranks


def _half_points(line: Line) -> int:
    return round(2 * line.size)


def is_bullet(line: Line) -> bool:
    """Return whether a line begins with a bullet."""
    first = leading(line)
    return _has_words(line) and bool(MARKER.match(first) and _BULLET.match(first))


def _has_words(line: Line) -> bool:
    return len(line.words) > 1 or " " in line.words[0].text


def _start(line: Line) -> float:
    """Return where a line begins, measured in the direction of reading."""
    return -line.right if is_from_right(line.words) else line.left


def passages_of(column: Column, page: int, sizes: Sizes, rules: Sequence[Rule]) -> list[Passage]:
    """Return the passages of one column."""
    return _Flow(column, page, sizes, rules).passages()


class _Flow:
    """One column while its lines are put together."""

    def __init__(self, column: Column, page: int, sizes: Sizes, rules: Sequence[Rule]) -> None:
        self._items = column.items
        self._page, self._sizes, self._rules = page, sizes, rules
        lines = [item for item in column.items if isinstance(item, Line)]
        self._edges = (
            min((line.left for line in lines), default=0.0),
            max((line.right for line in lines), default=0.0),
        )
        self._pitches = _usual_pitches(lines)
        self._counts: dict[float, str] = {}
        self._notes_from = self._first_note()

    def passages(self) -> list[Passage]:
        found: list[Passage] = []
        for index, item in enumerate(self._items):
            if isinstance(item, Frame):
                found.append(Passage(page=self._page, lines=[], frame=item))
                continue
            before = found[-1] if found else None
            is_note = index >= self._notes_from
            if before is not None and before.is_note == is_note and self._goes_on(before, item):
                before.lines.append(item)
            else:
                found.append(self._begun(item, before, is_note=is_note))
        return _with_depths(found)

    def _begun(self, line: Line, before: Passage | None, *, is_note: bool) -> Passage:
        level = 0 if is_note else self._sizes.level(line)
        marker = "" if is_note or level else self._marker(line, before)
        last = before.lines[-1] if before and before.lines else None
        indented = last is None or _start(line) > _start(last) + _INDENT * line.size
        if marker:
            self._counts[round(_start(line) / 4)] = marker
        return Passage(
            page=self._page,
            lines=[line],
            edges=self._edges,
            level=level,
            marker=marker,
            is_note=is_note,
            indented=indented,
        )

    def _goes_on(self, passage: Passage, line: Line) -> bool:
        """Return whether a line belongs to the passage before it."""
        if not passage.lines:
            return False
        last = passage.lines[-1]
        pitch = last.base - line.base
        if passage.is_note:
            return not _begins_note(line) or pitch < 0
        level = self._sizes.level(line)
        if level != passage.level and not (passage.marker and line.bold and not passage.level):
            return False
        if abs(line.size - last.size) > 0.12 * last.size:
            return False
        if not passage.level and self._marker(line, passage):
            return False
        if not self._is_next(last, line):
            return False
        if passage.level:
            return abs(_start(line) - _start(last)) < 12 * line.size
        return self._hangs(passage, line) if passage.marker else not self._is_new(passage, line)

    def _is_next(self, last: Line, line: Line) -> bool:
        """Return whether no more space parts two lines than the lines of a paragraph."""
        pitch = last.base - line.base
        usual = self._pitches.get(_half_points(line), 1.2 * line.size)
        if 0 < pitch <= min(max(_WIDER * usual, 1.25 * line.size), 2.2 * line.size):
            return True
        unended = not _ENDS_SENTENCE.search(last.words[-1].text)
        return 0 < pitch < 2.1 * line.size and unended and self._is_full(last, line)

    def _hangs(self, passage: Passage, line: Line) -> bool:
        """Return whether a line goes on a list item."""
        first = passage.lines[0]
        if is_from_right(first.words):
            return first.right - 4 * line.size < line.right < first.right - 0.3 * line.size
        text_left = first.words[1].left if len(first.words) > 1 else first.left
        if line.left > first.left + 0.3 * line.size:
            return line.left < text_left + 3 * line.size
        others = passage.lines[1:]
        if any(other.left > first.left + 0.3 * line.size for other in others):
            return False
        goes_on = line.words[0].text[:1].islower() or self._is_full(passage.lines[-1], line)
        return line.left > first.left - line.size and goes_on

    def _is_new(self, passage: Passage, line: Line) -> bool:
        """Return whether the indent of a line begins a paragraph."""
        last = passage.lines[-1]
        indent = _start(line) - _start(last)
        usual = len(passage.lines) > 1 or passage.indented
        deep = _INDENT * line.size < indent < 5 * line.size
        return usual and deep and bool(_ENDS_SENTENCE.search(last.words[-1].text))

    def _is_full(self, line: Line, after: Line) -> bool:
        return is_full(line, after, self._edges)

    def _marker(self, line: Line, before: Passage | None) -> str:
        """Return the marker with which a list item begins, empty for other lines."""
        if not _has_words(line):
            return ""
        first = leading(line)
        if not MARKER.match(first):
            return ""
        if _BULLET.match(first):
            return first
        count = _COUNT.match(first)
        if count is None:
            return "" if before is not None and self._runs_into(before, line) else first
        last = self._counts.get(round(_start(line) / 4), "")
        if _is_first(count[1]) or _follows(last, first):
            return first
        large = count[1].isdigit() and int(count[1]) > _MOST_ITEMS
        return "" if large or (before is not None and self._runs_into(before, line)) else first

    def _runs_into(self, before: Passage, line: Line) -> bool:
        """Return whether a line that looks like an item is the middle of a sentence."""
        if not before.lines or before.level:
            return False
        last = before.lines[-1]
        return self._is_next(last, line) and not _ENDS_SENTENCE.search(last.words[-1].text)

    def _first_note(self) -> int:
        """Return the index of the first line of the footnotes at the end of the column."""
        first = len(self._items)
        for index in range(len(self._items) - 1, -1, -1):
            item = self._items[index]
            if not isinstance(item, Line) or not self._sizes.is_small(item):
                break
            if _begins_note(item) and (_is_raised(item) or self._is_ruled_off(item, index)):
                first = index
        return first if first > 0 else len(self._items)

    def _is_ruled_off(self, line: Line, index: int) -> bool:
        above = self._items[index - 1] if index else None
        if (
            index
            and isinstance(above, Line)
            and self._sizes.is_small(above)
            and _begins_note(above)
        ):
            return True
        short = between(self._rules, line.top, line.top + 2 * line.size)
        width = self._edges[1] - self._edges[0]
        narrow = [r for r in short if r.end - r.start < 0.6 * width]
        if is_from_right(line.words):
            return any(abs(r.end - line.right) < 20 for r in narrow)
        return any(abs(r.start - line.left) < 20 for r in narrow)


def is_full(line: Line, after: Line, edges: Edges) -> bool:
    """Return whether a line ends for want of room: inside a word, or before one too long for it."""
    if len(line.words) > 1 and _DIVIDED.search(line.words[-1].text):
        return True
    return lacks_room(line.words, after.words, edges)


def _usual_pitches(lines: Sequence[Line]) -> dict[int, float]:
    """Return the least of the common distances between lines, for each size of type."""
    found: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for upper, lower in pairwise(lines):
        pitch = upper.base - lower.base
        if 0 < pitch < 2.2 * lower.size and abs(upper.size - lower.size) < 0.3:
            found[_half_points(lower)][round(2 * pitch)] += 1
    return {
        size: min(p for p, count in counts.items() if 2 * count > max(counts.values())) / 2 + 0.3
        for size, counts in found.items()
    }


def _begins_note(line: Line) -> bool:
    return len(line.words) > 1 and bool(_NOTE_MARK.match(line.words[0].text))


def _is_raised(line: Line) -> bool:
    first, second = line.words[:2]
    return first.size < 0.9 * second.size or first.text[0] in "*†‡§¶"


_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")


def _is_first(count: str) -> bool:
    return count.lower() in ("1", "a", "i", "0", "01")


def _follows(last: str, marker: str) -> bool:
    """Return whether a marker counts on from another, as `3.` from `2.`."""
    before, here = _COUNT.match(last), _COUNT.match(marker)
    if before is None or here is None or last[-1] != marker[-1]:
        return False
    one, two = before[1].lower(), here[1].lower()
    if one.isdigit() and two.isdigit():
        return int(two) == int(one) + 1
    if one in _ROMAN[:-1] and two == _ROMAN[_ROMAN.index(one) + 1]:
        return True
    return len(one) == len(two) == 1 and ord(two) == ord(one) + 1


def _with_depths(passages: list[Passage]) -> list[Passage]:
    """Set the depth of list items by the distance of their markers from the left."""
    lefts: list[float] = []
    for passage in passages:
        if not passage.marker:
            if not passage.is_note and (passage.level or not lefts or passage.frame is not None):
                lefts = []
            continue
        left = _start(passage.lines[0])
        while lefts and left < lefts[-1] - 4:
            lefts.pop()
        if not lefts or left > lefts[-1] + 4:
            lefts.append(left)
        passage.depth = len(lefts) - 1
    return passages


def joined_over_ends(passages: Iterable[Passage]) -> list[Passage]:
    """Return passages with paragraphs whole that go on in the next column or on the next page.

    Footnotes and tables in between stand after them.
    """
    kept: list[Passage] = []
    last: Passage | None = None
    for passage in passages:
        if last is not None and not passage.is_note and _goes_on_later(last, passage):
            last.lines += passage.lines
            last.edges = passage.edges
            continue
        kept.append(passage)
        if not passage.is_note:
            last = passage
    return kept


def _goes_on_later(last: Passage, passage: Passage) -> bool:
    if last.frame or passage.frame or last.level or passage.level or passage.marker:
        return False
    end, start = last.lines[-1], passage.lines[0]
    if (
        end.base > start.base
        and last.page == passage.page
        and end.left < start.right
        and (start.left < end.right)
    ):
        return False
    if abs(end.size - start.size) > 0.06 * end.size or end.bold != start.bold:
        return False
    if _ENDS_SENTENCE.search(end.words[-1].text):
        return False
    first = start.words[0].text
    return first[:1].islower() or is_full(end, start, last.edges)


def block_of(passage: Passage, known: Vocabulary) -> Block:
    """Return the block that a passage without a table is."""
    if passage.marker:
        first = passage.lines[0]
        texts = [
            first.text.removeprefix(passage.marker).strip(),
            *(line.text for line in passage.lines[1:]),
        ]
        return ListItem(
            text=visible_text(joined(texts, known)), marker=passage.marker, depth=passage.depth
        )
    if passage.level:
        text = " ".join(joined([line.text for line in passage.lines], known).split())
        if len(text) <= _LONGEST_HEADING and any(map(str.isalnum, text)):
            return Heading(text=visible_text(text), level=passage.level)
    text = "\n".join(joined(run, known) for run in _runs(passage))
    if passage.is_note:
        return Note(text=visible_text(text))
    return Paragraph(text=visible_text(text))


def _runs(passage: Passage) -> list[list[str]]:
    """Return the lines of a paragraph, parted where a line ends on purpose."""
    runs = [[passage.lines[0].text]]
    for before, line in pairwise(passage.lines):
        goes_on = line.words[0].text[:1].islower() or is_full(before, line, passage.edges)
        if goes_on or passage.is_note:
            runs[-1].append(line.text)
        else:
            runs.append([line.text])
    return runs
