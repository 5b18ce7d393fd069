"""Lines of a page, and the paragraphs and headings built from them."""

from __future__ import annotations

import ctypes
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from statistics import median_low

import pypdfium2
from msgspec import Struct, structs
from pypdfium2 import raw

from ragtenancy.adapters.formats.pdf.direction import (
    Glyph,
    is_right_to_left,
    lines_of_glyphs,
    logical,
    with_brackets,
)
from ragtenancy.adapters.formats.pdf.wording import DIVIDED, HYPHENS, joined
from ragtenancy.domain.parsed import Block, Heading, ListItem, Paragraph
from ragtenancy.domain.visible_text import visible_text

_LINE = re.compile(r"[^\r\n\x02]+\x02?")
_DIVIDED_HERE = "\x02"
_UNDEFINED = "\ufffe"
_NOT_SHOWN = ("\r", "\n", _UNDEFINED)
_LONGEST_FONT_NAME = 128
_BOLD = re.compile(rb"bold|black|heavy|cmbx|medi\b", re.IGNORECASE)


class Line(Struct, frozen=True, kw_only=True):
    """One line; places are in points from the page's lower left corner.

    `size` is its font size in half points. `start` and `end` are its first and last character in
    the file. A `DIVIDED` marks a divided word.
    """

    text: str
    left: float
    right: float
    bottom: float
    top: float
    size: int
    bold: bool = False
    start: int = 0
    end: int = 0


def lines_of(page: pypdfium2.PdfPage) -> list[Line]:
    """Return a page's lines in the order of the file."""
    text_page = page.get_textpage()
    try:
        return list(_lines(text_page))
    finally:
        text_page.close()


def _lines(text_page: pypdfium2.PdfTextPage) -> Iterator[Line]:
    text = _characters(text_page)
    if is_right_to_left(text):
        yield from _right_to_left_lines(text_page, text)
        return
    for found in _LINE.finditer(text):
        raw_line = found[0].rstrip()
        shown = visible_text(raw_line.replace(_DIVIDED_HERE, DIVIDED).replace(_UNDEFINED, ""))
        if shown:
            start = found.start() + len(raw_line) - len(raw_line.lstrip())
            end = found.start() + len(raw_line) - 1
            yield _placed(text_page, start, end, shown)


def _right_to_left_lines(text_page: pypdfium2.PdfTextPage, text: str) -> Iterator[Line]:
    """Yield the lines of a page with right-to-left text, whose order is that of their places."""
    glyphs = [_glyph(text_page, index, text[index]) for index in range(len(text))]
    lines = lines_of_glyphs([glyph for glyph in glyphs if glyph.text not in _NOT_SHOWN])
    texts = with_brackets([visible_text(logical(line)) for line in lines])
    for line, shown in zip(lines, texts, strict=True):
        if shown:
            letters = sorted(line, key=lambda glyph: glyph.left)
            placed = _placed(text_page, letters[0].index, letters[-1].index, shown)
            height = median_low([glyph.top - glyph.bottom for glyph in letters])
            yield structs.replace(placed, size=round(2 * height), end=0)


def _glyph(text_page: pypdfium2.PdfTextPage, index: int, text: str) -> Glyph:
    left, bottom, right, top = text_page.get_charbox(index, loose=True)
    across, baseline = ctypes.c_double(), ctypes.c_double()
    raw.FPDFText_GetCharOrigin(text_page, index, across, baseline)
    return Glyph(
        text="-" if text == _DIVIDED_HERE else text,
        left=left,
        right=right,
        bottom=bottom,
        top=top,
        baseline=baseline.value,
        index=index,
    )


def _characters(text_page: pypdfium2.PdfTextPage) -> str:
    """Return one character per position of the page, so that positions can be looked up."""
    unicode_at = raw.FPDFText_GetUnicode
    handle = text_page.raw
    codes = (unicode_at(handle, index) for index in range(text_page.count_chars()))
    return "".join(chr(code) if code <= 0x10FFFF else _UNDEFINED for code in codes)


def _placed(text_page: pypdfium2.PdfTextPage, start: int, end: int, text: str) -> Line:
    first = text_page.get_charbox(start, loose=True)
    last = text_page.get_charbox(end, loose=True)
    return Line(
        text=text,
        left=min(first[0], last[0]),
        right=max(first[2], last[2]),
        bottom=min(first[1], last[1]),
        top=first[3],
        size=round(2 * (first[3] - first[1])),
        bold=_is_bold(text_page, start) and _is_bold(text_page, end),
        start=start,
        end=end,
    )


def _is_bold(text_page: pypdfium2.PdfTextPage, index: int) -> bool:
    """Return whether a character's font is named bold."""
    name = ctypes.create_string_buffer(_LONGEST_FONT_NAME)
    raw.FPDFText_GetFontInfo(text_page.raw, index, name, len(name), None)
    return bool(_BOLD.search(name.value))


_LARGER = 1.13
_LONGEST_HEADING = 200
_LONGEST_BOLD = 100
_RARE = 0.3
_GAP = 0.6
_ENDS_SENTENCE = re.compile(r"[.,;:]\Z")
_FULL = 0.8
_DEEPEST = 6
_BULLET = re.compile(r"([•◦▪‣●○■·–-])\s+(?=\S)")  # noqa: RUF001 - dashes that begin items


class Sizes:
    """Font sizes that are headings, with their levels."""

    def __init__(self, lines: Iterable[Line]) -> None:
        written: Counter[int] = Counter()
        bold = 0
        for line in lines:
            written[line.size] += len(line.text)
            bold += line.bold * len(line.text)
        self._body = max(written, key=lambda size: written[size], default=0)
        larger = sorted((size for size in written if self._is_larger(size)), reverse=True)
        self._levels: Mapping[int, int] = {
            size: min(rank, _DEEPEST) for rank, size in enumerate(larger, 1)
        }
        self._bold_level = min(len(larger) + 1, _DEEPEST) if _is_rare(bold, written) else 0

    def level(self, line: Line) -> int:
        """Return the level of a heading, 0 for other text; a bold list item is not a heading."""
        if _BULLET.match(line.text):
            return 0
        if line.size in self._levels:
            return self._levels[line.size]
        is_heading = line.bold and line.size >= self._body and not _ENDS_SENTENCE.search(line.text)
        return self._bold_level if is_heading and len(line.text) <= _LONGEST_BOLD else 0

    def _is_larger(self, size: int) -> bool:
        return size > _LARGER * self._body


def _is_rare(bold: int, written: Counter[int]) -> bool:
    return 0 < bold < _RARE * written.total()


def blocks_of(
    lines: Sequence[Line], sizes: Sizes, words: frozenset[str]
) -> list[tuple[float, Block]]:
    """Return the blocks of one page with their height on it."""
    return [(group[0].top, _block(group, sizes, words)) for group in _groups(lines, sizes)]


def _groups(lines: Sequence[Line], sizes: Sizes) -> list[list[Line]]:
    """Return groups of adjacent lines of one kind."""
    groups: list[list[Line]] = []
    for line in lines:
        if groups and _goes_on(groups[-1], line, sizes):
            groups[-1].append(line)
        else:
            groups.append([line])
    return groups


def _goes_on(group: Sequence[Line], line: Line, sizes: Sizes) -> bool:
    before = group[-1]
    if _BULLET.match(group[0].text):
        alike = (before.size, before.bold) == (line.size, line.bold)
    else:
        alike = sizes.level(before) == sizes.level(line)
    if not alike or _BULLET.match(line.text):
        return False
    gap = before.bottom - line.top
    height = max(before.top - before.bottom, 1.0)
    return -2 * height < gap < _GAP * height


def _block(lines: Sequence[Line], sizes: Sizes, words: frozenset[str]) -> Block:
    text = "\n".join(joined([line.text for line in full], words) for full in _full_lines(lines))
    level = sizes.level(lines[0])
    if level and len(text) <= _LONGEST_HEADING and any(map(str.isalnum, text)):
        return Heading(text=" ".join(text.split()), level=level)
    bullet = _BULLET.match(text)
    if bullet:
        return ListItem(text=text[bullet.end() :], marker=bullet[1])
    return Paragraph(text=text)


def _full_lines(lines: Sequence[Line]) -> list[list[Line]]:
    """Return the lines in groups that end with a short line."""
    widest = max(line.right for line in lines)
    left = min(line.left for line in lines)
    groups = [[lines[0]]]
    for before, line in pairwise(lines):
        full = before.right - left >= _FULL * (widest - left) or before.text.endswith(HYPHENS)
        if is_right_to_left(before.text):
            full = widest - before.left >= _FULL * (widest - left)
        groups[-1].append(line) if full else groups.append([line])
    return groups
