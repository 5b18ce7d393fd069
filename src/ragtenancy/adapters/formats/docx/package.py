"""The parts of a Word document that are read, found by the main part's relationships.

lxml reads them, not python-docx, which loads every referenced part, keeps the whole tree, fails on
a missing part and knows only the transitional namespaces.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import IO
from urllib.parse import unquote

from lxml import etree
from msgspec import Struct

from ragtenancy.adapters.formats.compound_files import OLE2
from ragtenancy.adapters.formats.docx.xml import ScannedXml
from ragtenancy.adapters.formats.limits import ScanLimits
from ragtenancy.adapters.formats.packages import Container, open_container
from ragtenancy.adapters.formats.refusals import unreadable

CONTENT_TYPES = "[Content_Types].xml"
PACKAGE_RELATIONSHIPS = "_rels/.rels"
_KINDS = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships/",
    "http://purl.oclc.org/ooxml/officeDocument/relationships/",
    "http://schemas.openxmlformats.org/package/2006/relationships/metadata/",
    "http://purl.oclc.org/ooxml/package/relationships/metadata/",
)


class Relationship(Struct, frozen=True, kw_only=True):
    """One reference; `target` is a member's name, or a URL when it is external.

    `kind` is the last word of the standard relationship types (`styles`, `image`, …), empty
    for others.
    """

    id: str
    kind: str
    target: str
    external: bool


def relationships_of(part: str) -> str:
    """Return the name of the member that holds a part's relationships."""
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def read_relationships(root: etree._Element, part: str) -> Sequence[Relationship]:
    """Return the relationships of a part, the first for each id."""
    found: dict[str, Relationship] = {}
    for element in root.iterchildren("{*}Relationship"):
        external = element.get("TargetMode", "").lower() == "external"
        target = element.get("Target", "")
        relationship = Relationship(
            id=element.get("Id", ""),
            kind=_kind(element.get("Type", "")),
            target=target if external else _member(target, part),
            external=external,
        )
        found.setdefault(relationship.id, relationship)
    return list(found.values())


def read_content_types(root: etree._Element) -> Mapping[str, str]:
    """Return content types by `/part/name` or `.extension`, both in lower case."""
    types = {}
    for element in root:
        key = element.get("PartName") or f".{element.get('Extension', '')}"
        types[key.lower()] = element.get("ContentType", "")
    return types


def content_type_of(part: str, types: Mapping[str, str]) -> str:
    """Return a part's content type, empty when none is declared."""
    extension = posixpath.splitext(part)[1]
    return types.get(f"/{part}".lower()) or types.get(extension.lower(), "")


def _kind(type_uri: str) -> str:
    prefix = next((prefix for prefix in _KINDS if type_uri.startswith(prefix)), None)
    return type_uri[len(prefix) :] if prefix else ""


def _member(target: str, part: str) -> str:
    path = unquote(target.split("#", maxsplit=1)[0]).replace("\\", "/")
    return posixpath.normpath(posixpath.join("/", posixpath.dirname(part), path)).lstrip("/")


_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml."
_MACROS = "application/vnd.ms-word."
_MAIN_TYPES = (
    f"{_WORD}document.main+xml",
    f"{_WORD}template.main+xml",
    f"{_MACROS}document.macroEnabled.main+xml",
    f"{_MACROS}template.macroEnabledTemplate.main+xml",
)
_READ_KINDS = (
    "styles",
    "numbering",
    "footnotes",
    "endnotes",
    "comments",
    "header",
    "footer",
    "image",
    "chart",
    "diagramData",
    "aFChunk",
)
_TREES = ("header", "footer", "chart", "diagramData")
_FILES = ("package", "oleObject")
_OTHER_CHARTS = re.compile(r"word/charts/_rels/[^/]+\.rels\Z")
_HARMLESS_EXTERNALS = ("hyperlink", "")
_TITLE = "{http://purl.org/dc/elements/1.1/}title"


class Story(Struct, frozen=True, kw_only=True):
    """A part with text of its own, and the addresses of its links by relationship."""

    root: etree._Element
    targets: Mapping[str, str]


class Package:
    """A document's zip, whose parts are read on request."""

    def __init__(self, container: Container, limits: ScanLimits) -> None:
        """Find the main part; raises `UnreadableDocumentError` if it is not a document."""
        self.xml = ScannedXml(limits)
        self._container = container
        self._root_links = self._relationships(PACKAGE_RELATIONSHIPS, "")
        self._main = self._main_part()
        links = self._relationships(relationships_of(self._main), self._main)
        self.warnings = [*self._warnings(links)]
        self.targets = _targets(links)
        self._files = [link for link in links if link.kind in _FILES and not link.external]
        self._links = {
            link.id: link
            for link in links
            if link.kind in _READ_KINDS and not link.external and link.target in container
        }

    def body(self) -> Iterator[list[etree._Element]]:
        """Yield the children of the document's body in batches."""
        return self.xml.body(self._container.chunks(self._main))

    def part(self, kind: str) -> etree._Element | None:
        """Return the root of the document's only part of a kind, None without it."""
        link = next((link for link in self._links.values() if link.kind == kind), None)
        return None if link is None else self._tree(link.target)

    def story(self, kind: str) -> Story | None:
        """Return the document's only part of a kind as a story, None without it."""
        link = next((link for link in self._links.values() if link.kind == kind), None)
        return None if link is None else self._story(link)

    def linked(self, relationship_id: str) -> Story | None:
        """Return a header, footer, chart or diagram by its relationship's id, None without it."""
        link = self._links.get(relationship_id)
        return None if link is None or link.kind not in _TREES else self._story(link)

    def inserted(self, relationship_id: str) -> bytes | None:
        """Return the bytes of an inserted file (`altChunk`), None without it."""
        link = self._links.get(relationship_id)
        is_here = link is not None and link.kind == "aFChunk"
        return self._container.read(link.target) if link is not None and is_here else None

    def embedded(self) -> Iterator[tuple[str, bytes]]:
        """Yield the name and bytes of each embedded file but the workbooks of charts."""
        named = {link.target for link in self._files if link.target in self._container}
        for name in sorted(named | {*self._stray_files()}):
            yield posixpath.basename(name), self._container.read(name)

    def _stray_files(self) -> Iterator[str]:
        """Yield embedded files that other parts than the main one refer to, charts excepted."""
        names = self._container.names()
        charts = [name for name in names if _OTHER_CHARTS.match(name)]
        parts = (name.replace("/_rels/", "/").removesuffix(".rels") for name in charts)
        of_charts = {
            link.target.lower()
            for name, part in zip(charts, parts, strict=True)
            for link in self._relationships(name, part)
        }
        own = {link.target.lower() for link in self._files}
        for name in names:
            if "/embeddings/" in name and name not in of_charts | own:
                yield name

    def _story(self, link: Relationship) -> Story:
        links = self._relationships(relationships_of(link.target), link.target)
        return Story(root=self._tree(link.target), targets=_targets(links))

    def image(self, relationship_id: str) -> bytes | None:
        """Return the bytes of a picture, None without it."""
        link = self._links.get(relationship_id)
        if link is None or link.kind != "image":
            return None
        return self._container.read(link.target)

    def title(self) -> str:
        """Return the title among the properties, empty without one."""
        links = (link.target for link in self._root_links if link.kind == "core-properties")
        core = next(links, "")
        return self._tree(core).findtext(_TITLE) or "" if core in self._container else ""

    def _main_part(self) -> str:
        types = read_content_types(self._tree(CONTENT_TYPES))
        targets = [link.target for link in self._root_links if link.kind == "officeDocument"]
        main = next((target for target in targets if target in self._container), None)
        if main is None:
            raise unreadable("not_docx")
        content_type = content_type_of(main, types)
        if content_type not in _MAIN_TYPES:
            raise unreadable("not_docx")
        return main

    def _relationships(self, name: str, part: str) -> Sequence[Relationship]:
        return read_relationships(self._tree(name), part) if name in self._container else []

    def _tree(self, name: str) -> etree._Element:
        if name not in self._container:
            raise unreadable("not_docx")
        return self.xml.tree(self._container.chunks(name))

    def _warnings(self, links: Sequence[Relationship]) -> Iterator[str]:
        for link in links:
            if link.external and link.kind not in _HARMLESS_EXTERNALS:
                yield f"An external {link.kind} was not fetched."
            elif link.kind in _READ_KINDS and not link.external and self._is_missing(link):
                yield f"A missing {link.kind} part was left out."
        names = self._container.names()
        if any(name.endswith("vbaproject.bin") for name in names):
            yield "Macros were ignored."

    def _is_missing(self, link: Relationship) -> bool:
        """Whether a part is missing; Word writes `NULL` for an abandoned picture."""
        return link.target not in self._container and not link.target.upper().endswith("NULL")


def _targets(links: Sequence[Relationship]) -> Mapping[str, str]:
    return {link.id: link.target for link in links if link.kind == "hyperlink" and link.external}


def open_package(file: IO[bytes], limits: ScanLimits) -> Package:
    """Return the package in a file; raises `UnreadableDocumentError`."""
    head = file.read(len(OLE2))
    file.seek(0)
    if not head.startswith(b"PK"):
        raise unreadable("encrypted_or_legacy" if head == OLE2 else "not_docx")
    return Package(open_container(file, limits), limits)
