"""Lines into headings, list items and paragraphs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from ragtenancy.adapters.formats.pdf.hyphens import DIVIDED, Words
from ragtenancy.adapters.formats.pdf.lines import Line
from ragtenancy.domain.parsed import Block, Heading, ListItem, Paragraph

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
    """Which sizes of type are headings, and of which level."""

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
        """Return the level of a heading, 0 for other text; an item in bold type is no heading."""
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
    """Return lines that belong together: next to each other, of one kind."""
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
    """Return lines as one text: words that were divided whole, short lines on their own."""
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
