"""Text on slides that nobody sees: white on a light ground, without a fill, or in tiny type."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from lxml import etree
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.oxml.ns import qn
from pptx.shapes.base import BaseShape
from pptx.slide import Slide, SlideLayout, SlideMaster

from ragtenancy.adapters.formats.docx.xml import integer
from ragtenancy.adapters.formats.pptx.placement import edges

_LARGEST_TINY = 200  # hundredths of a point
_HEX = re.compile(r"[0-9A-Fa-f]{6}\Z")
_WHITE_CHANNEL = 0xFA
_MOST = 500
_SOLID, _NONE, _STYLED = qn("a:solidFill"), qn("a:noFill"), qn("a:fillRef")
_FILLS = (_SOLID, _NONE, *map(qn, ("a:gradFill", "a:blipFill", "a:pattFill", "a:grpFill")))
_COVERING = tuple(map(qn, ("p:pic", "p:graphicFrame")))
_SHAPE, _TABLE, _COLOR = qn("p:sp"), qn("a:tbl"), qn("a:schemeClr")
_BACKGROUND = f"{qn('p:cSld')}/{qn('p:bg')}"
_RUNS = tuple(map(qn, ("a:r", "a:fld")))
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def without_hidden_text(slide: Slide) -> int:
    """Remove the runs that nobody sees from a slide; return how many paragraphs had any.

    White text is hidden only if nothing behind it is filled: its shape, the shapes below it, and
    the backgrounds of slide, layout and master. Tables, whose styles have fills, keep theirs.
    """
    ground = _Ground(slide)
    hidden: list[etree._Element] = []
    for number, shape in enumerate(slide.shapes):
        white = []
        for run in shape._element.iter(*_RUNS):
            properties = run.find(qn("a:rPr"))
            if properties is None:
                continue
            if _is_tiny(properties) or _has_no_fill(properties):
                hidden.append(run)
            elif ground.is_white(properties.find(_SOLID)) and not _is_in_table(run):
                white.append(run)
        hidden += white if white and not ground.covers(number, shape) else []
    paragraphs = {run.getparent() for run in hidden if run.findtext(qn("a:t"), "").strip()}
    for run in hidden:
        parent = run.getparent()
        if parent is not None:
            parent.remove(run)
    return len(paragraphs)


def _is_tiny(properties: etree._Element) -> bool:
    return 0 < integer(properties.get("sz"), 0) <= _LARGEST_TINY


def _has_no_fill(properties: etree._Element) -> bool:
    """Return whether text has neither a fill nor an outline."""
    return properties.find(_NONE) is not None and properties.find(qn("a:ln")) is None


def _is_in_table(run: etree._Element) -> bool:
    return next(run.iterancestors(_TABLE), None) is not None


class _Ground:
    """What lies behind the text of a slide."""

    def __init__(self, slide: Slide) -> None:
        owners = _owners(slide)
        self._palette = _palette(owners[-1]) if owners else {}
        self._shapes = list(slide.shapes)
        self._below = [
            shape for owner in owners for shape in owner.shapes if not shape.is_placeholder
        ]
        backgrounds = (owner._element.find(_BACKGROUND) for owner in (slide, *owners))
        self._is_light = self._is_light_background(
            next((each for each in backgrounds if each is not None), None)
        )

    def is_white(self, fill: etree._Element | None) -> bool:
        """Return whether a solid fill is white."""
        color = None if fill is None else next(iter(fill), None)
        if color is None or len(color):  # a tint or a shade changes it
            return False
        value = self._palette.get(color.get("val", "")) if color.tag == _COLOR else _rgb(color)
        return value is not None and _is_white(value)

    def covers(self, number: int, shape: BaseShape) -> bool:
        """Return whether anything behind the text of a slide's shape may be dark."""
        others = [*self._below, *self._shapes[:number]]
        if not self._is_light or len(others) > _MOST or self._is_filled(shape):
            return True
        left, top, right, bottom = edges(shape)
        around = ((edges(each), each) for each in others)
        return any(
            a < right and left < c and b < bottom and top < d and self._is_filled(each)
            for (a, b, c, d), each in around
        )

    def _is_light_background(self, background: etree._Element | None) -> bool:
        if background is None:
            return True
        properties = background.find(qn("p:bgPr"))
        fill = background.find(qn("p:bgRef")) if properties is None else properties.find(_SOLID)
        return self.is_white(fill)

    def _is_filled(self, shape: BaseShape) -> bool:
        """Return whether a shape, or one in a group, has a fill that is not white."""
        if next(shape._element.iter(*_COVERING), None) is not None:
            return True
        if any(map(self._has_fill, shape._element.iter(_SHAPE))):
            return True
        base = getattr(shape, "_base_placeholder", None) if shape.is_placeholder else None
        has_own = next(_fills(shape._element), None) is not None
        return base is not None and not has_own and self._is_filled(base)

    def _has_fill(self, element: etree._Element) -> bool:
        own = next(_fills(element), None)
        if own is not None:
            return own.tag != _NONE and not (own.tag == _SOLID and self.is_white(own))
        styled = element.find(f"{qn('p:style')}/{_STYLED}")
        return styled is not None and styled.get("idx") != "0"


def _owners(slide: Slide) -> Sequence[SlideLayout | SlideMaster]:
    """Return a slide's layout and master, which a broken file lacks."""
    try:
        return [slide.slide_layout, slide.slide_layout.slide_master]
    except KeyError:
        return []


def _fills(shape: etree._Element) -> Iterator[etree._Element]:
    """Yield the fill that a shape states."""
    properties = shape.find(qn("p:spPr"))
    return iter(()) if properties is None else properties.iterchildren(*_FILLS)


def _palette(master: SlideLayout | SlideMaster) -> Mapping[str, str]:
    """Return the colours of a master's theme by the names that slides use."""
    try:
        theme = etree.fromstring(master.part.part_related_by(RELATIONSHIP_TYPE.THEME).blob, _PARSER)
    except (KeyError, etree.XMLSyntaxError):
        return {}
    scheme = next(theme.iter(qn("a:clrScheme")), ())
    colors = {str(each.tag).rpartition("}")[2]: _rgb(each[0]) for each in scheme if len(each)}
    named = master._element.find(qn("p:clrMap"))
    names = {} if named is None else {str(key): str(value) for key, value in named.items()}
    known = {name: color for name, color in colors.items() if color}
    return known | {name: known[key] for name, key in names.items() if key in known}


def _rgb(color: etree._Element) -> str | None:
    if color.get("val") == "white":
        return "FFFFFF"
    return color.get("lastClr") or color.get("val")


def _is_white(value: str) -> bool:
    return bool(_HEX.match(value)) and min(bytes.fromhex(value)) >= _WHITE_CHANNEL
