"""Counting what an XML part holds while it streams by, before a tree of it is built."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lxml import etree

from ragtenancy.adapters.formats.docx.wordml import integer
from ragtenancy.adapters.formats.limits import ScanLimits
from ragtenancy.adapters.formats.refusals import unreadable

_NAMESPACES = (
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "http://purl.oclc.org/ooxml/wordprocessingml/main",
)
_CELLS = frozenset(f"{{{space}}}tc" for space in _NAMESPACES)
_SPANS = frozenset(
    f"{{{space}}}{name}"
    for space in _NAMESPACES
    for name in ("gridSpan", "gridBefore", "gridAfter")
)


Name = str | bytes


class Census:
    """A parser target that keeps counts over all parts of one document and builds nothing."""

    def __init__(self, limits: ScanLimits) -> None:
        self._limits = limits
        self._depth = 0
        self._elements = 0
        self._cells = 0
        self._places = 0

    def check(self, pieces: Iterable[bytes]) -> None:
        """Count one part; raise `UnreadableDocumentError` when a limit is passed."""
        self._depth = 0
        parser = etree.XMLParser(
            target=self, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
        )
        try:
            for piece in pieces:
                parser.feed(piece)
            parser.close()
        except etree.XMLSyntaxError as error:
            raise unreadable("corrupt_docx") from error

    def start(self, tag: str | bytes, attrib: Mapping[Name, Name]) -> None:
        """Count an element as it opens."""
        self._depth += 1
        self._elements += 1
        if self._depth > self._limits.depth:
            raise unreadable("too_deep", limit=self._limits.depth)
        if self._elements > self._limits.elements:
            raise unreadable("too_many_elements", limit=self._limits.elements)
        if tag in _CELLS:
            self._cells += 1
            self._add_places(1)
        elif tag in _SPANS:
            self._add_span(attrib)

    def end(self, tag: str | bytes) -> None:  # noqa: ARG002 - the parser's protocol
        """Leave an element."""
        self._depth -= 1

    def data(self, data: str | bytes) -> None:
        """Let text pass."""

    def comment(self, text: str | bytes) -> None:
        """Let a comment pass."""

    def doctype(self, *_declaration: str | None) -> None:
        """Refuse a DOCTYPE as soon as it is seen."""
        raise unreadable("dtd")

    def close(self) -> None:
        """Nothing was built."""

    def _add_span(self, attributes: Mapping[Name, Name]) -> None:
        values = (str(value) for name, value in attributes.items() if str(name).endswith("}val"))
        span = integer(next(values, None), 1)
        if span > self._limits.span:
            raise unreadable("too_many_cells", span_limit=self._limits.span)
        self._add_places(max(0, span))

    def _add_places(self, count: int) -> None:
        self._places += count
        if self._cells > self._limits.cells or self._places > self._limits.places:
            raise unreadable("too_many_cells", limit=self._limits.cells)
