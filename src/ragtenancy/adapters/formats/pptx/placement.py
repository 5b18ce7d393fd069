"""Where shapes are on a slide, and in which order they are read."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

from msgspec import structs
from pptx.shapes.base import BaseShape

from ragtenancy.adapters.formats.pptx.reading_order import Placed, in_reading_order
from ragtenancy.domain.parsed import Block, Heading, ListItem, Paragraph, Picture

Edges = tuple[int, int, int, int]
_Read = tuple[Edges, list[Block]]
_LINE = 290_000
_CHARACTER = 115_000
_LONG = 60
_MOST = 200
_COLUMN_LEVEL = 2
_SENTENCE_ENDS = (".", "!", "?", ";", ",", "。")
_RIGHT_TO_LEFT = ("R", "AL")


def in_order(read: Sequence[_Read]) -> list[list[Block]]:
    """Return the blocks of shapes in reading order; a picture behind others comes first.

    A shape's edges are left, top, right and bottom, in English Metric Units.
    """
    if len(read) > _MOST:
        return [blocks for _, blocks in sorted(read, key=lambda each: each[0][1::-1])]
    behind = [each[1] for each in read if _is_behind(each, read)]
    others = [_placed(*each) for each in read if not _is_behind(each, read)]
    blocks = (block for _, found in read for block in found)
    right_to_left = _is_right_to_left(blocks)
    shortened = [_shortened(place, others) for place in others]
    ordered = in_reading_order(shortened, right_to_left=right_to_left)
    ends_in_column = bool(ordered) and ordered[-1].in_column
    heads = (each.heads_column and ends_in_column for each in ordered)
    found = (
        _as_head(each.item) if head else each.item
        for each, head in zip(ordered, heads, strict=True)
    )
    return [*behind, *found]


def _as_head(blocks: list[Block]) -> list[Block]:
    """Return the first box of a column as a heading if it is one short line."""
    [first, *others] = blocks
    if others or not isinstance(first, Paragraph | ListItem):
        return blocks
    is_line = "\n" not in first.text and len(first.text) <= _LONG
    ends = first.text.endswith(_SENTENCE_ENDS)
    return [Heading(text=first.text, level=_COLUMN_LEVEL)] if is_line and not ends else blocks


def _is_behind(one: _Read, read: Sequence[_Read]) -> bool:
    """Whether a shape shows only a picture, and others lie on it."""
    (left, top, right, bottom), blocks = one
    if not all(isinstance(block, Picture) for block in blocks):
        return False
    centres = (_centre(other[0]) for other in read if other is not one)
    return any(left < x < right and top < y < bottom for x, y in centres)


def edges(shape: BaseShape) -> Edges:
    """Return a shape's edges; a connector or unknown shape may have none."""
    left, top = shape.left or 0, shape.top or 0
    return (left, top, left + (shape.width or 0), top + (shape.height or 0))


def _centre(edges: Edges) -> tuple[int, int]:
    left, top, right, bottom = edges
    return ((left + right) // 2, (top + bottom) // 2)


def _placed(edges: Edges, blocks: list[Block]) -> Placed[list[Block]]:
    left, top, right, bottom = edges
    texts = [block.text for block in blocks if isinstance(block, Paragraph | ListItem)]
    return Placed(
        item=blocks,
        left=left,
        top=top,
        right=right,
        bottom=bottom,
        is_card=len(blocks) > 1 or any(len(text) > _LONG for text in texts),
        is_label=bool(texts) and texts[-1].endswith((":", "：")),  # noqa: RUF001
    )


def _shortened(
    place: Placed[list[Block]], others: Sequence[Placed[list[Block]]]
) -> Placed[list[Block]]:
    """Return a frame that ends where the next begins: text frames are often taller than text."""
    texts = [block.text for block in place.item if isinstance(block, Paragraph | ListItem)]
    if len(texts) < len(place.item):
        return place
    below = [
        other.top
        for other in others
        if other.left < place.right
        and place.left < other.right
        and place.top < other.top < place.bottom
    ]
    needed = place.top + _height(texts, max(place.right - place.left, 1))
    bottom = max(needed, min(below)) if below else place.bottom
    return structs.replace(place, bottom=min(place.bottom, bottom))


def _height(texts: Sequence[str], width: int) -> int:
    """Return about the height of text in 18 points."""
    return _LINE * sum(1 + len(text) * _CHARACTER // width for text in texts)


def _is_right_to_left(blocks: Iterable[Block]) -> bool:
    directions = Counter(
        unicodedata.bidirectional(character) in _RIGHT_TO_LEFT
        for block in blocks
        if isinstance(block, Paragraph | ListItem)
        for character in block.text
        if character.isalpha()
    )
    return directions[True] > directions[False]
