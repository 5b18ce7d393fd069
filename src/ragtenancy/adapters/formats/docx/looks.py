"""How runs look: hidden, struck through, bold, their size, colour and font."""

from __future__ import annotations

import re

from lxml import etree
from msgspec import Struct

from ragtenancy.adapters.formats.docx.xml import TEXT_BOX_CONTENT, VAL, integer, is_on, w
from ragtenancy.adapters.formats.symbol_fonts import is_symbol_font
from ragtenancy.domain.bold_headings import Emphasis

_HEX_COLOUR = re.compile(r"[0-9A-Fa-f]{6}\Z")
_DEFAULT_SIZE = 20
_LARGEST_UNREADABLE = 4
_WHITE_CHANNEL = 0xFA
_LIGHT_CHANNEL = 0xE0
_SOLID, _HALF = "solid", 50


class RunLook(Struct, frozen=True, kw_only=True):
    """What is stated about runs; None or empty for what is not.

    `size` is in half-points; `font` is that of ASCII characters, `high_font` that of others.
    """

    hidden: bool | None = None
    struck: bool | None = None
    bold: bool | None = None
    size: int | None = None
    colour: str = ""
    font: str = ""
    high_font: str = ""
    alignment: str = ""

    @property
    def is_plain(self) -> bool:
        """Whether text in this look is shown, not struck out, and in letters."""
        return not (self.hidden or self.struck or self.is_faint or self.is_symbolic)

    @property
    def emphasis(self) -> Emphasis:
        """The weight and size of the type."""
        return Emphasis(bool(self.bold), self.size or _DEFAULT_SIZE)

    @property
    def is_white(self) -> bool:
        """Whether the text is white, visible only on a darker background."""
        return all(channel >= _WHITE_CHANNEL for channel in _channels(self.colour, 0))

    @property
    def is_tiny(self) -> bool:
        """Whether the type is too small to be read, 2 points or less."""
        return self.size is not None and self.size <= _LARGEST_UNREADABLE

    @property
    def is_faint(self) -> bool:
        """Whether the text may be invisible."""
        return self.is_white or self.is_tiny

    @property
    def is_symbolic(self) -> bool:
        """Whether a symbol font shows symbols in the place of letters."""
        return is_symbol_font(self.font) or is_symbol_font(self.high_font)

    def over(self, *below: RunLook | None) -> RunLook:
        """Return what is stated here, else by the first of the looks below that states it."""
        looks = [self, *(look for look in below if look is not None)]
        return RunLook(
            hidden=next((each.hidden for each in looks if each.hidden is not None), None),
            struck=next((each.struck for each in looks if each.struck is not None), None),
            bold=next((each.bold for each in looks if each.bold is not None), None),
            size=next((each.size for each in looks if each.size is not None), None),
            colour=next((each.colour for each in looks if each.colour), ""),
            font=next((each.font for each in looks if each.font), ""),
            high_font=next((each.high_font for each in looks if each.high_font), ""),
            alignment=next((each.alignment for each in looks if each.alignment), ""),
        )


_NOTHING = RunLook()
_FONTS = w("rFonts")


def run_look(properties: etree._Element | None) -> RunLook:
    """Return what run properties state."""
    if properties is None or not len(properties):
        return _NOTHING
    stated = {child.tag: child for child in properties}
    size, fonts = stated.get(w("sz")), stated.get(_FONTS)
    strikes = [stated[tag] for tag in (w("strike"), w("dstrike")) if tag in stated]
    return RunLook(
        hidden=_switch(stated.get(w("vanish"))),
        struck=any(map(is_on, strikes)) if strikes else None,
        bold=_switch(stated.get(w("b"))),
        size=None if size is None else integer(size.get(VAL), 0) or None,
        colour=_value(stated.get(w("color"))),
        font="" if fonts is None else fonts.get(w("ascii"), ""),
        high_font="" if fonts is None else fonts.get(w("hAnsi"), ""),
        alignment=_value(stated.get(w("vertAlign"))) or _shifted(stated.get(w("position"))),
    )


def _switch(element: etree._Element | None) -> bool | None:
    return None if element is None else is_on(element)


def _shifted(position: etree._Element | None) -> str:
    """Return what text is whose base line is raised or lowered by hand."""
    shift = 0 if position is None else integer(position.get(VAL), 0)
    return "superscript" if shift > 0 else "subscript" if shift < 0 else ""


def _value(element: etree._Element | None) -> str:
    return "" if element is None else element.get(VAL, "")


def _channels(colour: str, default: int) -> tuple[int, int, int]:
    if not _HEX_COLOUR.match(colour):
        return (default, default, default)
    red, green, blue = bytes.fromhex(colour)
    return (red, green, blue)


def is_shaded(shading: etree._Element) -> bool:
    """Return whether a shading is darker than light grey."""
    pattern = shading.get(VAL, "")
    if pattern == _SOLID or integer(pattern.removeprefix("pct"), 0) >= _HALF:
        return min(_channels(shading.get(w("color"), ""), 0)) < _LIGHT_CHANNEL
    fill = shading.get(w("fill"), "")
    if not _HEX_COLOUR.match(fill):
        return shading.get(w("themeFill"), "background1") not in ("background1", "light1")
    return min(_channels(fill, 0xFF)) < _LIGHT_CHANNEL


_PROPERTIES = {w("r"): w("rPr"), w("p"): w("pPr"), w("tc"): w("tcPr"), w("tbl"): w("tblPr")}
_PLAIN_HIGHLIGHTS = ("none", "white")


def has_background(run: etree._Element) -> bool:
    """Return whether a run stands on a background of its own, its paragraph's or its cell's.

    A text box counts as one: its fill is not examined.
    """
    holders = (run, *run.iterancestors())
    return any(holder.tag == TEXT_BOX_CONTENT or _is_filled(holder) for holder in holders)


def _is_filled(holder: etree._Element) -> bool:
    name = _PROPERTIES.get(str(holder.tag))
    properties = None if name is None else holder.find(name)
    if properties is None:
        return False
    shading, highlight = properties.find(w("shd")), properties.find(w("highlight"))
    is_marked = highlight is not None and highlight.get(VAL, "none") not in _PLAIN_HIGHLIGHTS
    return is_marked or (shading is not None and is_shaded(shading))
