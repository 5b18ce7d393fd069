"""A page's elements into blocks, in one pass."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lxml import etree

from ragtenancy.adapters.formats.html.elements import BLOCKS, HEADINGS, is_left_out
from ragtenancy.adapters.formats.html.flow import Flow
from ragtenancy.adapters.formats.html.lists import OpenList, opened_list
from ragtenancy.adapters.formats.html.pictures import Gallery
from ragtenancy.adapters.formats.html.tables import is_layout, table_of
from ragtenancy.adapters.formats.refusals import unreadable
from ragtenancy.domain.parsed import Block, Code, Heading, ListItem, Paragraph, Picture

_DEPTH = 1_000  # libxml2 cuts off what is deeper than 2,048
_DEEPEST = 50
_LANGUAGE = re.compile(r"\blang(?:uage)?-([\w+#-]+)")


def blocks_of(root: etree._Element, gallery: Gallery) -> list[Block]:
    """Return the blocks of a page; raises `UnreadableDocumentError` (`too_many_cells`, `too_deep`)."""
    walk = _Walk(gallery)
    elements = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
    depth = 0
    for event, element in elements:
        if event == "start":
            depth += 1
            if depth > _DEPTH:
                raise unreadable("too_deep", limit=_DEPTH)
            if walk.start(element):
                elements.skip_subtree()
        elif event == "end":
            depth -= 1
            walk.end(element)
        else:
            walk.tail(element)
    walk.flush()
    return walk.blocks


class _Walk:
    """Where the pass stands: what is open, and the text since the last block."""

    def __init__(self, gallery: Gallery) -> None:
        self.blocks: list[Block] = []
        self._gallery = gallery
        self._flow = Flow()
        self._pictures: list[Picture] = []
        self._lists: list[OpenList] = []
        self._items: list[str] = []
        self._heading = 0
        self._code: etree._Element | None = None

    def start(self, element: etree._Element) -> bool:
        """Enter an element; return whether what is in it was dealt with."""
        if is_left_out(element):
            return True
        if element.tag in BLOCKS and self._code is None:
            self.flush()
        if element.tag == "table" and not is_layout(element):
            table = table_of(element)
            self.blocks += [table] if table.rows else []
            return True
        self._open(element)
        self._flow.add(element.text, preformatted=self._code is not None)
        return False

    def end(self, element: etree._Element) -> None:
        """Leave an element."""
        if not is_left_out(element):
            self._close(element)
        self.tail(element)

    def tail(self, element: etree._Element) -> None:
        """Add the text that follows an element."""
        self._flow.add(element.tail, preformatted=self._code is not None)

    def flush(self) -> None:
        """Make a block of the text since the last one, pictures in it after it."""
        text = self._flow.taken()
        if text:
            self.blocks.append(self._block(text))
        self.blocks += self._pictures
        self._pictures.clear()

    def _open(self, element: etree._Element) -> None:
        tag = element.tag
        if tag in ("ul", "ol", "menu"):
            self._lists.append(opened_list(element))
        elif tag == "li":
            self._items.append(self._lists[-1].next_marker(element) if self._lists else "•")
        elif tag in HEADINGS:
            self._heading = HEADINGS[tag]
        elif tag == "pre" and self._code is None:
            self._code = element
        elif tag == "br":
            self._flow.add_break()
        elif tag == "img":
            picture = self._gallery.picture(element)
            self._pictures += [picture] if picture else []

    def _close(self, element: etree._Element) -> None:
        tag = element.tag
        if element is self._code:
            self._end_code(element)
        elif tag in BLOCKS and self._code is None:
            self.flush()
        if tag in ("ul", "ol", "menu") and self._lists:
            self._lists.pop()
        elif tag == "li" and self._items:
            self._items.pop()
        elif tag in HEADINGS:
            self._heading = 0

    def _end_code(self, element: etree._Element) -> None:
        self._code = None
        text = self._flow.taken_as_written()
        if text:
            self.blocks.append(Code(text=text, language=_language([element, *element])))

    def _block(self, text: str) -> Block:
        if self._heading:
            return Heading(text=" ".join(text.split()), level=self._heading)
        if not self._items:
            return Paragraph(text=text)
        marker, self._items[-1] = self._items[-1], ""
        return ListItem(text=text, marker=marker, depth=min(max(0, len(self._items) - 1), _DEEPEST))


def _language(elements: Sequence[etree._Element]) -> str:
    found = (_LANGUAGE.search(element.get("class") or "") for element in elements)
    return next((match[1] for match in found if match), "")
