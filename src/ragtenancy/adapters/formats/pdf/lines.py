"""The lines of text on a page, with their places and the size of their type."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator

import pypdfium2
from msgspec import Struct
from pypdfium2 import raw

from ragtenancy.adapters.formats.pdf.hyphens import DIVIDED
from ragtenancy.domain.visible_text import visible_text

_LINE = re.compile(r"[^\r\n]+")
_DIVIDED_HERE = "\x02"
_UNDEFINED = "\ufffe"
_LONGEST_FONT_NAME = 128
_BOLD = re.compile(rb"bold|black|heavy|cmbx|medi\b", re.IGNORECASE)


class Line(Struct, frozen=True, kw_only=True):
    """One line; places are in points from the page's lower left corner.

    `size` is the height of its type in half points. A `DIVIDED` stands where a word was divided.
    """

    text: str
    left: float
    right: float
    bottom: float
    top: float
    size: int
    bold: bool = False


def lines_of(page: pypdfium2.PdfPage) -> list[Line]:
    """Return a page's lines in the order in which they were written."""
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
    """Return one character for each place of the page, so that places can be looked up."""
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
    """Return whether the font of a character calls itself bold."""
    name = ctypes.create_string_buffer(_LONGEST_FONT_NAME)
    raw.FPDFText_GetFontInfo(text_page.raw, index, name, len(name), None)
    return bool(_BOLD.search(name.value))
