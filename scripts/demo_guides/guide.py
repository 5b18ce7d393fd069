"""What a guide is made of."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct


class Prose(Struct, frozen=True):
    """A paragraph."""

    text: str


class Bullets(Struct, frozen=True):
    """An unordered list."""

    items: Sequence[str]


class Steps(Struct, frozen=True):
    """A numbered list, counted from 1."""

    items: Sequence[str]


class Grid(Struct, frozen=True):
    """A table; the first row names the columns."""

    rows: Sequence[Sequence[str]]


class Screenshot(Struct, frozen=True):
    """A picture of a window; the caption is its alternative text."""

    caption: str


Part = Prose | Bullets | Steps | Grid | Screenshot


class Section(Struct, frozen=True):
    """A heading and what stands under it."""

    heading: str
    parts: Sequence[Part]
    level: int = 1


class Guide(Struct, frozen=True):
    """A document of a demo client."""

    filename: str
    title: str
    sections: Sequence[Section]
