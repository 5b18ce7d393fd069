"""A whole OpenDocument file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO

from lxml import etree

from ragtenancy.adapters.formats.limits import ScanLimits
from ragtenancy.adapters.formats.odf.flow import OBJECT, Flow
from ragtenancy.adapters.formats.odf.slides import Slides
from ragtenancy.adapters.formats.odf.spreadsheet import Spreadsheet
from ragtenancy.adapters.formats.odf.styles import (
    CHART,
    FORM,
    OFFICE,
    STYLE,
    TABLE,
    Styles,
)
from ragtenancy.adapters.formats.packages import ELEMENTS, Members, check_xml, open_container
from ragtenancy.adapters.formats.refusals import unreadable
from ragtenancy.adapters.formats.unread import Unread
from ragtenancy.domain.bold_headings import Emphases, with_bold_headings
from ragtenancy.domain.contents import with_contents_marked
from ragtenancy.domain.parsed import Block, Note, Paragraph, ParsedDocument
from ragtenancy.domain.visible_text import visible_text

_TITLE = "{http://purl.org/dc/elements/1.1/}title"
_MATH = "{http://www.w3.org/1998/Math/MathML}math"
_PARTS = ("content.xml", "styles.xml", "meta.xml")
_WORDS = re.compile(r"[^\W\d_]{2,}")


def read_document(file: IO[bytes]) -> ParsedDocument:
    """Read a text, a spreadsheet or a presentation that passed the scan."""
    file.seek(0)
    container = open_container(file, ScanLimits(elements=ELEMENTS))
    manifest = "meta-inf/manifest.xml"
    if manifest in container and b"encryption-data" in container.read(manifest):
        raise unreadable("encrypted")
    return _Document(container).parsed()


def read_flat_document(file: IO[bytes]) -> ParsedDocument:
    """Read a text, a spreadsheet or a presentation that is one XML file."""
    data = file.read()
    check_xml(data)
    return _Document(_FlatFile(data)).parsed()


class _FlatFile(Members):
    """One XML file: its own content, styles and metadata."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def __contains__(self, name: str) -> bool:
        return name in _PARTS

    def read(self, name: str) -> bytes:  # noqa: ARG002 - every part is the whole
        return self._data


class _Document:
    def __init__(self, container: Members) -> None:
        self._container = container
        content = self._tree("content.xml")
        if content is None:
            raise unreadable("corrupt_document")
        self._content = content
        self._others = self._tree("styles.xml")
        self._unread = Unread()
        roots = [content] if self._others is None else [self._others, content]
        self._flow = Flow(container, Styles(roots), self._unread)
        names = (f"{FORM}id", "{http://www.w3.org/XML/1998/namespace}id")
        self._flow.controls = {
            control.get(name, ""): control
            for forms in content.iter(f"{OFFICE}forms")
            for control in forms.iter()
            for name in names
            if control.get(name)
        }

    def parsed(self) -> ParsedDocument:
        body = self._content.find(f"{OFFICE}body")
        kinds = () if body is None else body
        emphases = Emphases()
        blocks: list[Block] = []
        pages: list[int | None] = []
        for kind in kinds:
            for page, block in self._blocks(kind):
                for each in self._resolved(block):
                    length = len(each.text) if isinstance(each, Paragraph) else 0
                    emphases.note(len(blocks), self._flow.emphasis(each), length)
                    blocks.append(each)
                    pages.append(page)
        if not any(pages):
            blocks = with_contents_marked(with_bold_headings(blocks, emphases))
            self._unread.add_contents(blocks)
        heads = list(self._running_heads())
        flow = self._flow
        return ParsedDocument(
            title=self._title(),
            blocks=[*blocks, *heads],
            pages=[*pages, *[None] * len(heads)] if any(pages) else (),
            images=flow.gallery.images,
            warnings=[*flow.gallery.warnings(), *self._unread.warnings()],
            attachments=self._unread.attachments,
        )

    def _blocks(self, kind: etree._Element) -> Iterator[tuple[int | None, Block]]:
        if kind.tag == f"{OFFICE}presentation":
            yield from Slides(self._flow).blocks(kind)
        elif kind.tag == f"{OFFICE}spreadsheet":
            yield from ((None, block) for block in Spreadsheet(self._flow).blocks(kind))
        else:
            yield from ((None, block) for block in self._flow.blocks(kind))

    def _resolved(self, block: Block) -> Iterator[Block]:
        """Yield what an embedded object shows, other blocks unchanged."""
        if not (isinstance(block, Note) and block.kind == OBJECT):
            yield block
            return
        root = self._tree(f"{block.text}/content.xml") if block.text else None
        if root is not None and root.find(f".//{TABLE}table") is not None:
            for line in root.iter("{*}title", "{*}subtitle"):
                yield from self._flow.blocks(line)
            if not self._shows_sheets(root):
                yield from self._flow.table(next(root.iter(f"{TABLE}table")))
        elif root is not None and (root.tag == _MATH or root.find(f".//{_MATH}") is not None):
            self._unread.add("equation", "equations")
        else:
            self._attach(block.text)

    def _shows_sheets(self, chart: etree._Element) -> bool:
        """Return whether a chart's values are cells of the sheets that are read."""
        series = chart.iter(f"{CHART}series")
        ranges = [each.get(f"{CHART}values-cell-range-address", "") for each in series]
        is_sheet = self._content.find(f".//{OFFICE}spreadsheet") is not None
        return is_sheet and bool(ranges) and not any("local-table" in each for each in ranges)

    def _attach(self, name: str) -> None:
        if name in self._container:
            self._unread.embed(name.rpartition("/")[2], self._container.read(name))
        else:
            self._unread.add("embedded object", "embedded objects")

    def _running_heads(self) -> Iterator[Block]:
        """Yield each distinct header and footer that says something."""
        kinds = ("header", "footer", "header-left", "footer-left", "header-first", "footer-first")
        tags = [f"{STYLE}{kind}" for kind in kinds]
        seen = set()
        for element in self._others.iter(*tags) if self._others is not None else ():
            paragraphs = element.iter("{*}p", "{*}h")
            text = "\n".join(filter(None, map(self._flow.text, paragraphs)))
            is_sheet = self._content.find(f".//{OFFICE}spreadsheet") is not None
            if _WORDS.search(text) and text not in seen and not (is_sheet and "???" in text):
                seen.add(text)
                yield Note(text=text, kind=str(element.tag).rpartition("}")[2].partition("-")[0])

    def _title(self) -> str:
        meta = self._tree("meta.xml")
        title = None if meta is None else next(meta.iter(_TITLE), None)
        return "" if title is None else visible_text(title.text or "")

    def _tree(self, name: str) -> etree._Element | None:
        if name not in self._container:
            return None
        parser = etree.XMLParser(
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        try:
            return etree.fromstring(self._container.read(name), parser)
        except etree.XMLSyntaxError as error:
            raise unreadable("corrupt_document") from error
