"""The slides of an OpenDocument presentation: boxes in the order in which people read them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lxml import etree

from ragtenancy.adapters.formats.marks import comment_note
from ragtenancy.adapters.formats.odf.flow import GROUPS, Flow
from ragtenancy.adapters.formats.odf.styles import DRAW, OFFICE, SHOW, SVG
from ragtenancy.adapters.formats.pptx.placement import Edges, in_order
from ragtenancy.domain.parsed import Block, Heading, Note

_LENGTH = re.compile(r"(-?\d{1,6}(?:\.\d{1,12})?)(cm|mm|in|pt|pc|px)\Z")
_UNITS = {"cm": 360_000, "mm": 36_000, "in": 914_400, "pt": 12_700, "pc": 152_400, "px": 9_525}
_MOVED = re.compile(r"translate\s*\(\s*(\S+?)[\s,]+(\S+?)\s*\)")


class Slides:
    """Reads the pages of a presentation."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow

    def blocks(self, body: etree._Element) -> Iterator[tuple[int, Block]]:
        """Yield the blocks of each visible slide with its number."""
        for number, page in enumerate(body.iterchildren(f"{DRAW}page"), 1):
            if self._flow.styles.look("drawing-page", page.get(f"{DRAW}style-name")).hidden:
                self._flow.unread.add("hidden slide", "hidden slides", "left out")
                continue
            yield from ((number, block) for block in self._slide(page))

    def _slide(self, page: etree._Element) -> Iterator[Block]:
        titles = [each for each in page if each.get(f"{SHOW}class") == "title"]
        for title in titles:
            lines = [self._flow.text(each) for each in title.iter("{*}p", "{*}h")]
            text = " ".join(filter(None, lines))
            if text:
                yield Heading(text=text, level=1)
        yield from self._drawn(
            each for each in page if each not in titles and each.get(f"{SHOW}placeholder") != "true"
        )
        for notes in page.iterchildren(f"{SHOW}notes"):
            yield from self._notes(notes)
        for comment in page.iterchildren(f"{OFFICE}annotation"):
            author, text = self._flow.annotation(comment)
            yield from [comment_note(text, author)] if text else []

    def _drawn(self, elements: Iterable[etree._Element]) -> list[Block]:
        """Return the blocks of what is drawn; in the order of the file if a place is missing."""
        read: list[tuple[Edges | None, list[Block]]] = []
        for each in elements:
            if str(each.tag).startswith(DRAW):
                is_group = each.tag in GROUPS
                found = self._drawn(each) if is_group else self._flow.drawn(each)
                blocks = list(self._flow.linked(each, list(found)))
                read += [(_edges(each), blocks)] if blocks else []
        placed = [(edges, blocks) for edges, blocks in read if edges is not None]
        ordered = in_order(placed) if len(placed) == len(read) else [each for _, each in read]
        return [block for blocks in ordered for block in blocks]

    def _notes(self, notes: etree._Element) -> Iterator[Block]:
        frames = (each for each in notes if each.get(f"{SHOW}class") == "notes")
        paragraphs = (each for frame in frames for each in frame.iter("{*}p", "{*}h"))
        text = "\n".join(filter(None, map(self._flow.text, paragraphs)))
        if text:
            yield Note(text=text, kind="notes")


def _edges(element: etree._Element) -> Edges | None:
    """Return the edges of a shape, or those around the shapes of a group; None if unknown."""
    if element.tag in GROUPS:
        inner = list(filter(None, map(_edges, element.iterchildren(f"{DRAW}*"))))
        lefts, tops, rights, bottoms = zip(*inner, strict=True) if inner else ((),) * 4
        return (min(lefts), min(tops), max(rights), max(bottoms)) if inner else None
    moved = _MOVED.search(element.get(f"{DRAW}transform", ""))
    places = moved.groups() if moved else (element.get(f"{SVG}x"), element.get(f"{SVG}y"))
    left, top = map(_length, places)
    width, height = (_length(element.get(f"{SVG}{name}")) or 0 for name in ("width", "height"))
    return None if left is None or top is None else (left, top, left + width, top + height)


def _length(text: str | None) -> int | None:
    """Return a length in English Metric Units."""
    found = _LENGTH.match(text or "")
    return None if found is None else round(float(found[1]) * _UNITS[found[2]])
