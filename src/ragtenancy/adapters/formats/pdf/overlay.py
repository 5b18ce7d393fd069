"""The words of a page together with what is laid over them: values of fields, addresses, remarks."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from statistics import median_low

import pypdfium2
from pypdfium2 import raw

from ragtenancy.adapters.formats.pdf.annotations import Annotations, Marks
from ragtenancy.adapters.formats.pdf.direction import (
    Glyph,
    is_right_to_left,
    lines_of_glyphs,
    logical,
    with_brackets,
)
from ragtenancy.adapters.formats.pdf.fields import Value
from ragtenancy.adapters.formats.pdf.words import Word
from ragtenancy.domain.parsed import Note
from ragtenancy.domain.visible_text import visible_text

_NOT_SHOWN = ("\r", "\n", "\ufffe", "\x00")


def overlaid(
    page: pypdfium2.PdfPage, words: Sequence[Word], annotations: Annotations
) -> tuple[list[Word], Sequence[tuple[float, Note]]]:
    """Return the words with values and addresses, and the remarks with their height."""
    marks = annotations.of(page)
    if marks == Marks():
        return list(words), ()
    written = annotations.written(marks, words)
    for word, text in zip(words, written.texts, strict=True):
        word.text = text
    size = median_low([word.size for word in words]) if words else 10.0
    shown = [word for word in words if word.text]
    return [*shown, *(_word(value, size) for value in written.apart)], written.notes


def _word(value: Value, size: float) -> Word:
    place = value.field
    middle = (place.bottom + place.top) / 2
    return Word(
        text=value.text, left=place.left, right=place.right, base=middle - 0.27 * size, size=size
    )


def in_reading_order(page: pypdfium2.PdfPage, words: Sequence[Word]) -> list[Word]:
    """Return words with each run of right-to-left text as one word, in the order of reading."""
    if not any(is_right_to_left(word.text) for word in words):
        return list(words)
    runs = _right_to_left_runs(page)
    kept = [word for word in words if not any(_is_within(word, run) for run in runs)]
    for run in runs:
        inside = [word for word in words if _is_within(word, run)]
        run.size = median_low([word.size for word in inside]) if inside else run.size
        run.bold = bool(inside) and all(word.bold for word in inside)
        run.doubt = inside[0].doubt if inside else ""
    return [*kept, *runs]


def _right_to_left_runs(page: pypdfium2.PdfPage) -> list[Word]:
    text_page = page.get_textpage()
    try:
        glyphs = [_glyph(text_page, index) for index in range(text_page.count_chars())]
    finally:
        text_page.close()
    lines = lines_of_glyphs([glyph for glyph in glyphs if glyph.text not in _NOT_SHOWN])
    texts = with_brackets([visible_text(logical(line)) for line in lines])
    return [
        _run(line, text) for line, text in zip(lines, texts, strict=True) if is_right_to_left(text)
    ]


def _run(line: Sequence[Glyph], text: str) -> Word:
    return Word(
        text=text,
        left=min(glyph.left for glyph in line),
        right=max(glyph.right for glyph in line),
        base=line[0].baseline,
        size=line[0].top - line[0].bottom,
    )


def _is_within(word: Word, run: Word) -> bool:
    level = abs(word.base - run.base) < 0.5 * run.size
    return level and run.left - 1 <= word.middle <= run.right + 1


def _glyph(text_page: pypdfium2.PdfTextPage, index: int) -> Glyph:
    left, bottom, right, top = text_page.get_charbox(index, loose=True)
    across, baseline = ctypes.c_double(), ctypes.c_double()
    raw.FPDFText_GetCharOrigin(text_page, index, across, baseline)
    code = raw.FPDFText_GetUnicode(text_page, index)
    return Glyph(
        text="-" if code == 2 else chr(code) if code <= 0x10FFFF else "\x00",
        left=left,
        right=right,
        bottom=bottom,
        top=top,
        baseline=baseline.value,
        index=index,
    )
