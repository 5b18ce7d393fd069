"""A whole workbook: its sheets as headings, tables and what lies on them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from typing import IO, Protocol

from lxml import etree
from msgspec import Struct

from ragtenancy.adapters.formats.marks import Links
from ragtenancy.adapters.formats.refusals import unreadable
from ragtenancy.adapters.formats.unread import Unread
from ragtenancy.adapters.formats.xlsx.drawings import Drawings, header_text
from ragtenancy.adapters.formats.xlsx.notes import CellNote, noted, notes_of, people
from ragtenancy.adapters.formats.xlsx.package import (
    Link,
    Package,
    is_on,
    number_of,
    relationship_id,
)
from ragtenancy.adapters.formats.xlsx.placing import Marks, placed
from ragtenancy.adapters.formats.xlsx.sheets import Range, Sheet, SheetReader, Values, range_of
from ragtenancy.adapters.formats.xlsx.styles import read_styles
from ragtenancy.adapters.formats.xlsx.texts import shared_strings
from ragtenancy.domain.grids import blocks_of
from ragtenancy.domain.parsed import Block, Heading, Note, ParsedDocument
from ragtenancy.domain.visible_text import visible_text

_SHEETS = 1_000
_MOST_SPECIAL_ROWS = 10


class Tab:
    """A sheet as the workbook lists it."""

    def __init__(self, name: str, link: Link | None, *, is_hidden: bool) -> None:
        self.name = name
        self.is_hidden = is_hidden
        self.part = link.target if link is not None and not link.external else ""
        self.kind = link.kind if link is not None else ""


class TableArea(Struct, frozen=True, kw_only=True):
    """Where a table lies, and how many of its first and last rows are headers and totals."""

    area: Range
    headers: int
    totals: int
    is_filtered: bool = False


class Parts(Protocol):
    """Reads the parts of a workbook, which are XML or binary.

    `titles` holds how many rows are printed on top of each page, by the name of the sheet.
    """

    tabs: list[Tab]
    titles: Mapping[str, int]

    def sheet(self, part: str) -> Sheet:
        """Return a sheet without its notes; raises `UnreadableDocumentError`."""

    def noted(self, part: str) -> Iterator[CellNote]:
        """Yield the notes of a part with their cells."""

    def table(self, part: str) -> TableArea | None:
        """Return where a table lies, None if the part does not say."""


def read_workbook(file: IO[bytes]) -> ParsedDocument:
    """Read a workbook; raises `UnreadableDocumentError`."""
    package = Package(file)
    return Workbook(package, XmlParts(package)).document()


class XmlParts(Parts):
    """Reads the parts of a package as XML."""

    def __init__(self, package: Package) -> None:
        root = package.tree(package.main)
        if root is None or not str(root.tag).endswith("}workbook"):
            raise unreadable("corrupt_document")
        self._package = package
        links = package.links_by_id(package.main)
        self.tabs = [_tab(each, links) for each in root.iterfind("{*}sheets/{*}sheet")]
        self.titles = _title_rows(root, [tab.name for tab in self.tabs])
        self._values = Values(
            texts=shared_strings(package, part_of(links, "sharedStrings")),
            styles=read_styles(package.tree(part_of(links, "styles"))),
            from_1904=any(is_on(e.get("date1904")) for e in root.iterchildren("{*}workbookPr")),
            is_recalculated=any(is_on(e.get("fullCalcOnLoad")) for e in root.iter("{*}calcPr")),
        )

    def sheet(self, part: str) -> Sheet:
        """Return a sheet without its notes."""
        return SheetReader(self._values).read(self._package, part)

    def noted(self, part: str) -> Iterator[CellNote]:
        """Yield the notes of a part with their cells."""
        return noted(self._package.tree(part))

    def table(self, part: str) -> TableArea | None:
        """Return where a table lies."""
        root = self._package.tree(part)
        area = None if root is None else range_of(root.get("ref", ""))
        if root is None or area is None:
            return None
        return TableArea(
            area=area,
            headers=number_of(root.get("headerRowCount"), 1),
            totals=number_of(root.get("totalsRowCount")),
            is_filtered=next(root.iter("{*}filterColumn"), None) is not None,
        )


def _tab(element: etree._Element, links: Mapping[str, Link]) -> Tab:
    is_hidden = element.get("state", "visible") != "visible"
    link = links.get(relationship_id(element))
    return Tab(visible_text(element.get("name", "")), link, is_hidden=is_hidden)


class Workbook:
    """The parts that sheets share, and what was left out so far."""

    def __init__(self, package: Package, parts: Parts) -> None:
        self._package = package
        self._parts = parts
        self._tabs = parts.tabs[:_SHEETS]
        self._people = people(package)
        self._unread = Unread()
        self._drawings = Drawings(package, self._unread)
        self._links = Links()

    def document(self) -> ParsedDocument:
        """Read all visible sheets."""
        blocks: list[Block] = []
        for tab in self._tabs:
            if tab.is_hidden:
                self._unread.add("hidden sheet", "hidden sheets", "left out")
            elif tab.kind in ("worksheet", "chartsheet"):
                blocks += self._blocks(tab)
            else:
                self._unread.add("macro or dialog sheet", "macro or dialog sheets")
        self._attach()
        return ParsedDocument(
            title=self._title(),
            blocks=blocks,
            images=self._drawings.gallery.images,
            warnings=[*self._drawings.gallery.warnings(), *self._unread.warnings()],
            attachments=self._unread.attachments,
        )

    def _blocks(self, tab: Tab) -> Iterator[Block]:
        """Yield a sheet's heading and blocks; one without content has none."""
        blocks = list(self._content(tab))
        if blocks:
            yield Heading(text=tab.name, level=1)
            yield from blocks

    def _content(self, tab: Tab) -> Iterator[Block]:
        sheet = self._parts.sheet(tab.part)
        links = self._package.links_by_id(tab.part)
        self._count(sheet)
        self._link(sheet, links)
        notes = notes_of(self._package, list(links.values()), self._people, self._parts.noted)
        marks = self._marks(sheet, links, self._parts.titles.get(tab.name, 0))
        grid = placed(sheet, notes, marks, self._unread)
        first = min((row for row, _ in sheet.cells), default=0)
        drawn = sorted(self._drawn(links.get(sheet.drawing)), key=itemgetter(0))
        yield from (block for row, block in drawn if row < first)
        yield from blocks_of(grid.grid)
        yield from grid.notes
        yield from (block for row, block in drawn if row >= first)
        yield from _running_heads(sheet)

    def _drawn(self, link: Link | None) -> Sequence[tuple[int, Block]]:
        if link is None or link.external:
            return []
        shown = frozenset(tab.name for tab in self._tabs if not tab.is_hidden)
        return list(self._drawings.blocks_of(link.target, shown))

    def _count(self, sheet: Sheet) -> None:
        unread = self._unread
        told = "shown as formulas: the file holds no values for them"
        unread.add("formula", "formulas", told, sheet.without_value)
        why = "left out: a number format hides them"
        unread.add("value", "values", why, sheet.invisible)
        unread.add("input prompt of cells", "input prompts of cells", count=sheet.prompts)
        unread.add("picture in a cell", "pictures in cells", count=sheet.pictures)

    def _link(self, sheet: Sheet, links: Mapping[str, Link]) -> None:
        """Write the targets of links after the texts of their cells."""
        for area, key, location in sheet.links:
            link = links.get(key)
            target = "" if link is None else link.target + (f"#{location}" if location else "")
            cell = sheet.cells.get((area.top, area.left))
            if cell is not None and not cell.link:
                cell.link = target
        linked = [place for place, cell in sheet.cells.items() if cell.link]
        for place in sorted(linked):
            cell = sheet.cells[place]
            if not sheet.hides_row(place[0]):
                cell.text = self._links.shown(cell.text, visible_text(cell.link))

    def _marks(self, sheet: Sheet, links: Mapping[str, Link], title_rows: int) -> Marks:
        headers: list[Range] = []
        totals: list[Range] = []
        for key in sheet.tables:
            link = links.get(key)
            table = self._parts.table(link.target) if link is not None else None
            if table is not None:
                headers += _rows_of(table.area, 0, table.headers)
                height = table.area.bottom - table.area.top + 1
                totals += _rows_of(table.area, height - table.totals, table.totals)
                sheet.is_filtered |= table.is_filtered
        return Marks(headers=headers, totals=totals, rows=max(title_rows, sheet.frozen_rows))

    def _attach(self) -> None:
        """Keep embedded files; count macros."""
        for name in self._package.names():
            folder, filename = posixpath.split(name)
            if folder == "xl/embeddings":
                self._unread.embed(filename, self._package.read(name) or b"")
            elif filename == "vbaproject.bin":
                self._unread.add("macro project", "macro projects", "left out")

    def _title(self) -> str:
        part = next(
            (link.target for link in self._package.links("") if link.kind == "core-properties"), ""
        )
        root = self._package.tree(part)
        return "" if root is None else visible_text(root.findtext("{*}title") or "")


def part_of(links: Mapping[str, Link], kind: str) -> str:
    """Return the target of the first relationship of a kind, empty without one."""
    return next((link.target for link in links.values() if link.kind == kind), "")


def _rows_of(area: Range, first: int, count: int) -> list[Range]:
    """Return rows of a table's rectangle, from one on, at most ten."""
    top = area.top + first
    bottom = min(top + min(count, _MOST_SPECIAL_ROWS) - 1, area.bottom)
    return [Range(top, area.left, bottom, area.right)] if count and top <= bottom else []


_ROWS = re.compile(r"(?:'((?:[^']|'')+)'|([^'!,]+))!\$1:\$(\d{1,3})\Z")


def _title_rows(root: etree._Element, names: Sequence[str]) -> Mapping[str, int]:
    """Return how many rows are printed on top of each page, by the name of the sheet."""
    rows: dict[str, int] = {}
    for each in root.iterfind("{*}definedNames/{*}definedName"):
        if each.get("name") == "_xlnm.Print_Titles":
            for part in (each.text or "").split(",$")[0].split(","):
                found = _ROWS.search(part)
                if found:
                    name = (found[1] or found[2]).replace("''", "'")
                    rows[name] = int(found[3])
    return {name: rows[name] for name in names if name in rows}


def _running_heads(sheet: Sheet) -> Iterator[Block]:
    """Yield each distinct header and footer that says something."""
    for text in dict.fromkeys(map(header_text, sheet.headers)):
        if text:
            yield Note(text=text, kind="header")
