"""Inline content of a paragraph: its text, and the pictures, notes and boxes anchored in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from lxml import etree

from ragtenancy.adapters.formats.docx.equations import equation_text
from ragtenancy.adapters.formats.docx.styles import Look, StyleSheet
from ragtenancy.adapters.formats.docx.xml import (
    ALTERNATE_CONTENT,
    CHART,
    DIAGRAM,
    DRAWING,
    OFFICE,
    PICTURE,
    PLACED,
    RELATIONSHIPS,
    TEXT_BOX_CONTENT,
    VML,
    WRAPPERS,
    child_value,
    m,
    w,
)
from ragtenancy.adapters.formats.marks import scripted
from ragtenancy.adapters.formats.symbol_fonts import in_font, symbol

_WHITE_SPACE = re.compile(r"[\t\r\n]+ *")
_FILE_NAME = re.compile(r"\.(?:png|jpe?g|gif|bmp|emf|wmf|tiff?|svg)\s*\Z", re.IGNORECASE)
_PAGE_BREAKS = ("page", "column")


@dataclass(frozen=True)
class PictureReference:
    """A picture in a paragraph: its relationship's id, "" for a drawing without one."""

    relationship_id: str
    alternative_text: str


@dataclass
class InlineContent:
    """A paragraph's text, and its pictures, graphics, boxes, notes and comments in order.

    `graphics` are the relationships of charts and SmartArt, `comments` the ids of comments.
    """

    parts: list[str] = field(default_factory=list)
    pictures: list[PictureReference] = field(default_factory=list)
    graphics: list[str] = field(default_factory=list)
    boxes: list[etree._Element] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    hidden_runs: int = 0

    @property
    def text(self) -> str:
        """The raw text."""
        return "".join(self.parts)

    @property
    def size(self) -> int:
        """The amount of content found, to detect an empty branch."""
        attached = len(self.pictures) + len(self.graphics) + len(self.boxes) + len(self.notes)
        return len(self.parts) + attached


def read_inline(paragraph: etree._Element, styles: StyleSheet, look: Look) -> InlineContent:
    """Return a paragraph's content, with insertions, without deletions and hidden runs."""
    walk = _Walk(styles, look)
    walk.children(paragraph)
    return walk.found


class _Walk:
    """One pass over a paragraph, to the depth that the scan allows."""

    def __init__(self, styles: StyleSheet, look: Look) -> None:
        self.found = InlineContent()
        self._styles = styles
        self._look = look
        self._fields: list[bool] = []
        self._alternative_text = ""
        self._font = ""
        self._alignment = ""

    def children(self, element: etree._Element) -> None:
        """Read the relevant children."""
        for child in element:
            reader = _READERS.get(str(child.tag))
            if reader is not None:
                reader(self, child)

    def run(self, run: etree._Element) -> None:
        """Read a run unless it is hidden."""
        properties = run.find(_RUN_PROPERTIES)
        if self._styles.run_hidden(properties, self._look):
            self.found.hidden_runs += run.find(_TEXT) is not None
            return
        fonts = None if properties is None else properties.find(_FONTS)
        self._font = "" if fonts is None else fonts.get(_ASCII_FONT, "")
        self._alignment = child_value(properties, "vertAlign") or ""
        self.children(run)

    def text(self, element: etree._Element) -> None:
        """Read text; a line break in the XML is white space, not a break."""
        text = in_font(_WHITE_SPACE.sub(" ", element.text or ""), self._font)
        before = self.found.parts[-1] if self.found.parts else ""
        self._add(scripted(text, self._alignment, before))

    def tab(self, _element: etree._Element) -> None:
        self._add("\t")

    def line_break(self, element: etree._Element) -> None:
        self._add(" " if element.get(w("type")) in _PAGE_BREAKS else "\n")

    def hyphen(self, _element: etree._Element) -> None:
        self._add("-")

    def symbol(self, element: etree._Element) -> None:
        self._add(symbol(element.get(w("font"), ""), element.get(w("char"), "")))

    def field_character(self, element: etree._Element) -> None:
        """Track a field, of which only the result is text."""
        kind = element.get(w("fldCharType"))
        if kind == "begin":
            self._fields.append(False)
        elif kind == "separate" and self._fields:
            self._fields[-1] = True
        elif kind == "end" and self._fields:
            self._fields.pop()

    def ruby(self, element: etree._Element) -> None:
        """Read the base text, not its ruby annotation."""
        for base in element.iterchildren(w("rubyBase")):
            self.children(base)

    def equation(self, element: etree._Element) -> None:
        self._add(f" {equation_text(element)} ")

    def footnote(self, element: etree._Element) -> None:
        self.found.notes.append(("footnote", element.get(w("id"), "")))

    def endnote(self, element: etree._Element) -> None:
        self.found.notes.append(("endnote", element.get(w("id"), "")))

    def comment(self, element: etree._Element) -> None:
        self.found.comments.append(element.get(w("id"), ""))

    def alternate(self, element: etree._Element) -> None:
        """Read the first branch with content, so that nothing is repeated."""
        before = self.found.size
        for branch in element:
            self.children(branch)
            if self.found.size > before:
                return

    def drawing(self, element: etree._Element) -> None:
        """Read a drawing and its content."""
        before = self.found.size
        self._alternative_text = ""
        self._drawn(element)
        if self.found.size == before and self._alternative_text:
            self._add_picture("")

    def _drawn(self, element: etree._Element) -> None:
        for child in element:
            if child.tag == TEXT_BOX_CONTENT:
                self.found.boxes.append(child)
            elif child.tag == ALTERNATE_CONTENT:
                self._drawn_alternate(child)
            elif child.tag in _GRAPHICS:
                self.found.graphics.append(child.get(_GRAPHICS[child.tag]) or "")
            elif child.tag in _PICTURES:
                self._alternative_text = child.get(f"{{{OFFICE}}}title") or self._alternative_text
                self._add_picture(child.get(_EMBEDDED) or child.get(_VML_ID) or "")
            else:
                self._alternative_text = _description(child) or self._alternative_text
                self._drawn(child)

    def _drawn_alternate(self, element: etree._Element) -> None:
        before = self.found.size
        for branch in element:
            self._drawn(branch)
            if self.found.size > before:
                return

    def _add_picture(self, relationship_id: str) -> None:
        self.found.pictures.append(PictureReference(relationship_id, self._alternative_text))

    def _add(self, text: str) -> None:
        if text and all(self._fields):
            self.found.parts.append(text)


def _description(element: etree._Element) -> str:
    """Return an element's description of its picture, "" for none or a mere file name."""
    names = ("descr", "title") if element.tag in _DESCRIBED else ("alt",)
    texts = (element.get(name, "") for name in names)
    return next((text for text in texts if text and not _FILE_NAME.search(text)), "")


_RUN_PROPERTIES = w("rPr")
_FONTS = w("rFonts")
_ASCII_FONT = w("ascii")
_TEXT = w("t")
_GRAPHICS = {
    f"{{{CHART}}}chart": f"{{{RELATIONSHIPS}}}id",
    f"{{{DIAGRAM}}}relIds": f"{{{RELATIONSHIPS}}}dm",
}
_EMBEDDED = f"{{{RELATIONSHIPS}}}embed"
_VML_ID = f"{{{RELATIONSHIPS}}}id"
_PICTURES = (f"{{{DRAWING}}}blip", f"{{{VML}}}imagedata")
_DESCRIBED = (f"{{{PLACED}}}docPr", f"{{{PICTURE}}}cNvPr")
_READERS: Mapping[str, Callable[[_Walk, etree._Element], None]] = {
    w("r"): _Walk.run,
    w("t"): _Walk.text,
    w("tab"): _Walk.tab,
    w("ptab"): _Walk.tab,
    w("br"): _Walk.line_break,
    w("cr"): _Walk.line_break,
    w("noBreakHyphen"): _Walk.hyphen,
    w("sym"): _Walk.symbol,
    w("fldChar"): _Walk.field_character,
    w("ruby"): _Walk.ruby,
    w("footnoteReference"): _Walk.footnote,
    w("endnoteReference"): _Walk.endnote,
    w("commentReference"): _Walk.comment,
    w("drawing"): _Walk.drawing,
    w("pict"): _Walk.drawing,
    w("object"): _Walk.drawing,
    m("oMath"): _Walk.equation,
    m("oMathPara"): _Walk.equation,
    ALTERNATE_CONTENT: _Walk.alternate,
    **dict.fromkeys(WRAPPERS, _Walk.children),
}
