"""Lines of text: the words of a page that share a baseline."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise
from statistics import median_low

from msgspec import Struct

from ragtenancy.adapters.formats.marks import scripted, struck
from ragtenancy.adapters.formats.pdf.words import RIGHT_TO_LEFT, Word

_SAME_LINE = 0.3
_SMALLER = 0.93
_SPACED = 4
_BESIDE = 0.15
_AHEAD = 1.2
_MOST_SEGMENTS = 60
_SPACE = 0.65
LEADER = re.compile(r"[.…_‥·]{3,}\Z|[._]\Z")
MARKER = re.compile(
    r"[•◦▪‣●○■□·∙➢➤►❖✓✔–—*-]\Z|\(?(?:\d{1,3}|[A-Za-z]|[ivxlIVXL]{1,6})[.)]\Z"  # noqa: RUF001
    r"|\d{1,2}(?:\.\d{1,2}){1,4}\.?\Z|[①-⑳]\Z|\(?[\u05d0-\u05ea\u0623-\u064a][.)]\Z"
)


Edges = tuple[float, float]


class Line(Struct, kw_only=True, gc=False):
    """Words on one baseline, from left to right, with the edges around them."""

    words: list[Word]
    base: float
    size: float
    left: float
    right: float

    @property
    def top(self) -> float:
        """The height of its capitals."""
        return self.base + 0.75 * self.size

    @property
    def bottom(self) -> float:
        """The depth of its letters."""
        return self.base - 0.22 * self.size

    @property
    def bold(self) -> bool:
        """Whether all of it is bold."""
        return all(word.bold for word in self.words)

    @property
    def text(self) -> str:
        """Its words, with a space between them."""
        return text_of(self.words)


def line_of(words: list[Word]) -> Line:
    """Return the line of words in order."""
    sizes: dict[float, int] = {}
    left, right = words[0].left, words[0].right
    for word in words:
        sizes[word.size] = sizes.get(word.size, 0) + len(word.text)
        if word.left < left:
            left = word.left
        if word.right > right:
            right = word.right
    if len(sizes) == 1:
        return Line(words=words, base=words[0].base, size=words[0].size, left=left, right=right)
    size = max(sizes, key=lambda size: sizes[size])
    base = next(word.base for word in words if word.size == size)
    return Line(words=words, base=base, size=size, left=left, right=right)


def text_of(words: Sequence[Word]) -> str:
    """Return words as text; neighbours that are struck out share their marks."""
    parts = [
        word.text.replace(word.struck, struck(word.struck), 1) if word.struck else word.text
        for word in _in_reading_order(words)
    ]
    text = " ".join(parts)
    return text.replace("~~ ~~", " ") if any(word.struck for word in words) else text


def _in_reading_order(words: Sequence[Word]) -> Sequence[Word]:
    """Return the words of a line, in right-to-left order if most letters are so written."""
    if not is_from_right(words):
        return words
    right = [bool(RIGHT_TO_LEFT.search(word.text)) for word in words]
    order: list[Word] = []
    for is_right, run in groupby(
        zip(reversed(right), reversed(words), strict=True), key=lambda pair: pair[0]
    ):
        own = [word for _, word in run]
        order += own if is_right else own[::-1]
    return order


def is_from_right(words: Iterable[Word]) -> bool:
    """Return whether most letters are written from right to left."""
    text = "".join(word.text for word in words)
    if text.isascii():
        return False
    right = len(RIGHT_TO_LEFT.findall(text))
    return right > 0 and 2 * right > sum(map(str.isalpha, text))


def lacks_room(words: Sequence[Word], after: Sequence[Word], edges: Edges) -> bool:
    """Return whether the first word of the next line would not have fitted between the edges."""
    size, from_right = words[0].size, is_from_right(words)
    if from_right:
        room = min(word.left for word in words) - edges[0]
    else:
        room = edges[1] - max(word.right for word in words)
    first = after[-1 if from_right and is_from_right(after) else 0]
    share = len(first.text.split(" ", 1)[0]) / len(first.text)
    return share * (first.right - first.left) > room - _SPACE * size


def with_scripts(words: Iterable[Word]) -> list[Word]:
    """Return words with raised and lowered characters joined to the word that they follow.

    Words come in the order of the file, and keep it.
    """
    kept: list[Word] = []
    raised: Word | None = None
    for word in words:
        before = kept[-1] if kept else None
        if raised is not None and _hangs(raised, word, _AHEAD):
            raised.base = word.base
            raised = None
        if before is not None and _hangs(word, before):
            shift = word.base - before.base
            alignment = "superscript" if shift > 0 else "subscript"
            before.text += scripted(word.text, alignment, before.text)
            before.right = max(before.right, word.right)
            continue
        if before is not None and _touches(before, word):
            before.text += word.text
            before.right = max(before.right, word.right)
            continue
        raised = word if len(word.text) <= 3 else None
        kept.append(word)
    return kept


def _hangs(small: Word, large: Word, most: float = _BESIDE) -> bool:
    """Return whether a word is small and raised or lowered at an edge of its neighbour."""
    if small.size > _SMALLER * large.size or small.turn != large.turn:
        return False
    shift = abs(small.base - large.base) / large.size
    gap = max(small.left - large.right, large.left - small.right)
    return 0.08 < shift < 0.65 and -0.3 * large.size < gap < most * large.size


def _touches(before: Word, word: Word) -> bool:
    """Return whether a word goes on after its raised characters, as in `CO₂-free`."""
    gap = word.left - before.right
    level = abs(word.base - before.base) < 0.02 * before.size and word.turn == before.turn
    ends_raised = before.text[-1] in "⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉"
    return level and ends_raised and -0.1 * word.size < gap < 0.12 * word.size


def leading(line: Line) -> str:
    """Return the first word of a line in the order of reading."""
    if is_from_right(line.words):
        return line.text.split(" ", 1)[0]
    return line.words[0].text


def lines_of(words: Sequence[Word]) -> list[Line]:
    """Return the lines of a page from top to bottom."""
    return [line_of(row) for row in _rows(words)]


def _rows(words: Sequence[Word]) -> Iterator[list[Word]]:
    """Yield the words that share a baseline, from left to right."""
    rows: list[list[Word]] = []
    base = 0.0
    for word in sorted(words, key=lambda word: -word.base):
        if rows and base - word.base <= _SAME_LINE * min(word.size, rows[-1][0].size):
            rows[-1].append(word)
        else:
            rows.append([word])
            base = word.base
    return (sorted(row, key=lambda word: word.left) for row in rows)


def with_spaced(words: list[Word]) -> list[Word]:
    """Return words, with those made whole whose letters are drawn far apart."""
    if sum(len(word.text) == 1 for word in words) < _SPACED:
        return words
    return [word for row in _rows(words) for word in unspaced(row)]


def unspaced(words: list[Word]) -> list[Word]:
    """Return the words of a line, with those made whole whose letters are drawn far apart."""
    singles = sum(len(word.text) == 1 for word in words)
    if singles < _SPACED or singles * 2 < len(words):
        return words
    kept: list[Word] = []
    for run in _runs_of_letters(words):
        kept += _closed(run) if len(run) >= _SPACED else run
    return kept


def _runs_of_letters(words: Sequence[Word]) -> Iterator[list[Word]]:
    run: list[Word] = []
    for word in words:
        alike = bool(run) and len(word.text) == 1 == len(run[-1].text) and word.text.isalpha()
        if alike and word.left - run[-1].right < 1.2 * word.size:
            run.append(word)
            continue
        if run:
            yield run
        run = [word]
    if run:
        yield run


def _closed(letters: Sequence[Word]) -> Iterator[Word]:
    """Yield the words of spaced letters: wider gaps part them."""
    gaps = [after.left - word.right for word, after in pairwise(letters)]
    usual = median_low(gaps)
    word = letters[0]
    for gap, letter in zip(gaps, letters[1:], strict=True):
        if gap > 1.5 * usual + 0.1 * word.size:
            yield word
            word = letter
        else:
            word.text += letter.text
            word.right = letter.right
    yield word


def segments(line: Line, gap: float) -> list[list[Word]]:
    """Return the words of a line, parted at gaps in points.

    The marker of a list item stays with its text. A line of more parts than any table has columns
    stays whole.
    """
    part: list[Word] = []
    parts = [part]
    right = line.words[0].left
    for word in line.words:
        distance = word.left - right
        if distance < gap or (len(part) == 1 and _is_marked(part[0], distance)):
            part.append(word)
            if word.right > right:
                right = word.right
        else:
            part = [word]
            parts.append(part)
            right = word.right
    return parts if len(parts) <= _MOST_SEGMENTS else [list(line.words)]


def _is_marked(word: Word, distance: float) -> bool:
    return distance < 4 * word.size and MARKER.match(word.text) is not None
