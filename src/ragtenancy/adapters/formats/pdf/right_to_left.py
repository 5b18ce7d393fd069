"""Words of right-to-left text: each run on a line as one word, in the order of reading."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Mapping, Sequence
from math import pi
from statistics import median_low

import pypdfium2
from pypdfium2 import raw

from ragtenancy.adapters.formats.pdf.direction import (
    Glyph,
    is_right_to_left,
    lines_of_glyphs,
    logical,
    with_brackets,
)
from ragtenancy.adapters.formats.pdf.drawings import Box, Rule, merged, turned_box
from ragtenancy.adapters.formats.pdf.words import CHARACTERS, Word, turned
from ragtenancy.domain.visible_text import visible_text

_NOT_SHOWN = ("\r", "\n", "\ufffe", "\x00")
_BAND = 8


def in_reading_order(
    page: pypdfium2.PdfPage, words: Sequence[Word], turn: int, upright: Sequence[Rule]
) -> list[Word]:
    """Return words of one turn with each run of right-to-left text as one word.

    Upright rules part runs, as the cells of a table.
    """
    if not any(is_right_to_left(word.text) for word in words):
        return list(words)
    runs = _runs(page, turn, upright)
    owned: list[list[Word]] = [[] for _ in runs]
    bands = _by_band(runs)
    kept = []
    for word in words:
        own = next((index for index in _near(bands, word) if _is_within(word, runs[index])), None)
        kept.append(word) if own is None else owned[own].append(word)
    return [*kept, *(_like(run, inside) for run, inside in zip(runs, owned, strict=True))]


def _by_band(runs: Sequence[Word]) -> Mapping[int, list[int]]:
    bands: dict[int, list[int]] = {}
    for index, run in enumerate(runs):
        bands.setdefault(round(run.base / _BAND), []).append(index)
    return bands


def _near(bands: Mapping[int, list[int]], word: Word) -> Iterator[int]:
    band = round(word.base / _BAND)
    for step in (0, -1, 1, -2, 2):
        yield from bands.get(band + step, ())


def _is_within(word: Word, run: Word) -> bool:
    level = abs(word.base - run.base) < 0.5 * run.size
    return level and run.left - 1 <= word.middle <= run.right + 1


def _like(run: Word, inside: Sequence[Word]) -> Word:
    """Return a run with the type of the words that it is made of."""
    if inside:
        run.size = median_low([word.size for word in inside])
        run.bold = all(word.bold for word in inside)
        run.doubt = inside[0].doubt
    return run


def _runs(page: pypdfium2.PdfPage, turn: int, upright: Sequence[Rule]) -> list[Word]:
    text_page = page.get_textpage()
    try:
        count = min(text_page.count_chars(), CHARACTERS)
        glyphs = [_glyph(text_page, index, turn) for index in range(count)]
    finally:
        text_page.close()
    own = [glyph for glyph in glyphs if glyph is not None and glyph.text not in _NOT_SHOWN]
    lines = lines_of_glyphs(own, merged(upright, 1.5))
    texts = with_brackets([visible_text(logical(line)) for line in lines])
    shown = zip(lines, texts, strict=True)
    return [_run(line, text, turn) for line, text in shown if is_right_to_left(text)]


def _run(line: Sequence[Glyph], text: str, turn: int) -> Word:
    return Word(
        text=text,
        left=min(glyph.left for glyph in line),
        right=max(glyph.right for glyph in line),
        base=line[0].baseline,
        size=line[0].top - line[0].bottom,
        turn=turn,
    )


def _glyph(text_page: pypdfium2.PdfTextPage, index: int, turn: int) -> Glyph | None:
    """Return a character in the frame of a turn, none if it is not drawn in that direction."""
    if raw.FPDFText_IsGenerated(text_page, index) == 1:
        return None
    angle = raw.FPDFText_GetCharAngle(text_page, index)
    if round(-angle / (pi / 2)) % 4 != turn:
        return None
    box = turned_box(Box(*text_page.get_charbox(index, loose=True)), turn)
    across, up = ctypes.c_double(), ctypes.c_double()
    raw.FPDFText_GetCharOrigin(text_page, index, across, up)
    code = raw.FPDFText_GetUnicode(text_page, index)
    return Glyph(
        text="-" if code == 2 else chr(code) if code <= 0x10FFFF else "\x00",
        left=box.left,
        right=box.right,
        bottom=box.bottom,
        top=box.top,
        baseline=turned(across.value, up.value, turn)[1],
        index=index,
    )
