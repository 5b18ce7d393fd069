"""The context of a picture in its document."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from msgspec import Struct

from ragtenancy.domain.parsed import Block, Heading, ListItem, Paragraph, Picture

_CAPTION = re.compile(
    r"(?:fig(?:ure|ura|\.)?|abb(?:ildung|\.)?|bild|image|picture|photo|foto|screenshot|diagram|"
    r"diagramm|chart|illustration|exhibit|рис(?:унок|\.)?|図|图|圖|그림)\s*\d",
    re.IGNORECASE,
)
_LONGEST_CAPTION = 300


class ImageContext(Struct, frozen=True, kw_only=True):
    """A picture's context: the section path, the neighbouring texts, its alternative text.

    `before` and `after` are the nearest paragraphs or list items of the same section;
    `caption` is the neighbour that names the picture (`Figure 3: …`).
    """

    section: Sequence[str] = ()
    before: str = ""
    after: str = ""
    caption: str = ""
    alternative_text: str = ""


def picture_contexts(blocks: Sequence[Block]) -> Mapping[int, ImageContext]:
    """Return the context of each kept picture where it first appears, by its index."""
    contexts: dict[int, ImageContext] = {}
    headings: dict[int, str] = {}
    before = ""
    for place, block in enumerate(blocks):
        if isinstance(block, Heading):
            headings = {level: text for level, text in headings.items() if level < block.level}
            headings[block.level] = block.text
            before = ""
        elif isinstance(block, Paragraph | ListItem):
            before = block.text
        elif isinstance(block, Picture) and block.index >= 0 and block.index not in contexts:
            after = _next_text(blocks, place + 1)
            contexts[block.index] = ImageContext(
                section=list(headings.values()),
                before=before,
                after=after,
                caption=_caption(after, before),
                alternative_text=block.alternative_text,
            )
    return contexts


def _next_text(blocks: Sequence[Block], start: int) -> str:
    """Return the nearest following text, "" if the section ends first."""
    for place in range(start, len(blocks)):
        block = blocks[place]
        if isinstance(block, Heading):
            return ""
        if isinstance(block, Paragraph | ListItem):
            return block.text
    return ""


def _caption(*neighbours: str) -> str:
    return next((t for t in neighbours if len(t) <= _LONGEST_CAPTION and _CAPTION.match(t)), "")
