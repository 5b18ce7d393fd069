"""Text of slides: paragraphs with raised digits, struck text, links and equations."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from lxml import etree
from msgspec import Struct
from pptx.opc.package import _Relationships
from pptx.oxml.ns import qn

from ragtenancy.adapters.formats.docx.equations import equation_text
from ragtenancy.adapters.formats.docx.xml import integer, m
from ragtenancy.adapters.formats.marks import Links, scripted, struck
from ragtenancy.adapters.formats.symbol_fonts import in_font
from ragtenancy.domain.parsed import Block, ListItem, Paragraph
from ragtenancy.domain.visible_text import visible_text

BULLET = "•"
_EQUATION = "{http://schemas.microsoft.com/office/drawing/2010/main}m"
_RUNS = (qn("a:r"), qn("a:fld"))
_STRIKES = ("sngStrike", "dblStrike")
_FONTS = (qn("a:sym"), qn("a:latin"))
_NUMBER_FIELDS = ("slidenum", "datetime")
_TICKS = frozenset("✓✔✗✘☐☑☒□■")


class _Piece(Struct, frozen=True):
    """A run's text; `link` is the relationship of its target."""

    text: str
    is_struck: bool = False
    link: str = ""


class Texts:
    """Reads the paragraphs of one part, whose relationships hold the targets of links."""

    def __init__(self, links: Links, relationships: _Relationships) -> None:
        self._links = links
        self._relationships = relationships

    def paragraph(self, paragraph: etree._Element) -> str:
        """Return a paragraph's text."""
        text = ""
        for link, pieces in groupby(_pieces(paragraph), lambda piece: piece.link):
            joined = _joined(pieces)
            text += self.linked(joined, link) if link else joined
        return visible_text(text)

    def linked(self, text: str, relationship_id: str) -> str:
        """Return the words of a link with its target, which stands before a last space."""
        relationship = self._relationships.get(relationship_id)
        if relationship is None or not relationship.is_external:
            return text
        words = text.rstrip()
        return self._links.shown(words, relationship.target_ref) + text[len(words) :]

    def lines(self, body: etree._Element) -> str:
        """Return the paragraphs of an element, one per line."""
        return "\n".join(filter(None, map(self.paragraph, body.iter(qn("a:p")))))

    def blocks(self, body: etree._Element, *, is_list: bool) -> Iterator[Block]:
        """Yield the paragraphs of a text body; those of an outline are list items."""
        numbers: dict[int, int] = {}
        for paragraph in body.iterchildren(qn("a:p")):
            text = self.paragraph(paragraph)
            if not text:
                continue
            depth = _depth(paragraph)
            marker = _marker(paragraph, depth, numbers, is_list=is_list)
            yield (
                ListItem(text=text, marker=marker, depth=depth) if marker else Paragraph(text=text)
            )


def _joined(pieces: Iterator[_Piece]) -> str:
    """Return the text of pieces, with what is struck through marked."""
    groups = groupby(pieces, lambda piece: piece.is_struck)
    texts = ((is_struck, "".join(piece.text for piece in group)) for is_struck, group in groups)
    return "".join(struck(text) if is_struck else text for is_struck, text in texts)


def _pieces(paragraph: etree._Element) -> Iterator[_Piece]:
    before = ""
    for element in paragraph:
        for piece in _read(element, before):
            before = piece.text or before
            yield piece


def _read(element: etree._Element, before: str) -> Iterator[_Piece]:
    if element.tag == qn("a:br"):
        yield _Piece("\n")
    elif element.tag == _EQUATION or element.tag in (m("oMath"), m("oMathPara")):
        space = "" if not before or before[-1:].isspace() else " "
        yield _Piece(f"{space}{equation_text(element)} ")
    elif element.tag in _RUNS and not element.get("type", "").startswith(_NUMBER_FIELDS):
        yield _run(element, before)


def _run(run: etree._Element, before: str) -> _Piece:
    text = (run.findtext(qn("a:t")) or "").replace("\v", "\n")
    properties = run.find(qn("a:rPr"))
    if properties is None:
        return _Piece(text)
    for font in properties.iterchildren(*_FONTS):
        text = in_font(text, font.get("typeface", ""))
    link = properties.find(qn("a:hlinkClick"))
    return _Piece(
        scripted(text, _alignment(properties), before),
        properties.get("strike") in _STRIKES,
        "" if link is None else link.get(qn("r:id"), ""),
    )


def _alignment(properties: etree._Element) -> str:
    baseline = integer(properties.get("baseline"), 0)
    return "superscript" if baseline > 0 else "subscript" if baseline < 0 else ""


def _depth(paragraph: etree._Element) -> int:
    properties = paragraph.find(qn("a:pPr"))
    return 0 if properties is None else min(max(integer(properties.get("lvl"), 0), 0), 8)


def _marker(
    paragraph: etree._Element, depth: int, numbers: dict[int, int], *, is_list: bool
) -> str:
    """Return a paragraph's marker, counting numbered ones by depth."""
    numbers.update(dict.fromkeys((deeper for deeper in numbers if deeper > depth), 0))
    properties = paragraph.find(qn("a:pPr"))
    numbering = None if properties is None else properties.find(qn("a:buAutoNum"))
    if numbering is not None:
        first = integer(numbering.get("startAt"), 1)
        numbers[depth] = numbers[depth] + 1 if numbers.get(depth) else first
        return f"{numbers[depth]}."
    numbers[depth] = 0
    character = None if properties is None else properties.find(qn("a:buChar"))
    if properties is not None and character is not None:
        return _bullet(properties, character.get("char", ""))
    bare = properties is not None and properties.find(qn("a:buNone")) is not None
    return BULLET if is_list and not bare else ""


def _bullet(properties: etree._Element, character: str) -> str:
    """Return a bullet; one that ticks or crosses off says something and is kept."""
    font = properties.find(qn("a:buFont"))
    shown = character if font is None else in_font(character, font.get("typeface", ""))
    return shown if shown in _TICKS else BULLET
