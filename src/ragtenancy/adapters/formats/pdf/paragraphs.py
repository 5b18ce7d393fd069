"""Lines of a page, and the paragraphs and headings built from them."""

from __future__ import annotations

import ctypes
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

import pypdfium2
from msgspec import Struct
from pypdfium2 import raw

from ragtenancy.domain.parsed import Block, Heading, ListItem, Paragraph
from ragtenancy.domain.visible_text import visible_text

DIVIDED = "\U000f00ad"
_PARTS = re.compile(rf"([^\W_]+){DIVIDED}([^\W_]+)")
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")


class Words:
    """The words in the middle of a document's lines, which settle how divided words join."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._known = {word.casefold() for text in texts for word in _WORD.findall(text)}

    def mended(self, text: str) -> str:
        """Return a text with divided words rejoined; genuine hyphens stay."""
        if DIVIDED not in text:
            return text
        return _PARTS.sub(self._joined, text).replace(DIVIDED, "-")

    def _joined(self, parts: re.Match[str]) -> str:
        first, second = parts[1], parts[2]
        hyphenated = f"{first}-{second}"
        if not (first.isalpha() and second[0].islower()):
            return hyphenated
        if hyphenated.casefold() in self._known and (first + second).casefold() not in self._known:
            return hyphenated
        return first + second


_LINE = re.compile(r"[^\r\n]+")
_DIVIDED_HERE = "\x02"
_UNDEFINED = "\ufffe"
_LONGEST_FONT_NAME = 128
_BOLD = re.compile(rb"bold|black|heavy|cmbx|medi\b", re.IGNORECASE)


class Line(Struct, frozen=True, kw_only=True):
    """One line; places are in points from the page's lower left corner.

    `size` is its font size in half points. A `DIVIDED` marks a divided word.
    """

    text: str
    left: float
    right: float
    bottom: float
    top: float
    size: int
    bold: bool = False


def lines_of(page: pypdfium2.PdfPage) -> list[Line]:
    """Return a page's lines in the order of the file."""
    text_page = page.get_textpage()
    try:
        return list(_lines(text_page))
    finally:
        text_page.close()


def _lines(text_page: pypdfium2.PdfTextPage) -> Iterator[Line]:
    text = _characters(text_page)
    for found in _LINE.finditer(text):
        raw_line = found[0].rstrip()
        shown = visible_text(raw_line.replace(_DIVIDED_HERE, DIVIDED).replace(_UNDEFINED, ""))
        if shown:
            start = found.start() + len(raw_line) - len(raw_line.lstrip())
            end = found.start() + len(raw_line) - 1
            yield _placed(text_page, start, end, shown)


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
_HYPHENS = ("-", "\u2010", DIVIDED)


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


def blocks_of(lines: Sequence[Line], sizes: Sizes, words: Words) -> list[Block]:
    """Return the blocks of one page."""
    return [_block(group, sizes, words) for group in _groups(lines, sizes)]


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


def _block(lines: Sequence[Line], sizes: Sizes, words: Words) -> Block:
    text = words.mended(joined(lines))
    level = sizes.level(lines[0])
    if level and len(text) <= _LONGEST_HEADING and any(map(str.isalnum, text)):
        return Heading(text=" ".join(text.split()), level=level)
    bullet = _BULLET.match(text)
    if bullet:
        return ListItem(text=text[bullet.end() :], marker=bullet[1])
    return Paragraph(text=text)


def joined(lines: Sequence[Line]) -> str:
    """Return lines as one text, rejoining divided words and keeping short lines separate."""
    widest = max(line.right for line in lines)
    left = min(line.left for line in lines)
    text = lines[0].text
    for before, line in pairwise(lines):
        if before.text.endswith(_HYPHENS) and line.text[0].isalnum():
            text = text[:-1] + DIVIDED + line.text
        else:
            full = before.right - left >= _FULL * (widest - left)
            text += (" " if full else "\n") + line.text
    return text
