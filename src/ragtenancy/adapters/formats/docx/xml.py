"""XML parts of a Word document: names of WordprocessingML, and trees parsed within limits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lxml import etree

from ragtenancy.adapters.formats.limits import ScanLimits
from ragtenancy.adapters.formats.refusals import unreadable
from ragtenancy.adapters.formats.strict import transitional
from ragtenancy.domain.errors import UnreadableDocumentError

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
    """Return a text's leading number, cut to nine digits; the default without one."""
    found = _INTEGER.match(text or "")
    return int(found[1]) if found else default


def child_value(parent: etree._Element | None, name: str) -> str | None:
    """Return the `w:val` of a child, None without the child or the attribute."""
    child = None if parent is None else parent.find(w(name))
    return None if child is None else child.get(VAL)


def is_on(switch: etree._Element) -> bool:
    """Return whether an on/off element is on."""
    return switch.get(VAL, "1").lower() not in _OFF


def child_switch(parent: etree._Element | None, name: str) -> bool | None:
    """Return whether an on/off child is on, None without the child."""
    child = None if parent is None else parent.find(w(name))
    return None if child is None else is_on(child)


def children(parent: etree._Element, name: str) -> Iterator[etree._Element]:
    """Yield the children with a name, looking through wrappers such as content controls."""
    wanted = w(name)
    for child in parent:
        if child.tag == wanted:
            yield child
        elif child.tag in WRAPPERS:
            yield from children(child, name)


_BODY = w("body")
_DOCUMENT = w("document")
_BODY_DEPTH = 2


class ScannedXml:
    """Builds trees and counts their content.

    Elements are counted in the bytes, before their tree grows; cells and covered columns as tables
    are read; depth where a reader descends. References in a part are never fetched or expanded.
    """

    def __init__(self, limits: ScanLimits) -> None:
        self._limits = limits
        self._elements = 0
        self._cells = 0
        self._places = 0
        self._too_deep = etree.XPath(_levels(limits.depth))
        self._too_deep_in_body = etree.XPath(_levels(limits.depth - _BODY_DEPTH))

    def tree(self, pieces: Iterable[bytes]) -> etree._Element:
        """Return the root of a part; raises `UnreadableDocumentError`."""
        parser = _parser()
        for piece in self._counted(pieces):
            _feed(parser, piece)
        root = _close(parser)
        _refuse_doctype(root)
        if self._too_deep(root):
            raise unreadable("too_deep", limit=self._limits.depth)
        return root

    def body(self, pieces: Iterable[bytes]) -> Iterator[list[etree._Element]]:
        """Yield the complete children of a document's body in batches.

        Each batch is freed when the next is requested. Keep no references to it: unreferenced
        elements are freed at once, else lxml walks the whole subtree.
        """
        parser = _parser(tag=_BODY)
        body = None
        for piece in self._counted(pieces):
            _feed(parser, piece)
            if body is None:
                body = _found_body(parser)
            # The last child may not have been read to its end.
            if body is not None and len(body) > 1:
                yield list(body)[:-1]
                del body[:-1]
        _close(parser)
        if body is None:
            raise unreadable("corrupt_docx")
        yield list(body)

    def check_depth(self, child: etree._Element) -> None:
        """Reject a child of the body that is nested too deeply."""
        if self._too_deep_in_body(child):
            raise unreadable("too_deep", limit=self._limits.depth)

    def add_cell(self, places: int) -> None:
        """Count a cell and the columns that it covers."""
        self._cells += 1
        self.add_places(places)

    def add_cells(self, count: int) -> None:
        """Count cells that cover one column each."""
        self._cells += count
        self._places += count
        self._check_cells()

    def add_places(self, count: int) -> None:
        """Count covered or empty columns."""
        self._places += count
        if count > self._limits.span:
            raise unreadable("too_many_cells", span_limit=self._limits.span)
        self._check_cells()

    def _check_cells(self) -> None:
        if self._cells > self._limits.cells or self._places > self._limits.places:
            raise unreadable("too_many_cells", limit=self._limits.cells)

    def _counted(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        for piece in transitional(pieces):
            self._elements += piece.count(b"<") - piece.count(b"</")
            if self._elements > self._limits.elements:
                raise unreadable("too_many_elements", limit=self._limits.elements)
            yield piece


def _levels(count: int) -> str:
    """Return an XPath that tests whether an element has descendants at this depth."""
    return f"boolean({'/'.join(['*'] * count)})"


def _parser(tag: str | None = None) -> etree.XMLPullParser:
    return etree.XMLPullParser(
        events=("start",) if tag else (),
        tag=tag,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def _feed(parser: etree.XMLPullParser, piece: bytes) -> None:
    if b"<!DOCTYPE" in piece:
        raise unreadable("dtd")
    try:
        parser.feed(piece)
    except etree.XMLSyntaxError as error:
        raise _refusal(error) from error


def _close(parser: etree.XMLPullParser) -> etree._Element:
    try:
        root: etree._Element = parser.close()
    except etree.XMLSyntaxError as error:
        raise _refusal(error) from error
    return root


def _refusal(error: etree.XMLSyntaxError) -> UnreadableDocumentError:
    """Return the code for a part that cannot be parsed; libxml2 has its own limits."""
    return unreadable("too_deep" if "depth" in str(error) else "corrupt_docx")


def _found_body(parser: etree.XMLPullParser) -> etree._Element | None:
    for _, element in parser.read_events():
        if isinstance(element, etree._Element) and _is_main(element.getparent()):
            _refuse_doctype(element)
            return element
    return None


def _is_main(parent: etree._Element | None) -> bool:
    return parent is not None and parent.tag == _DOCUMENT and parent.getparent() is None


def _refuse_doctype(element: etree._Element) -> None:
    """Reject a DOCTYPE in bytes of another encoding."""
    if element.getroottree().docinfo.internalDTD is not None:
        raise unreadable("dtd")
