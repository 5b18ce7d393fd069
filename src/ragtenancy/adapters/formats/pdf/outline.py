"""A document's bookmarks, which tell its headings and their levels."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

import pypdfium2
from msgspec import Struct, structs

from ragtenancy.domain.parsed import Block, Heading, ListItem, Paragraph
from ragtenancy.domain.visible_text import visible_text

_BOOKMARKS = 20_000
_DEEPEST = 6
_LONGEST = 300
_NUMBER = re.compile(r"\A(?:[^\W\d_]{1,12}\s+)?(?:\d+|[A-Z]|[IVXLC]+)(?:\.\d+)*[.):]?\s+(?=\S)")
_UNSPOKEN = re.compile(r"[\W_]+")

Outline = Mapping[int, Mapping[str, int]]
"""The level of each heading by its folded text, by page; pages and levels count from 1."""
Placed = tuple[int, Block]
"""A block with its page."""


def outline_of(document: pypdfium2.PdfDocument) -> Outline:
    """Return the bookmarks of a document."""
    found: dict[int, dict[str, int]] = {}
    for bookmark in islice(document.get_toc(max_depth=_DEEPEST), _BOOKMARKS):
        destination = bookmark.get_dest()
        page = None if destination is None else destination.get_index()
        if page is None:
            continue
        for title in _folded(visible_text(bookmark.get_title())):
            found.setdefault(page + 1, {}).setdefault(title, bookmark.level + 1)
    return found


def _folded(text: str) -> list[str]:
    """Return a text's letters and digits, with and without a number before it (`Chapter 2 …`)."""
    if len(text) > _LONGEST:
        return []
    shown = unicodedata.normalize("NFKC", text)
    forms = (_UNSPOKEN.sub("", each).casefold() for each in (shown, _NUMBER.sub("", shown)))
    return [form for form in dict.fromkeys(forms) if form]


class _Part(Struct, frozen=True):
    """A block with its page, and the level that a bookmark gives it, 0 for none."""

    page: int
    block: Block
    level: int = 0


def with_outline(blocks: Sequence[Placed], outline: Outline) -> list[Placed]:
    """Return the blocks with each heading that a bookmark names, at the bookmark's level.

    A heading before all of these stays above them. The others have the level that bookmarks give
    to headings of their size, else they are below all.
    """
    parts = [part for placed in blocks for part in _parts(placed, outline)] if outline else []
    named = [part for part in parts if part.level]
    if not named:
        return list(blocks)
    first = next(part for part in parts if isinstance(part.block, Heading))
    shift = 0 if first.level else 1
    levels = {**_levels_by_size(named), 0: max(part.level for part in named) + 1}
    return [
        (part.page, part.block if part is first and shift else _levelled(part, levels, shift))
        for part in parts
    ]


def _levelled(part: _Part, levels: Mapping[int, int], shift: int) -> Block:
    if not isinstance(part.block, Heading):
        return part.block
    level = part.level or levels.get(part.block.level, levels[0])
    return structs.replace(part.block, level=min(level + shift, _DEEPEST))


def _levels_by_size(named: Sequence[_Part]) -> dict[int, int]:
    """Return the level that most bookmarks give to the headings of each size."""
    counts: dict[int, Counter[int]] = {}
    for part in named:
        if isinstance(part.block, Heading) and part.block.level:
            counts.setdefault(part.block.level, Counter())[part.level] += 1
    return {size: count.most_common(1)[0][0] for size, count in counts.items()}


def _parts(placed: Placed, outline: Outline) -> Iterator[_Part]:
    """Yield a block, with what a bookmark names as a heading of its own."""
    page, block = placed
    if not isinstance(block, Heading | ListItem | Paragraph):
        yield _Part(page, block)
        return
    text = f"{block.marker} {block.text}" if isinstance(block, ListItem) else block.text
    head, _, rest = text.partition("\n")
    if level := _level(text, page, outline):
        size = block.level if isinstance(block, Heading) else 0
        yield _Part(page, Heading(text=" ".join(text.split()), level=size), level)
    elif rest and (level := _level(head, page, outline)):
        yield _Part(page, Heading(text=head.strip(), level=0), level)
        yield _Part(page, Paragraph(text=rest))
    else:
        yield _Part(page, block)


def _level(text: str, page: int, outline: Outline) -> int:
    """Return the level of a bookmark to this page, or to the top of the next, 0 without one."""
    forms = _folded(text)
    levels = (outline.get(number, {}).get(form) for number in (page, page + 1) for form in forms)
    return next(filter(None, levels), 0)
