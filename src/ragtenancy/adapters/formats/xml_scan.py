"""Counting what XML holds while it streams by, before anybody builds a tree of it."""

from __future__ import annotations

from collections.abc import Iterable
from xml.parsers import expat

from ragtenancy.adapters.formats.limits import ScanLimits
from ragtenancy.adapters.formats.refusals import unreadable


class XmlScan:
    """Counts elements over all parts of one document; refuses a DOCTYPE as soon as it is seen."""

    def __init__(self, limits: ScanLimits) -> None:
        self._limits = limits
        self._depth = 0
        self._elements = 0

    def check(self, pieces: Iterable[bytes]) -> None:
        """Read one part; raise `UnreadableDocumentError` for what is unsound or too much."""
        self._depth = 0
        parser = expat.ParserCreate()
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        try:
            for piece in pieces:
                parser.Parse(piece)
            parser.Parse(b"", True)  # noqa: FBT003 - expat takes it by position
        except expat.ExpatError as error:
            raise unreadable("corrupt_document") from error

    def _doctype(self, *_declaration: object) -> None:
        raise unreadable("dtd")

    def _start(self, _name: str, _attributes: object) -> None:
        self._depth += 1
        self._elements += 1
        if self._depth > self._limits.depth:
            raise unreadable("too_deep", limit=self._limits.depth)
        if self._elements > self._limits.elements:
            raise unreadable("too_many_elements", limit=self._limits.elements)

    def _end(self, _name: str) -> None:
        self._depth -= 1
