"""A whole e-book: the documents listed by its package, in order."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from typing import IO
from urllib.parse import unquote

from lxml import etree

from ragtenancy.adapters.formats.html.page import Reading, new_reading, page_text, read_page
from ragtenancy.adapters.formats.packages import READING_ERRORS
from ragtenancy.adapters.formats.refusals import unreadable
from ragtenancy.domain.parsed import Block, Image, ParsedDocument
from ragtenancy.domain.visible_text import visible_text

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_PAGES = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml")
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def read_book(file: IO[bytes]) -> ParsedDocument:
    """Read a book that passed the scan; raises `UnreadableDocumentError`."""
    with zipfile.ZipFile(file) as archive:
        package = _package_name(archive)
        root = etree.fromstring(archive.read(package), _PARSER)
        folder = posixpath.dirname(package)
        names = list(dict.fromkeys(_within(folder, href) for href in _spine(root)))
        _check_encryption(archive, names)
        present = [name for name in names if name in archive.NameToInfo]
        chapters = {name: data for name in present if (data := _content(archive, name)) is not None}
        if present and not chapters:
            raise unreadable("corrupt_document")
        reading, kinds = new_reading(), _kinds(root, folder)
        reading.style_sheets.extend(_style_sheets(archive, kinds))
        warnings = list(_warnings(len(names) - len(present), len(present) - len(chapters)))
        blocks: list[Block] = []
        for name, data in chapters.items():
            _look_for_pictures(archive, name, reading, kinds)
            text, doubts = page_text(data)
            blocks += read_page(text, reading).blocks
            warnings += doubts
        title = next((visible_text(one.text or "") for one in root.iter("{*}title")), "")
        return ParsedDocument(
            title=title,
            blocks=blocks,
            images=reading.gallery.images,
            warnings=[*dict.fromkeys(warnings), *reading.unread.warnings()],
        )


def _package_name(archive: zipfile.ZipFile) -> str:
    if _CONTAINER not in archive.NameToInfo:
        raise unreadable("corrupt_document")
    root = etree.fromstring(archive.read(_CONTAINER), _PARSER)
    paths = (one.get("full-path", "") for one in root.iter("{*}rootfile"))
    name = next((path for path in paths if path in archive.NameToInfo), None)
    if name is None:
        raise unreadable("corrupt_document")
    return name


def _spine(root: etree._Element) -> Iterator[str]:
    """Yield the paths of the documents in reading order, omitting the table of contents."""
    items = {item.get("id"): item for item in root.iter("{*}item")}
    for reference in root.iter("{*}itemref"):
        item = items.get(reference.get("idref"))
        if item is None or item.get("media-type") not in _PAGES:
            continue
        if "nav" not in item.get("properties", "").split():
            yield item.get("href", "")


def _within(folder: str, href: str) -> str:
    return posixpath.normpath(posixpath.join(folder, unquote(href.partition("#")[0])))


def _check_encryption(archive: zipfile.ZipFile, names: Sequence[str]) -> None:
    """Reject a book with encrypted text; encrypted fonts are harmless."""
    if _ENCRYPTION not in archive.NameToInfo:
        return
    listed = archive.read(_ENCRYPTION).decode("utf-8", "replace")
    if any(f'"{name}"' in listed for name in map(unquote, names)):
        raise unreadable("encrypted")


def _content(archive: zipfile.ZipFile, name: str) -> bytes | None:
    """Return a member's content, None if it is damaged."""
    try:
        return archive.read(name)
    except READING_ERRORS:
        return None


def _look_for_pictures(
    archive: zipfile.ZipFile, name: str, reading: Reading, kinds: Mapping[str, str]
) -> None:
    folder = posixpath.dirname(name)
    reading.gallery.look_in(folder, lambda source: _image(archive, _within(folder, source), kinds))


def _kinds(root: etree._Element, folder: str) -> Mapping[str, str]:
    """Return the media types of a book's members by name."""
    items = root.iter("{*}item")
    return {_within(folder, item.get("href", "")): item.get("media-type", "") for item in items}


def _style_sheets(archive: zipfile.ZipFile, kinds: Mapping[str, str]) -> Iterator[str]:
    """Yield the book's style sheets that can be read."""
    for name, kind in kinds.items():
        if kind == "text/css" and name in archive.NameToInfo:
            yield (_content(archive, name) or b"").decode("utf-8", "replace")


def _image(archive: zipfile.ZipFile, name: str, kinds: Mapping[str, str]) -> Image | None:
    """Return a picture that is a member of the book."""
    data = _content(archive, name) if name in archive.NameToInfo else None
    return None if data is None else Image(media_type=kinds.get(name, ""), data=data)


def _warnings(missing: int, damaged: int) -> Iterator[str]:
    if missing:
        yield f"Files missing from the book: {missing}."
    if damaged:
        yield f"Damaged files in the book, not read: {damaged}."
