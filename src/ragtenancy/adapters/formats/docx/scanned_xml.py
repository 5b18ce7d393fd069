"""XML parts as trees, built within limits that hold over all parts of one document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lxml import etree

from ragtenancy.adapters.formats.docx.wordml import w
from ragtenancy.adapters.formats.docx.xml_text import transitional
from ragtenancy.adapters.formats.limits import ScanLimits
from ragtenancy.adapters.formats.refusals import unreadable
from ragtenancy.domain.errors import UnreadableDocumentError

_BODY = w("body")
_DOCUMENT = w("document")
_BODY_DEPTH = 2


class ScannedXml:
    """Builds trees and counts what is in them.

    Elements are counted in the bytes, before a tree of them grows; cells and what they cover
    as tables are read; depth where a reader descends. Nothing that a part names is fetched or
    expanded.
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
        """Yield the children of a document's body, as many at a time as were read whole.

        They are gone when the next are asked for. Refer to none of them then: what nobody refers
        to goes at once, else lxml walks through all that is below.
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
        """Refuse a child of the body that is nested too deeply to descend into."""
        if self._too_deep_in_body(child):
            raise unreadable("too_deep", limit=self._limits.depth)

    def add_cell(self, places: int) -> None:
        """Count a cell and the columns that it covers."""
        self._cells += 1
        self.add_places(places)

    def add_cells(self, count: int) -> None:
        """Count cells that cover a column each."""
        self._cells += count
        self._places += count
        self._check_cells()

    def add_places(self, count: int) -> None:
        """Count columns that are covered or left free."""
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
    """Return an XPath that tells whether an element has descendants so many levels below."""
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
    """Return the code for a part that cannot be parsed; libxml2 has a limit of its own."""
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
    """Refuse a DOCTYPE that stood in bytes of another encoding."""
    if element.getroottree().docinfo.internalDTD is not None:
        raise unreadable("dtd")
