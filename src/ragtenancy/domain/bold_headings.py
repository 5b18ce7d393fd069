"""Headings made by bold or larger type only, without a style."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TypeGuard

from msgspec import Struct

from ragtenancy.domain.parsed import Block, Heading, ListItem, Note, Paragraph, Picture, Table

_LONGEST = 100
_MOST_WORDS = 14
_LONG_TEXT = 50
_LARGER = 1.15
_FEWEST_ALIKE = 2
_LARGEST_SHARE = 0.5
_DEEPEST = 9
_SENTENCE_ENDS = (".", "!", "?", "…", ":", ";", "。", "！", "？", "：", "؟")  # noqa: RUF001
_NO_HEADING_ENDS = (".", "!", "…", ",", ";", "。", "！", "，", "、")  # noqa: RUF001
_CAPTION = re.compile(
    r"(?:fig(?:ure|ura)?|tab(?:le|elle|leau|la|ella)?|abb(?:ildung)?|bild|chart|diagram\w*|рис(?:унок)?"
    r"|таблица|図|表|图)\.?\s*[0-9]",
    re.IGNORECASE,
)
_LABELLED = re.compile(r"[^:]{1,30}:\s+(?:\S+\s+){3,}\S")
_COLONS = (":", "：")  # noqa: RUF001


class Emphasis(Struct, frozen=True, gc=False):
    """The weight and size that all of a paragraph's text has; the size is in half-points."""

    bold: bool
    size: int

    def joined(self, *, bold: bool) -> Emphasis:
        """Return the emphasis of text with further text: bold if all is, the size of the first."""
        return Emphasis(bold=False, size=self.size) if self.bold and not bold else self


class Emphases:
    """How the paragraphs among a document's blocks look, by index, and how much has each size."""

    def __init__(self) -> None:
        self.of_blocks: dict[int, Emphasis] = {}
        self.sizes: Counter[int] = Counter()

    def note(self, index: int, look: Emphasis | None, length: int) -> None:
        """Note how a block looks, and its characters of body text; None for no candidate."""
        self.of_blocks.pop(index, None)
        if look is not None:
            self.sizes[look.size] += length
            self.of_blocks[index] = look

    def forget(self, index: int) -> None:
        """Drop what was noted of a block that was removed."""
        self.of_blocks.pop(index, None)


def with_bold_headings(blocks: Sequence[Block], emphases: Emphases) -> list[Block]:
    """Return the blocks, with paragraphs that only their type makes headings as such.

    A heading stands alone, is short, does not end like a sentence, has text below it, and is
    larger than the text or one of several alike in bold.
    """
    sizes = emphases.sizes
    body = max(sizes, key=lambda size: sizes[size], default=0)
    shaped = {
        index: look
        for index, look in emphases.of_blocks.items()
        if _is_special(look, body) and _is_shaped(blocks[index], look, body)
    }
    leading = {index: look for index, look in shaped.items() if _leads(blocks, index, shaped, body)}
    alike = Counter(leading.values())
    paragraphs = sum(isinstance(block, Paragraph | ListItem) for block in blocks)
    bold_alone = {index for index, look in leading.items() if not _is_larger(look, body)}
    if len(bold_alone) > _LARGEST_SHARE * paragraphs:
        leading = {index: look for index, look in leading.items() if index not in bold_alone}
    chosen = {
        index: look
        for index, look in leading.items()
        if _is_larger(look, body) or alike[look] >= _FEWEST_ALIKE
    }
    return _promoted(blocks, chosen)


def _is_larger(look: Emphasis, body: int) -> bool:
    return body > 0 and look.size >= _LARGER * body


def _is_special(look: Emphasis, body: int) -> bool:
    return look.bold or _is_larger(look, body)


def _is_shaped(block: Block, look: Emphasis, body: int) -> bool:
    """Whether a paragraph, or a numbered item in bold, is as short as a heading and ends like one."""
    if not isinstance(block, Paragraph) and not (look.bold and _is_numbered(block)):
        return False
    text = block.text
    is_short = len(text) <= _LONGEST and len(text.split()) <= _MOST_WORDS
    is_label = text.endswith(_COLONS) and not _is_larger(look, body)
    has_letters = any(character.isalpha() for character in text)
    is_line = "\n" not in text and "\t" not in text
    ends = text.endswith(_NO_HEADING_ENDS) or is_label
    is_other = _CAPTION.match(text) or _LABELLED.match(text)
    return is_short and is_line and has_letters and not ends and not is_other


def _is_numbered(block: Block) -> TypeGuard[ListItem]:
    """Whether a block is an item with a number or a letter; bullets head nothing."""
    return isinstance(block, ListItem) and any(map(str.isalnum, block.marker))


def _leads(blocks: Sequence[Block], index: int, shaped: Mapping[int, Emphasis], body: int) -> bool:
    """Whether text follows, at once or below a heading of smaller or equal type."""
    look = shaped[index]
    for following in range(index + 1, len(blocks)):
        block = blocks[following]
        if isinstance(block, Note | Picture):
            continue
        if following in shaped:
            if shaped[following] == look or shaped[following].size > look.size:
                return False
            continue
        is_item = isinstance(block, ListItem) and isinstance(blocks[index], ListItem)
        return not is_item and (_is_larger(look, body) or _is_text(block))
    return False


def _is_text(block: Block) -> bool:
    """Whether a block is what stands below headings, rather than a line of an address."""
    if isinstance(block, Paragraph):
        return len(block.text) >= _LONG_TEXT or block.text.endswith(_SENTENCE_ENDS)
    return isinstance(block, ListItem | Table)


def _promoted(blocks: Sequence[Block], chosen: Mapping[int, Emphasis]) -> list[Block]:
    """Return the blocks with headings, whose levels follow their size below styled headings."""
    ranks = sorted(set(chosen.values()), key=lambda look: (-look.size, not look.bold))
    above = 0
    found: list[Block] = []
    for index, block in enumerate(blocks):
        look = chosen.get(index)
        if isinstance(block, Heading):
            above = block.level
        if look is not None and isinstance(block, Paragraph | ListItem):
            level = min(above + 1 + ranks.index(look), _DEEPEST)
            marker = f"{block.marker} " if isinstance(block, ListItem) else ""
            found.append(Heading(text=marker + block.text, level=level))
        else:
            found.append(block)
    return found
