"""The words of a page together with what is laid over them: values of fields, addresses, remarks."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median_low

import pypdfium2
from msgspec import Struct

from ragtenancy.adapters.formats.pdf.annotations import Annotations, Marks
from ragtenancy.adapters.formats.pdf.drawings import Box, turned_box
from ragtenancy.adapters.formats.pdf.fields import Value
from ragtenancy.adapters.formats.pdf.words import Word
from ragtenancy.domain.parsed import Note


class _Turned(Struct, frozen=True, kw_only=True):
    """A word that stands in another direction, at its place in the frame of the page."""

    text: str
    left: float
    right: float
    bottom: float
    top: float


def overlaid(
    page: pypdfium2.PdfPage, words: Sequence[Word], annotations: Annotations, turn: int
) -> tuple[list[Word], Sequence[tuple[float, Note]]]:
    """Return the words with values and addresses, and the remarks with their height.

    Values and remarks are in the frame of words of one turn.
    """
    marks = annotations.of(page, turn)
    if marks == Marks():
        return list(words), ()
    placed = [word if word.turn == turn else _turned(word, turn) for word in words]
    written = annotations.written(marks, placed)
    for word, text in zip(words, written.texts, strict=True):
        word.text = text
    size = median_low([word.size for word in words]) if words else 10.0
    shown = [word for word in words if word.text]
    return [*shown, *(_word(value, size, turn) for value in written.apart)], written.notes


def _turned(word: Word, turn: int) -> _Turned:
    box = Box(word.left, word.bottom, word.right, word.top)
    seen = turned_box(box, (turn - word.turn) % 4)
    return _Turned(
        text=word.text, left=seen.left, right=seen.right, bottom=seen.bottom, top=seen.top
    )


def _word(value: Value, size: float, turn: int) -> Word:
    place = value.field
    base = (place.bottom + place.top) / 2 - 0.27 * size
    return Word(
        text=value.text, left=place.left, right=place.right, base=base, size=size, turn=turn
    )
