"""The names of WordprocessingML and how its attribute values are read."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

MAIN = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MATH = "http://schemas.openxmlformats.org/officeDocument/2006/math"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
PICTURE = "http://schemas.openxmlformats.org/drawingml/2006/picture"
PLACED = "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
COMPATIBILITY = "http://schemas.openxmlformats.org/markup-compatibility/2006"
CHART = "http://schemas.openxmlformats.org/drawingml/2006/chart"
DIAGRAM = "http://schemas.openxmlformats.org/drawingml/2006/diagram"
VML = "urn:schemas-microsoft-com:vml"
OFFICE = "urn:schemas-microsoft-com:office:office"

_OFF = frozenset(("0", "false", "off", "none"))
_INTEGER = re.compile(r"\s*([+-]?[0-9]{1,9})", re.ASCII)


def w(name: str) -> str:
    """Return the qualified name of a WordprocessingML element or attribute."""
    return f"{{{MAIN}}}{name}"


def m(name: str) -> str:
    """Return the qualified name of an element of an equation."""
    return f"{{{MATH}}}{name}"


VAL = w("val")
PARAGRAPH = w("p")
RUN = w("r")
TABLE = w("tbl")
ALTERNATE_CONTENT = f"{{{COMPATIBILITY}}}AlternateContent"
TEXT_BOX_CONTENT = w("txbxContent")

WRAPPERS = frozenset(
    w(name)
    for name in (
        "sdt",
        "sdtContent",
        "customXml",
        "smartTag",
        "ins",
        "moveTo",
        "hyperlink",
        "fldSimple",
        "dir",
        "bdo",
        "subDoc",
    )
)


def integer(text: str | None, default: int) -> int:
    """Return the number a text begins with, cut to nine digits; the default without one."""
    found = _INTEGER.match(text or "")
    return int(found[1]) if found else default


def child_value(parent: etree._Element | None, name: str) -> str | None:
    """Return the `w:val` of a child, None without the child or the attribute."""
    child = None if parent is None else parent.find(w(name))
    return None if child is None else child.get(VAL)


def child_switch(parent: etree._Element | None, name: str) -> bool | None:
    """Return whether an on/off child is on, None without the child."""
    child = None if parent is None else parent.find(w(name))
    return None if child is None else child.get(VAL, "1").lower() not in _OFF


def children(parent: etree._Element, name: str) -> Iterator[etree._Element]:
    """Yield the children of a name, looking through wrappers such as content controls."""
    wanted = w(name)
    for child in parent:
        if child.tag == wanted:
            yield child
        elif child.tag in WRAPPERS:
            yield from children(child, name)
