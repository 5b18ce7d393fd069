"""Inline content of a paragraph: its text, and the pictures, notes and boxes anchored in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import groupby

from lxml import etree

from ragtenancy.adapters.formats.docx.equations import equation_text
from ragtenancy.adapters.formats.docx.fields import Field, control_value, form_value, link_target
from ragtenancy.adapters.formats.docx.looks import RunLook, has_background
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
    TABLE,
    TEXT_BOX_CONTENT,
    VAL,
    VML,
    WRAPPERS,
    m,
    w,
)
from ragtenancy.adapters.formats.marks import Links, scripted, struck
from ragtenancy.adapters.formats.symbol_fonts import in_font, symbol
from ragtenancy.domain.bold_headings import Emphasis

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

    `struck` are the places of parts that are struck through, `graphics` the relationships of charts
    and SmartArt, `comments` the ids of comments, `drawn` the texts of WordArt.
    """

    parts: list[str] = field(default_factory=list)
    struck: set[int] = field(default_factory=set)
    pictures: list[PictureReference] = field(default_factory=list)
    graphics: list[str] = field(default_factory=list)
    boxes: list[etree._Element] = field(default_factory=list)
    drawn: list[str] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    emphasis: Emphasis | None = None
    hidden_runs: int = 0
    faint_runs: int = 0
    controls: int = 0
    newer_charts: int = 0
    in_contents: bool = False

    @property
    def text(self) -> str:
        """The raw text, with what is struck through marked."""
        if not self.struck:
            return "".join(self.parts)
        groups = groupby(enumerate(self.parts), lambda part: part[0] in self.struck)
        texts = ((is_struck, "".join(part for _, part in group)) for is_struck, group in groups)
        return "".join(struck(text) if is_struck else text for is_struck, text in texts)

    @property
    def size(self) -> int:
        """The amount of content found, to detect an empty branch."""
        attached = len(self.pictures) + len(self.graphics) + len(self.boxes) + len(self.notes)
        return len(self.parts) + len(self.drawn) + attached


@dataclass
class InlineState:
    """What reading a paragraph's content needs from the document, and what outlasts a paragraph.

    `targets` are the addresses of a part's links by relationship, `fields` those whose result is
    being read, `has_dark_page` tells whether white text is visible anywhere.
    """

    styles: StyleSheet
    links: Links = field(default_factory=Links)
    targets: Mapping[str, str] = field(default_factory=dict)
    fields: list[Field] = field(default_factory=list)
    has_dark_page: bool = False


def read_inline(paragraph: etree._Element, state: InlineState, look: Look) -> InlineContent:
    """Return a paragraph's content, with insertions, without deletions and hidden runs."""
    walk = _Walk(state, look)
    walk.children(paragraph)
    walk.finish()
    return walk.found


_MOST_FIELDS = 20


class _Walk:
    """One pass over a paragraph, to the depth that the scan allows."""

    def __init__(self, state: InlineState, look: Look) -> None:
        self.found = InlineContent()
        self._state = state
        self._look = look
        self._fields = [*state.fields]
        self._alternative_text = ""
        self._run = look.run
        self._reading_aid = ""

    def finish(self) -> None:
        """Keep the fields whose result goes on in the next paragraph."""
        self._flush_reading_aid()
        self._note_contents()
        going_on = [each for each in self._fields if each.shows_result][:_MOST_FIELDS]
        for each in going_on:
            each.start = 0
        self._state.fields = going_on

    def children(self, element: etree._Element) -> None:
        """Read the relevant children."""
        for child in element:
            reader = _READERS.get(str(child.tag))
            if reader is not None:
                reader(self, child)

    def run(self, run: etree._Element) -> None:
        """Read a run unless it is hidden."""
        look = self._state.styles.run(run.find(_RUN_PROPERTIES), self._look)
        if look.hidden:
            self.found.hidden_runs += run.find(_TEXT) is not None
        elif look.is_faint and self._is_invisible(run, look):
            self.found.faint_runs += run.find(_TEXT) is not None
        else:
            before, self._run = self._run, look
            self.children(run)
            self._run = before

    def _is_invisible(self, run: etree._Element, look: RunLook) -> bool:
        if look.is_tiny:
            return True
        is_seen = self._state.has_dark_page or self._look.shaded or has_background(run)
        return not is_seen and not self._is_in_shaded_table(run)

    def _is_in_shaded_table(self, run: etree._Element) -> bool:
        styles = (table.find(_TABLE_STYLE) for table in run.iterancestors(TABLE))
        shaded = self._state.styles.is_shaded_table
        return any(style is not None and shaded(style.get(VAL)) for style in styles)

    def text(self, element: etree._Element) -> None:
        """Read text; a line break in the XML is white space, not a break."""
        text = _WHITE_SPACE.sub(" ", element.text or "")
        if self._run.is_symbolic:
            text = _in_fonts(text, self._run)
        before = self.found.parts[-1] if self.found.parts else ""
        self._emphasise(text)
        self._add(scripted(text, self._run.alignment, before))

    def _emphasise(self, text: str) -> None:
        """Keep the weight and size that all of the text so far has."""
        if not text.strip():
            return
        so_far, run = self.found.emphasis, self._run
        self.found.emphasis = run.emphasis if so_far is None else so_far.joined(bold=bool(run.bold))

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
            self._fields.append(Field(value=form_value(element)))
        elif kind == "separate" and self._fields:
            self._fields[-1].shows_result = True
            self._fields[-1].start = len(self.found.parts)
            self._note_contents()
        elif kind == "end" and self._fields:
            self._end(self._fields.pop())

    def instruction(self, element: etree._Element) -> None:
        if self._fields and not self._fields[-1].shows_result:
            self._fields[-1].instruction += element.text or ""

    def _end(self, ended: Field) -> None:
        """Show the value of a form field without a result, the target of a link after it."""
        result = "".join(self.found.parts[ended.start :]) if ended.shows_result else ""
        if ended.value and not result.strip():
            self._add(ended.value)
        elif ended.target and result:
            self._show_target(result, ended.target)

    def _note_contents(self) -> None:
        self.found.in_contents |= any(each.is_contents for each in self._fields)

    def simple_field(self, element: etree._Element) -> None:
        """Read the result of a field; show the target of a link after it."""
        start = len(self.found.parts)
        self.children(element)
        if target := link_target(element.get(w("instr"), "")):
            self._show_target("".join(self.found.parts[start:]), target)

    def hyperlink(self, element: etree._Element) -> None:
        """Read a link, and its target after the last of several with the same."""
        start = len(self.found.parts)
        self.children(element)
        key, following = element.get(_VML_ID), element.getnext()
        goes_on = following is not None and following.tag == element.tag
        if key and (following is None or not goes_on or following.get(_VML_ID) != key):
            self._show_target("".join(self.found.parts[start:]), self._target(element))

    def _target(self, element: etree._Element) -> str:
        target = self._state.targets.get(element.get(_VML_ID, ""), "")
        place = element.get(w("anchor"), "")
        return f"{target}#{place}" if target and place and "#" not in target else target

    def _show_target(self, text: str, target: str) -> None:
        shown = self._state.links.shown(text.rstrip(), target)
        self._add(shown[len(text.rstrip()) :] if text.strip() else "")

    def control(self, element: etree._Element) -> None:
        """Read a content control; an empty one may have a value without text."""
        self._add(control_value(element))
        self.children(element)

    def ruby(self, element: etree._Element) -> None:
        """Read the base text; its reading aid follows in brackets, once for neighbouring bases."""
        aids, self._reading_aid = self._reading_aid, ""
        for base in element.iterchildren(w("rubyBase")):
            self.children(base)
        found = (
            each.text or "" for aid in element.iterchildren(w("rt")) for each in aid.iter(_TEXT)
        )
        self._reading_aid = aids + "".join(found)

    def _flush_reading_aid(self) -> None:
        aid, self._reading_aid = self._reading_aid.strip(), ""
        if aid:
            self._add(f"({aid})")

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
            elif child.tag == _WORD_ART:
                self.found.drawn.append(child.get("string", ""))
            elif child.tag == w("control"):
                self.found.controls += 1
            elif child.tag in _NEWER_CHARTS:
                self.found.newer_charts += 1
            elif child.tag in _LINKED:
                self._link_drawing(child)
            elif child.tag in _PICTURES:
                self._alternative_text = child.get(f"{{{OFFICE}}}title") or self._alternative_text
                self._add_picture(child.get(_EMBEDDED) or child.get(_VML_ID) or "")
            else:
                self._alternative_text = _description(child) or self._alternative_text
                self._drawn(child)

    def _link_drawing(self, element: etree._Element) -> None:
        """Show the target of a drawing that is a link after its description."""
        target = self._state.targets.get(element.get(_VML_ID, ""), "")
        self._alternative_text = self._state.links.shown(self._alternative_text, target).strip()

    def _drawn_alternate(self, element: etree._Element) -> None:
        before = self.found.size
        for branch in element:
            self._drawn(branch)
            if self.found.size > before:
                return

    def _add_picture(self, relationship_id: str) -> None:
        self.found.pictures.append(PictureReference(relationship_id, self._alternative_text))

    def _add(self, text: str) -> None:
        if not text or not all(each.shows_result for each in self._fields):
            return
        if self._reading_aid:
            self._flush_reading_aid()
        if self._run.struck:
            self.found.struck.add(len(self.found.parts))
        self.found.parts.append(text)


def _in_fonts(text: str, look: RunLook) -> str:
    """Return text in a run's fonts: one for ASCII characters, one for others."""
    high = look.high_font or look.font
    return "".join(in_font(each, look.font if each.isascii() else high) for each in text)


def _description(element: etree._Element) -> str:
    """Return an element's description of its picture, "" for none or a mere file name."""
    names = ("descr", "title") if element.tag in _DESCRIBED else ("alt",)
    texts = (element.get(name, "") for name in names)
    return next((text for text in texts if text and not _FILE_NAME.search(text)), "")


_RUN_PROPERTIES = w("rPr")
_TEXT = w("t")
_TABLE_STYLE = f"{w('tblPr')}/{w('tblStyle')}"
_WORD_ART = f"{{{VML}}}textpath"
_NEWER_CHARTS = ("{http://schemas.microsoft.com/office/drawing/2014/chartex}chart",)
_LINKED = (f"{{{DRAWING}}}hlinkClick",)
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
    w("instrText"): _Walk.instruction,
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
    w("hyperlink"): _Walk.hyperlink,
    w("fldSimple"): _Walk.simple_field,
    w("sdt"): _Walk.control,
}
