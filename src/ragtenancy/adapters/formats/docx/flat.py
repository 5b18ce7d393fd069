"""Blocks as one text, for places that hold text alone: cells, notes, headers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ragtenancy.domain.parsed import Block, ListItem, Note, Picture, Table

_BETWEEN_CELLS = " | "


def flat_text(blocks: Iterable[Block]) -> str:
    """Return the text of blocks in order, a line each; pictures and notes have none."""
    return "\n".join(text for text in map(_text, blocks) if text)


def attachments(blocks: Iterable[Block]) -> Sequence[Block]:
    """Return the pictures and notes among blocks."""
    return [block for block in blocks if isinstance(block, Picture | Note)]


def _text(block: Block) -> str:
    if isinstance(block, Table):
        rows = (_BETWEEN_CELLS.join(filter(None, row)) for row in block.rows)
        return "\n".join(filter(None, rows))
    if isinstance(block, ListItem):
        return f"{block.marker} {block.text}".strip()
    return "" if isinstance(block, Picture | Note) else block.text
