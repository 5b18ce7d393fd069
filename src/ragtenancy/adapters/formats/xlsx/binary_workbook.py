"""Binary workbooks (.xlsb): the parts of a workbook in records instead of XML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import IO

from ragtenancy.adapters.formats.refusals import unreadable
from ragtenancy.adapters.formats.xlsx.binary_records import Fields, records
from ragtenancy.adapters.formats.xlsx.binary_sheets import (
    BinarySheetReader,
    read_faces_and_styles,
    rich_text,
)
from ragtenancy.adapters.formats.xlsx.notes import CellNote
from ragtenancy.adapters.formats.xlsx.package import Package
from ragtenancy.adapters.formats.xlsx.sheets import Sheet, Values
from ragtenancy.adapters.formats.xlsx.workbook import Parts, Tab, TableArea, Workbook, part_of
from ragtenancy.domain.parsed import ParsedDocument
from ragtenancy.domain.visible_text import visible, visible_text

_BEGIN_BOOK, _PROPERTIES, _SHEET = 131, 153, 156
_SHARED_TEXT = 19
_AUTHOR, _BEGIN_NOTE, _NOTE_TEXT = 632, 635, 637
_LIST = 343


def read_binary_workbook(file: IO[bytes]) -> ParsedDocument:
    """Read a workbook; raises `UnreadableDocumentError`."""
    package = Package(file)
    return Workbook(package, BinaryParts(package)).document()


class BinaryParts(Parts):
    """Reads the parts of a package by their records."""

    def __init__(self, package: Package) -> None:
        self._package = package
        links = package.links_by_id(package.main)
        book = list(records(package.read(package.main) or b""))
        if not book or book[0][0] != _BEGIN_BOOK:
            raise unreadable("corrupt_document")
        styles = package.read(part_of(links, "styles")) or b""
        self._faces, looks = read_faces_and_styles(styles)
        self.tabs = []
        self.titles: Mapping[str, int] = {}
        from_1904 = False
        for kind, content in book:
            fields = Fields(content)
            if kind == _SHEET:
                state = fields.uint32()
                fields.skip(4)
                link = links.get(fields.text())
                self.tabs.append(Tab(visible_text(fields.text()), link, is_hidden=state != 0))
            elif kind == _PROPERTIES:
                from_1904 = bool(fields.uint32() & 1)
        self._values = Values(
            texts=self._shared_texts(part_of(links, "sharedStrings")),
            styles=looks,
            from_1904=from_1904,
        )

    def sheet(self, part: str) -> Sheet:
        """Return a sheet without its notes."""
        return BinarySheetReader(self._values, self._faces).read(self._package.read(part) or b"")

    def noted(self, part: str) -> Iterator[CellNote]:
        """Yield the notes of a part with their cells."""
        authors: list[str] = []
        place, author = (0, 0), ""
        for kind, content in records(self._package.read(part) or b""):
            fields = Fields(content)
            if kind == _AUTHOR:
                authors.append(visible_text(fields.text()))
            elif kind == _BEGIN_NOTE:
                index, area = fields.uint32(), fields.area()
                author = authors[index] if index < len(authors) else ""
                place = area.top, area.left
            elif kind == _NOTE_TEXT:
                text = " ".join(visible(rich_text(fields, self._faces)).split())
                yield CellNote(place=place, text=text, author=author)

    def table(self, part: str) -> TableArea | None:
        """Return where a table lies."""
        for kind, content in records(self._package.read(part) or b""):
            if kind == _LIST:
                fields = Fields(content)
                area = fields.area()
                fields.skip(8)
                return TableArea(area=area, headers=fields.uint32(), totals=fields.uint32())
        return None

    def _shared_texts(self, part: str) -> Sequence[str]:
        items = records(self._package.read(part) or b"")
        return [
            visible(rich_text(Fields(content), self._faces)).strip()
            for kind, content in items
            if kind == _SHARED_TEXT
        ]
