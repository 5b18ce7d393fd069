"""Arranging pieces of text into a picture's lines."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

# Recognition reads the zero before an x as a letter; searches need the code.
_HEXADECIMAL = re.compile(r"\b[Oo]x(?=[0-9A-Fa-f]{2,}\b)")


class Piece(Struct, frozen=True, kw_only=True):
    """A piece of text and its position, in pixels from the upper left corner."""

    text: str
    left: float
    top: float
    bottom: float


def text_of(pieces: Sequence[Piece]) -> str:
    """Return the pieces as lines, from top to bottom and left to right."""
    lines: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda piece: (piece.top + piece.bottom) / 2):
        if lines and _on_one_line(lines[-1][0], piece):
            lines[-1].append(piece)
        else:
            lines.append([piece])
    return "\n".join(map(_line, lines))


def _on_one_line(first: Piece, other: Piece) -> bool:
    """Whether the middle of a piece is at the height of another."""
    return first.top < (other.top + other.bottom) / 2 < first.bottom


def _line(pieces: Sequence[Piece]) -> str:
    ordered = sorted(pieces, key=lambda piece: piece.left)
    return _HEXADECIMAL.sub("0x", "  ".join(piece.text.strip() for piece in ordered))
