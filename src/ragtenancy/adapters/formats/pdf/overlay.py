"""The lines of a page together with what is laid over them: values of fields, addresses, remarks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import pypdfium2
from msgspec import Struct, structs

from ragtenancy.adapters.formats.pdf.annotations import Annotations, Marks
from ragtenancy.adapters.formats.pdf.fields import Value
from ragtenancy.adapters.formats.pdf.paragraphs import Line
from ragtenancy.domain.parsed import Block, Note

_TOKEN = re.compile(r"\S+")
_NEAR = 2.0


class _Word(Struct, frozen=True):
    """A word at its place, and the index of its line."""

    text: str
    left: float
    right: float
    bottom: float
    top: float
    line: int


def overlaid(
    page: pypdfium2.PdfPage, lines: Sequence[Line], annotations: Annotations
) -> tuple[list[Line], Sequence[tuple[float, Note]]]:
    """Return the lines with values and addresses, and the remarks with their height."""
    marks = annotations.of(page)
    if marks == Marks():
        return list(lines), ()
    text_page = page.get_textpage()
    try:
        words = [word for index in range(len(lines)) for word in _words(text_page, lines, index)]
    finally:
        text_page.close()
    written = annotations.written(marks, words)
    shown = _rewritten(lines, words, written.texts)
    for value in written.apart:
        _insert(shown, value)
    return shown, written.notes


def _words(text_page: pypdfium2.PdfTextPage, lines: Sequence[Line], index: int) -> Iterator[_Word]:
    line = lines[index]
    tokens = list(_TOKEN.finditer(line.text))
    if len(line.text) != line.end - line.start + 1 or len(tokens) == 1:
        yield _Word(line.text, line.left, line.right, line.bottom, line.top, index)
        return
    for found in tokens:
        first = text_page.get_charbox(line.start + found.start(), loose=True)
        last = text_page.get_charbox(line.start + found.end() - 1, loose=True)
        yield _Word(found[0], first[0], last[2], first[1], first[3], index)


def _rewritten(lines: Sequence[Line], words: Sequence[_Word], texts: Sequence[str]) -> list[Line]:
    parts: list[list[str]] = [[] for _ in lines]
    for word, text in zip(words, texts, strict=True):
        parts[word.line].append(text)
    return [
        structs.replace(line, text=" ".join(filter(None, own)))
        for line, own in zip(lines, parts, strict=True)
    ]


def _insert(lines: list[Line], value: Value) -> None:
    """Insert a value as a line of its own before the first line below it."""
    place = value.field
    middle = (place.bottom + place.top) / 2
    at = next((index for index, line in enumerate(lines) if line.top < middle), len(lines))
    lines.insert(
        at,
        Line(
            text=value.text,
            left=place.left,
            right=place.right,
            bottom=place.bottom,
            top=place.top,
            size=min((line.size for line in lines), default=1),
        ),
    )


def with_notes(
    blocks: Sequence[tuple[float, Block]], notes: Sequence[tuple[float, Note]]
) -> list[Block]:
    """Return a page's blocks with each remark behind the last that begins above it."""
    placed: list[tuple[int, int, Block]] = [
        (index, 0, block) for index, (_, block) in enumerate(blocks)
    ]
    for order, (top, note) in enumerate(notes, 1):
        above = [index for index, (height, _) in enumerate(blocks) if height >= top - _NEAR]
        placed.append((max(above, default=-1), order, note))
    return [block for _, _, block in sorted(placed, key=lambda each: each[:2])]
