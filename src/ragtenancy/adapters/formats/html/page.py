"""An HTML page as blocks: one walk over its tree."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree
from lxml.html import HTMLParser, document_fromstring
from msgspec import Struct, field

from ragtenancy.adapters.formats.html.flow import (
    BLOCKS,
    HEADINGS,
    Flow,
    flat_text,
    is_left_out,
    whole_number,
)
from ragtenancy.adapters.formats.html.pictures import Gallery
from ragtenancy.adapters.formats.html.prepared import prepare
from ragtenancy.adapters.formats.html.tables import grid_of, is_caption, is_layout
from ragtenancy.adapters.formats.marks import Links
from ragtenancy.adapters.formats.plain.encoding import decoded, decoded_as
from ragtenancy.adapters.formats.unread import Unread
from ragtenancy.domain import grids
from ragtenancy.domain.parsed import (
    Block,
    Code,
    Heading,
    ListItem,
    Paragraph,
    ParsedDocument,
    Picture,
)

_BULLET = "•"
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"))
_ROMAN_SMALL = ((40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))
_LARGEST_ROMAN = 3_999
_LETTERS = 26


@dataclass
class OpenList:
    """An open list; `number` is that of its next item, None for bullets."""

    number: int | None
    style: str
    delimiter: str = "."

    def next_marker(self, item: etree._Element) -> str:
        """Count an item and return its marker."""
        if self.number is None:
            return _BULLET
        number = whole_number(item.get("value"), self.number)
        self.number = number + 1
        return f"{_written(number, self.style)}{self.delimiter}"


def opened_list(element: etree._Element) -> OpenList:
    """Return the state of a new list."""
    if element.tag != "ol":
        return OpenList(number=None, style="")
    start, style = whole_number(element.get("start"), 1), element.get("type") or "1"
    return OpenList(start, style, element.get("data-delimiter") or ".")


def _written(number: int, style: str) -> str:
    if style in ("a", "A") and number > 0:
        return _in_case(_lettered(number), style)
    if style in ("i", "I") and 0 < number <= _LARGEST_ROMAN:
        return _in_case(_roman(number), style)
    return str(number)


def _in_case(text: str, style: str) -> str:
    return text.upper() if style.isupper() else text


def _lettered(number: int) -> str:
    text = ""
    while number:
        number, letter = divmod(number - 1, _LETTERS)
        text = chr(ord("a") + letter) + text
    return text


def _roman(number: int) -> str:
    text = ""
    for value, letters in (*_ROMAN, *_ROMAN_SMALL):
        count, number = divmod(number, value)
        text += letters * count
    return text


_DEEPEST = 50
_LANGUAGE = re.compile(r"\blang(?:uage)?-([\w+#-]+)")


def blocks_of(root: etree._Element, gallery: Gallery) -> list[Block]:
    """Return the blocks of a prepared tree; raises `UnreadableDocumentError` (`too_many_cells`)."""
    walk = _Walk(gallery)
    elements = etree.iterwalk(root, events=("start", "end"))
    for event, element in elements:
        if event == "end":
            walk.end(element)
        elif walk.start(element):
            elements.skip_subtree()
    walk.flush()
    return walk.blocks


class _Walk:
    """The state of the walk: open elements, and the text since the last block."""

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
        """Enter an element; return whether its content was handled."""
        if is_left_out(element):
            return True
        if element.tag in BLOCKS and self._code is None:
            self.flush()
        if element.tag == "table" and not is_layout(element):
            self.blocks += grids.blocks_of(grid_of(element))
            return True
        if is_caption(element):
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
        """Add the text after an element."""
        self._flow.add(element.tail, preformatted=self._code is not None)

    def flush(self) -> None:
        """Make a block of the text since the last one, followed by its pictures."""
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


_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")
_CHARSET = re.compile(
    rb"""<meta[^>]+charset\s*=\s*["']?\s*([\w.:-]+)|\A\s*<\?xml[^>]+encoding\s*=\s*["']([\w.-]+)""",
    re.IGNORECASE,
)
_HEAD_BYTES = 4_096


class Page(Struct, frozen=True, kw_only=True):
    """A parsed page: its title and its blocks in order."""

    title: str
    blocks: list[Block]


class Reading(Struct, frozen=True, kw_only=True):
    """What the pages of one document share: pictures, links, counts of omitted content, styles."""

    gallery: Gallery
    links: Links
    unread: Unread
    style_sheets: list[str] = field(default_factory=list)


def new_reading() -> Reading:
    """Return the state of a document that nothing has been read of."""
    unread = Unread()
    return Reading(gallery=Gallery(unread), links=Links(), unread=unread)


def read_page(text: str, reading: Reading) -> Page:
    """Read a page's text; raises `UnreadableDocumentError` (`too_many_cells`, `too_deep`)."""
    body = _DECLARATION.sub("", text)
    if not body.strip():
        return Page(title="", blocks=[])
    root = document_fromstring(body, parser=_parser(), ensure_head_body=False)
    prepare(root, reading.links, reading.unread, reading.style_sheets)
    blocks = blocks_of(root, reading.gallery)
    return Page(title=_title(root, blocks), blocks=blocks)


def read_document(data: bytes, charset: str | None = None) -> ParsedDocument:
    """Read a page's bytes; raises `UnreadableDocumentError` if they are not text."""
    text, warnings = decoded_as(data, charset) if charset else page_text(data)
    reading = new_reading()
    page = read_page(text, reading)
    return ParsedDocument(
        title=page.title,
        blocks=page.blocks,
        images=reading.gallery.images,
        warnings=[*warnings, *reading.unread.warnings()],
    )


def page_text(data: bytes) -> tuple[str, list[str]]:
    """Return a page's text, by byte order mark, declared encoding or detection; and warnings."""
    found = _CHARSET.search(data[:_HEAD_BYTES])
    declared = (found[1] or found[2]).decode("ascii") if found else None
    return decoded(data, declared)


def _parser() -> HTMLParser:
    """Return a parser that cuts nothing off: HTML has no entities to multiply, and the walk counts depth."""
    return HTMLParser(encoding="utf-8", huge_tree=True)


def _title(root: etree._Element, blocks: list[Block]) -> str:
    element = next(root.iter("title"), None)
    title = flat_text(element) if element is not None else ""
    headings = (block.text for block in blocks if isinstance(block, Heading) and block.level == 1)
    return title or next(headings, "")
