"""The parts of a workbook, found by their relationships, in transitional or strict form."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from typing import IO
from urllib.parse import unquote

from lxml import etree
from msgspec import Struct

from ragtenancy.adapters.formats.limits import ScanLimits
from ragtenancy.adapters.formats.packages import ELEMENTS, XmlScan, open_container
from ragtenancy.adapters.formats.refusals import unreadable

_XML = (".xml", ".rels", ".vml")
_STREAMED = ("worksheets/", "sharedstrings")
_RELATIONSHIP_ID = (
    "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id",
    "{http://purl.oclc.org/ooxml/officeDocument/relationships}id",
)


class Link(Struct, frozen=True, kw_only=True):
    """A relationship: the last word of its type, and a member's name or an external address."""

    kind: str
    target: str
    external: bool


class Package:
    """A workbook's zip; the parts that are read as trees have passed the scan."""

    def __init__(self, file: IO[bytes]) -> None:
        """Check the archive; raises `UnreadableDocumentError`."""
        limits = ScanLimits(elements=ELEMENTS)
        self._container = open_container(file, limits)
        self._elements = 0
        scan = XmlScan(limits)
        for name in self._container.names():
            if (
                name.endswith(_XML[:2]) and not any(part in name for part in _STREAMED)
            ) or "worksheets/_rels/" in name:
                scan.check(self._container.chunks(name))
        main = next((link.target for link in self.links("") if link.kind == "officeDocument"), "")
        self.main = main if main in self._container else "xl/workbook.xml"

    def __contains__(self, name: str) -> bool:
        return name in self._container

    def names(self) -> Sequence[str]:
        """Return the members' names in lower case."""
        return self._container.names()

    def read(self, name: str) -> bytes | None:
        """Return a member's bytes, None without it."""
        return self._container.read(name) if name in self._container else None

    def tree(self, name: str) -> etree._Element | None:
        """Return the root of a scanned part, None without it."""
        data = self.read(name)
        if data is None:
            return None
        try:
            return etree.fromstring(data, _parser())
        except etree.XMLSyntaxError as error:
            raise unreadable("corrupt_document") from error

    def links(self, part: str) -> Sequence[Link]:
        """Return a part's relationships."""
        return list(self.links_by_id(part).values())

    def links_by_id(self, part: str) -> Mapping[str, Link]:
        """Return a part's relationships by id."""
        folder, name = posixpath.split(part)
        root = self.tree(posixpath.join(folder, "_rels", f"{name}.rels"))
        elements = () if root is None else root.iterchildren("{*}Relationship")
        return {each.get("Id", ""): _link(each, folder) for each in elements}

    def elements(self, name: str, *tags: str) -> Iterator[etree._Element]:
        """Yield the complete elements with one of the local names, as they are read.

        They are freed in batches: keep no references to them.
        """
        parser = etree.XMLPullParser(
            events=("end",),
            tag=[f"{{*}}{tag}" for tag in tags],
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        for piece in self.counted(name):
            try:
                parser.feed(piece)
            except etree.XMLSyntaxError as error:
                raise unreadable("corrupt_document") from error
            yield from _complete(parser)
        self._close(parser, name)

    def counted(self, name: str) -> Iterator[bytes]:
        """Yield a part in pieces; nothing without it. Raises over the limit of elements."""
        for piece in self._container.chunks(name) if name in self._container else ():
            if b"<!DOCTYPE" in piece or b"<!ENTITY" in piece:
                raise unreadable("dtd")
            self._elements += piece.count(b"<") - piece.count(b"</")
            if self._elements > ELEMENTS:
                raise unreadable("too_many_elements", limit=ELEMENTS)
            yield piece

    def _close(self, parser: etree.XMLPullParser, name: str) -> None:
        if name not in self._container:
            return
        try:
            root = parser.close()
        except etree.XMLSyntaxError as error:
            raise unreadable("corrupt_document") from error
        if root.getroottree().docinfo.internalDTD is not None:
            raise unreadable("dtd")


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def _complete(parser: etree.XMLPullParser) -> Iterator[etree._Element]:
    """Yield the elements that have ended, then free them and their elder siblings."""
    parent = None
    for _, element in parser.read_events():
        if isinstance(element, etree._Element):
            yield element
            parent = element.getparent()
    if parent is not None:
        del parent[:-1]


def _link(element: etree._Element, folder: str) -> Link:
    external = element.get("TargetMode", "").lower() == "external"
    target = element.get("Target", "")
    return Link(
        kind=element.get("Type", "").rpartition("/")[2],
        target=target if external else _member(target, folder),
        external=external,
    )


def _member(target: str, folder: str) -> str:
    path = unquote(target.partition("#")[0]).replace("\\", "/")
    return posixpath.normpath(posixpath.join("/", folder, path)).lstrip("/")


def relationship_id(element: etree._Element) -> str:
    """Return the `r:id` of an element, empty without one."""
    return next((found for key in _RELATIONSHIP_ID if (found := element.get(key))), "")


def is_on(value: str | None) -> bool:
    """Return whether an on/off attribute is on."""
    return value in ("1", "true", "on")


def number_of(text: str | None, default: int = 0) -> int:
    """Return a short whole number, the default for anything else."""
    return int(text) if text and len(text) < 10 and text.isdecimal() else default
