"""The parts of a Word document that are read, scanned and laid out as python-docx expects them.

python-docx knows the transitional namespaces only, loads every part that any other refers to,
and stops at a missing one. So it is given a small package in memory: the main part and what
the text needs, strict namespaces renamed, dangling references left out.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import IO
from xml.sax.saxutils import quoteattr

from ragtenancy.adapters.formats.archive import Container, open_container
from ragtenancy.adapters.formats.docx.prescan import Census
from ragtenancy.adapters.formats.docx.recognition import OLE2
from ragtenancy.adapters.formats.docx.relationships import (
    CONTENT_TYPES,
    PACKAGE_RELATIONSHIPS,
    Relationship,
    content_type_of,
    read_content_types,
    read_relationships,
    relationships_of,
)
from ragtenancy.adapters.formats.limits import ScanLimits
from ragtenancy.adapters.formats.refusals import unreadable

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml."
_MAIN = "word/document.xml"
_CORE = "docProps/core.xml"
_TEXT_KINDS = ("styles", "numbering", "footnotes", "endnotes", "header", "footer")
_HARMLESS_EXTERNALS = ("hyperlink", "")
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
_METADATA = "http://schemas.openxmlformats.org/package/2006/relationships/metadata/"
_STRICT_NAMES: Mapping[bytes, bytes] = {
    b"http://purl.oclc.org/ooxml/wordprocessingml/main": b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    b"http://purl.oclc.org/ooxml/officeDocument/relationships": _OFFICE[:-1].encode(),
    b"http://purl.oclc.org/ooxml/officeDocument/math": b"http://schemas.openxmlformats.org/officeDocument/2006/math",
    b"http://purl.oclc.org/ooxml/drawingml/": b"http://schemas.openxmlformats.org/drawingml/2006/",
}


class Package:
    """A document's zip, of which only the parts that are read get copied and scanned."""

    def __init__(self, container: Container, target: zipfile.ZipFile, limits: ScanLimits) -> None:
        self._container = container
        self._census = Census(limits)
        self._zip = target
        self._types: list[tuple[str, str]] = []
        self._names: dict[str, str] = {}
        self.warnings: list[str] = []

    def copy(self) -> None:
        """Copy what is read; raises `UnreadableDocumentError`."""
        root = self._relationships(PACKAGE_RELATIONSHIPS, "")
        types = read_content_types(self._scanned(CONTENT_TYPES))
        main = self._main_part(root, types)
        self._copy_part(main, _MAIN, f"{_WORD}document.main+xml")
        self._copy_core(root)
        self._copy_referred(self._relationships(relationships_of(main), main))
        self._warn_of_passengers()
        self._zip.writestr(CONTENT_TYPES, _content_types(self._types))

    def _main_part(self, root: Sequence[Relationship], types: Mapping[str, str]) -> str:
        targets = [link.target for link in root if link.kind == "officeDocument"]
        main = next((target for target in targets if target in self._container), None)
        if main is None:
            raise unreadable("not_docx")
        content_type = content_type_of(main, types)
        if "macroEnabled" in content_type:
            raise unreadable("macro_enabled")
        if content_type not in (f"{_WORD}document.main+xml", f"{_WORD}template.main+xml"):
            raise unreadable("not_docx")
        return main

    def _copy_core(self, root: Sequence[Relationship]) -> None:
        links = [f'<Relationship Id="d" Type="{_OFFICE}officeDocument" Target="{_MAIN}"/>']
        core = next((link.target for link in root if link.kind == "core-properties"), "")
        if core in self._container:
            content_type = "application/vnd.openxmlformats-package.core-properties+xml"
            self._copy_part(core, _CORE, content_type)
            links.append(
                f'<Relationship Id="c" Type="{_METADATA}core-properties" Target="{_CORE}"/>'
            )
        self._zip.writestr(PACKAGE_RELATIONSHIPS, _relationships(links))

    def _copy_referred(self, links: Sequence[Relationship]) -> None:
        kept = []
        for link in links:
            if link.external and link.kind not in _HARMLESS_EXTERNALS:
                self.warnings.append(f"An external {link.kind} was not fetched.")
            elif link.kind in (*_TEXT_KINDS, "image") and not link.external:
                kept += self._copy_link(link)
        self._zip.writestr(relationships_of(_MAIN), _relationships(kept))

    def _copy_link(self, link: Relationship) -> list[str]:
        if link.target not in self._container:
            if not link.target.upper().endswith("NULL"):
                self.warnings.append(f"A missing {link.kind} part was left out.")
            return []
        key = link.target.lower()
        if key not in self._names:
            self._names[key] = f"{link.kind}{len(self._names)}"
            self._copy_target(link, self._names[key])
        suffix = "bin" if link.kind == "image" else "xml"
        target = f"{self._names[key]}.{suffix}"
        return [
            f'<Relationship Id={quoteattr(link.id)} Type="{_OFFICE}{link.kind}" Target="{target}"/>'
        ]

    def _copy_target(self, link: Relationship, name: str) -> None:
        if link.kind == "image":
            self._zip.writestr(f"word/{name}.bin", self._container.read(link.target))
        else:
            self._copy_part(link.target, f"word/{name}.xml", f"{_WORD}{link.kind}+xml")

    def _copy_part(self, source: str, name: str, content_type: str) -> None:
        self._zip.writestr(name, _transitional(self._scanned(source)))
        self._types.append((name, content_type))

    def _relationships(self, name: str, part: str) -> Sequence[Relationship]:
        if name in self._container:
            return read_relationships(self._scanned(name), part)
        return []

    def _scanned(self, name: str) -> bytes:
        if name not in self._container:
            raise unreadable("not_docx")
        self._census.check(self._container.chunks(name))
        return self._container.read(name)

    def _warn_of_passengers(self) -> None:
        names = self._container.names()
        embedded = sum("/embeddings/" in name for name in names)
        if embedded:
            self.warnings.append(f"{embedded} embedded objects were not read.")
        if any(name.endswith("vbaproject.bin") for name in names):
            self.warnings.append("Macros were ignored.")


def open_package(file: IO[bytes], limits: ScanLimits) -> tuple[IO[bytes], list[str]]:
    """Return a scanned copy for python-docx and what was left out of it."""
    _require_zip(file)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        package = Package(open_container(file, limits), archive, limits)
        package.copy()
    target.seek(0)
    return target, package.warnings


def _require_zip(file: IO[bytes]) -> None:
    head = file.read(len(OLE2))
    file.seek(0)
    if not head.startswith(b"PK"):
        raise unreadable("encrypted_or_legacy" if head == OLE2 else "not_docx")


def _transitional(data: bytes) -> bytes:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = data.decode("utf-16", "replace")
        data = text[text.find("?>") + 2 if text.startswith("<?xml") else 0 :].encode()
    if b"http://purl.oclc.org/ooxml/" in data:
        for strict, transitional in _STRICT_NAMES.items():
            data = data.replace(strict, transitional)
    return data


def _relationships(links: Sequence[str]) -> str:
    namespace = "http://schemas.openxmlformats.org/package/2006/relationships"
    return f'<Relationships xmlns="{namespace}">{"".join(links)}</Relationships>'


def _content_types(parts: Sequence[tuple[str, str]]) -> str:
    overrides = "".join(
        f'<Override PartName="/{name}" ContentType="{kind}"/>' for name, kind in parts
    )
    defaults = (
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="bin" ContentType="application/octet-stream"/>'
    )
    namespace = "http://schemas.openxmlformats.org/package/2006/content-types"
    return f'<Types xmlns="{namespace}">{defaults}{overrides}</Types>'
