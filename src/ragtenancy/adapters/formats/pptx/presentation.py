"""A whole presentation: its slides' shapes as blocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import IO

from lxml import etree
from msgspec import structs
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.oxml.ns import qn
from pptx.package import Package
from pptx.presentation import Presentation
from pptx.shapes.autoshape import Shape
from pptx.shapes.base import BaseShape
from pptx.shapes.graphfrm import GraphicFrame
from pptx.shapes.group import GroupShape
from pptx.shapes.picture import Picture as PictureShape
from pptx.slide import NotesSlide, Slide
from pptx.table import Table as PptxTable

from ragtenancy.adapters.formats.marks import Links
from ragtenancy.adapters.formats.pptx.alternatives import without_alternatives
from ragtenancy.adapters.formats.pptx.comments import comment_authors, comments_on
from ragtenancy.adapters.formats.pptx.placement import edges, in_order
from ragtenancy.adapters.formats.pptx.text import BULLET, Texts
from ragtenancy.adapters.formats.pptx.visibility import without_hidden_text
from ragtenancy.adapters.formats.strict import transitional_package
from ragtenancy.adapters.formats.unread import Unread
from ragtenancy.domain.grids import Cell, Grid, blocks_of
from ragtenancy.domain.parsed import (
    Block,
    Heading,
    Image,
    ListItem,
    Note,
    Paragraph,
    ParsedDocument,
    Picture,
    Table,
)
from ragtenancy.domain.visible_text import visible_text

_MAX_CATEGORIES = 1_000
_MAX_SERIES = 50
_CATEGORIES = (qn("c:cat"), qn("c:xVal"))
_VALUES = (qn("c:val"), qn("c:yVal"))


def chart_blocks(chart: etree._Element) -> Iterator[Block]:
    """Yield a `c:chartSpace`'s titles and its table: a row per category, a column per series."""
    for title in chart.iter(qn("c:title")):
        text = visible_text("".join(run.text or "" for run in title.iter(qn("a:t"))))
        if text:
            yield Paragraph(text=text)
    series = list(chart.iter(qn("c:ser")))[:_MAX_SERIES]
    categories = next(filter(None, (_points(one, _CATEGORIES) for one in series)), {})
    columns = [_points(one, _VALUES) for one in series]
    rows = [_row(index, categories, columns) for index in _indexes(categories, columns)]
    if rows:
        yield Table(rows=[["", *map(_name, series)], *rows], header_rows=1)


def _points(series: etree._Element, tags: Sequence[str]) -> Mapping[int, str]:
    """Return the cached values below one of a series' elements by their index."""
    holder = next(series.iterchildren(*tags), None)
    if holder is None:
        return {}
    points = (point for point in holder.iter(qn("c:pt")) if point.get("idx", "").isdecimal())
    return {int(point.get("idx", "0")): _value(point) for point in points}


def _indexes(categories: Mapping[int, str], columns: Sequence[Mapping[int, str]]) -> Sequence[int]:
    indexes = set(categories).union(*columns) if columns else set(categories)
    return sorted(indexes)[:_MAX_CATEGORIES]


def _row(
    index: int, categories: Mapping[int, str], columns: Sequence[Mapping[int, str]]
) -> list[str]:
    return [categories.get(index, ""), *(column.get(index, "") for column in columns)]


def _name(series: etree._Element) -> str:
    holder = series.find(qn("c:tx"))
    return _value(holder) if holder is not None else ""


def _value(element: etree._Element) -> str:
    value = next(element.iter(qn("c:v")), None)
    return visible_text(value.text or "") if value is not None else ""


_IMAGES = 200
_IMAGE_BYTES = 25 << 20
_RASTER = frozenset(("image/png", "image/jpeg", "image/gif", "image/bmp", "image/webp"))
_EMBED = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}embed"


class Gallery:
    """Collects pictures in order."""

    def __init__(self) -> None:
        self.images: list[Image] = []
        self.skipped = 0
        self._indexes: dict[bytes, int] = {}

    def picture(self, shape: PictureShape) -> Picture:
        """Return the block for a picture with its alternative text."""
        image = _image(shape)
        description = visible_text(shape._element._nvXxPr.cNvPr.get("descr", ""))
        if image is None:
            self.skipped += 1
            return Picture(index=-1, alternative_text=description)
        return Picture(index=self._index(image), alternative_text=description)

    def _index(self, image: Image) -> int:
        digest = sha256(image.data).digest()
        if digest not in self._indexes and len(self.images) >= _IMAGES:
            self.skipped += 1
            return -1
        if digest not in self._indexes:
            self._indexes[digest] = len(self.images)
            self.images.append(image)
        return self._indexes[digest]


def _image(shape: PictureShape) -> Image | None:
    """Return a raster picture embedded in the file."""
    blip = next(shape._element.iter("{*}blip"), None)
    relationship = shape.part.rels.get(blip.get(_EMBED) or "") if blip is not None else None
    if relationship is None or relationship.is_external:
        return None
    part = relationship.target_part
    if part.content_type not in _RASTER or len(part.blob) > _IMAGE_BYTES:
        return None
    return Image(media_type=part.content_type, data=part.blob)


_DIAGRAM_NAMES = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_DIAGRAM_PARTS, _DIAGRAM_POINT = f"{_DIAGRAM_NAMES}relIds", f"{_DIAGRAM_NAMES}pt"
_DIAGRAM = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/diagramData"
_TRUE, _FALSE = ("1", "true"), ("0", "false")
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def table_blocks(table: PptxTable, texts: Texts) -> list[Block]:
    """Return a table's blocks; the first row is special by default, the first column by choice."""
    cells = [
        _cell(cell, y, x, texts, is_special=table.first_col and x == 0)
        for y, row in enumerate(table._tbl.tr_lst)
        for x, cell in enumerate(row.tc_lst)
        if not (cell.get("hMerge") in _TRUE or cell.get("vMerge") in _TRUE)
    ]
    return blocks_of(Grid(cells=cells, is_table=True))


def _cell(cell: etree._Element, y: int, x: int, texts: Texts, *, is_special: bool) -> Cell:
    body = cell.find(qn("a:txBody"))
    fill = cell.find(f"{qn('a:tcPr')}/{qn('a:solidFill')}")
    return Cell(
        row=y,
        column=x,
        text="" if body is None else texts.lines(body),
        down=_span(cell, "rowSpan"),
        across=_span(cell, "gridSpan"),
        is_bold=is_special or (body is not None and _is_bold(body)),
        is_shaded=fill is not None,
    )


def _span(cell: etree._Element, name: str) -> int:
    span = cell.get(name, "1")
    return max(int(span), 1) if span.isdecimal() and len(span) < 5 else 1


def _is_bold(body: etree._Element) -> bool:
    """Return whether every run of a cell is bold by itself."""
    runs = [run for run in body.iter(qn("a:r")) if run.findtext(qn("a:t"))]
    properties = [run.find(qn("a:rPr")) for run in runs]
    return bool(runs) and all(p is not None and p.get("b") in _TRUE for p in properties)


def diagram_blocks(shape: GraphicFrame, texts: Texts) -> Iterator[Block]:
    """Yield the texts of a diagram (SmartArt) as list items."""
    reference = next(shape._element.iter(_DIAGRAM_PARTS), None)
    place = reference.get(qn("r:dm")) if reference is not None else None
    relationship = shape.part.rels.get(place or "")
    if relationship is None or relationship.is_external or relationship.reltype != _DIAGRAM:
        return
    root = etree.fromstring(relationship.target_part.blob, _PARSER)
    for point in root.iter(_DIAGRAM_POINT):
        if text := texts.lines(point):
            yield ListItem(text=text, marker=BULLET)


_REPEATED = (PP_PLACEHOLDER.SLIDE_NUMBER, PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.FOOTER)
_LISTS = (PP_PLACEHOLDER.BODY, PP_PLACEHOLDER.OBJECT)
_MEDIA = tuple(map(qn, ("a:videoFile", "a:audioFile", "a:quickTimeFile", "a:wavAudioFile")))
_HIDDEN = "hidden"


class Shapes:
    """Reads the shapes of one slide into blocks; counts what it cannot read."""

    def __init__(self, gallery: Gallery, texts: Texts, unread: Unread) -> None:
        self._gallery = gallery
        self._texts = texts
        self._unread = unread

    def blocks_of(self, slide: Slide) -> list[Block]:
        """Return the blocks of a slide except its title, which is identified by its placeholder."""
        title = slide.shapes.title
        own = None if title is None else title.shape_id
        return self._read(shape for shape in slide.shapes if shape.shape_id != own)

    def _read(self, shapes: Iterable[BaseShape]) -> list[Block]:
        """Return the blocks of shapes in the order in which people read them."""
        read = [(edges(shape), blocks) for shape in shapes if (blocks := self._shape(shape))]
        return [block for blocks in in_order(read) for block in blocks]

    def _shape(self, shape: BaseShape) -> list[Block]:
        properties = shape._element._nvXxPr.cNvPr
        if properties.get(_HIDDEN) in _TRUE:
            self._unread.add("hidden shape", "hidden shapes", "left out")
            return []
        if isinstance(shape, GroupShape):
            return self._read(shape.shapes)
        blocks = [] if _is_repeated(shape) else list(self._blocks(shape))
        link = properties.find(qn("a:hlinkClick"))
        return blocks if link is None else self._linked(blocks, link.get(qn("r:id"), ""))

    def _linked(self, blocks: list[Block], relationship_id: str) -> list[Block]:
        """Return the blocks of a shape that is a link, with its target after the last text."""
        last = blocks[-1] if blocks else None
        if isinstance(last, Paragraph | ListItem):
            text = self._texts.linked(last.text, relationship_id)
            return [*blocks[:-1], structs.replace(last, text=text)]
        if isinstance(last, Picture):
            text = self._texts.linked(last.alternative_text, relationship_id).strip()
            return [*blocks[:-1], structs.replace(last, alternative_text=text)]
        return blocks

    def _blocks(self, shape: BaseShape) -> Iterator[Block]:
        if isinstance(shape, PictureShape):
            if next(shape._element.iter(*_MEDIA), None) is not None:
                self._unread.add("audio or video clip", "audio or video clips")
            yield self._gallery.picture(shape)
        elif isinstance(shape, GraphicFrame):
            yield from self._graphic(shape)
        elif isinstance(shape, Shape):
            body = shape._element.find(qn("p:txBody"))
            if body is not None:
                yield from self._texts.blocks(body, is_list=_kind(shape) in _LISTS)

    def _graphic(self, shape: GraphicFrame) -> Iterator[Block]:
        if shape.has_table:
            yield from table_blocks(shape.table, self._texts)
        elif shape.has_chart:
            yield from chart_blocks(shape.chart._chartSpace)
        elif next(shape._element.iter(_DIAGRAM_PARTS), None) is not None:
            yield from diagram_blocks(shape, self._texts)
        else:
            self._embedded(shape)

    def _embedded(self, shape: GraphicFrame) -> None:
        """Keep an embedded file."""
        holder = next(shape._element.iter(qn("p:oleObj")), None)
        place = "" if holder is None else holder.get(qn("r:id"), "")
        relationship = shape.part.rels.get(place)
        if relationship is None or relationship.is_external:
            self._unread.add("embedded object", "embedded objects")
            return
        part = relationship.target_part
        self._unread.embed(part.partname.filename, part.blob)


def _kind(shape: BaseShape) -> PP_PLACEHOLDER | None:
    return shape.placeholder_format.type if shape.is_placeholder else None


def _is_repeated(shape: BaseShape) -> bool:
    return _kind(shape) in _REPEATED


def read_presentation(file: IO[bytes]) -> ParsedDocument:
    """Read a presentation that passed the scan."""
    main = Package.open(transitional_package(file)).main_document_part
    reading = Reading(authors=comment_authors(main))
    for number, slide in enumerate(main.presentation.slides, 1):
        reading.slide(number, slide)
    return ParsedDocument(
        title=_title(main.presentation, reading.blocks),
        blocks=reading.blocks,
        pages=reading.pages,
        images=reading.gallery.images,
        attachments=reading.unread.attachments,
        warnings=list(reading.warnings()),
    )


class Reading:
    """The blocks of a presentation so far, with the numbers of their slides."""

    def __init__(self, authors: Mapping[str, str]) -> None:
        self.blocks: list[Block] = []
        self.pages: list[int] = []
        self.gallery = Gallery()
        self.unread = Unread()
        self._authors = authors
        self._links = Links()

    def slide(self, number: int, slide: Slide) -> None:
        """Read a slide unless it is hidden."""
        if slide._element.get("show") in _FALSE:
            self.unread.add("hidden slide", "hidden slides", "left out")
            return
        newer = without_alternatives(slide._element)
        self.unread.add("chart of a newer kind", "charts of a newer kind", count=newer)
        one, many = "passage in white or tiny type", "passages in white or tiny type"
        self.unread.add(one, many, "left out as hidden", without_hidden_text(slide))
        read = list(self._blocks(slide))
        self.blocks += read
        self.pages += [number] * len(read)

    def _blocks(self, slide: Slide) -> Iterator[Block]:
        texts = Texts(self._links, slide.part.rels)
        title = _title_of(slide, texts)
        if title:
            yield Heading(text=title, level=1)
        yield from Shapes(self.gallery, texts, self.unread).blocks_of(slide)
        if slide.has_notes_slide:
            yield from self._notes(slide.notes_slide)
        yield from comments_on(slide.part, self._authors)

    def _notes(self, notes: NotesSlide) -> Iterator[Note]:
        without_alternatives(notes._element)
        shape = notes.notes_placeholder
        body = None if shape is None else shape._element.find(qn("p:txBody"))
        text = "" if body is None else Texts(self._links, notes.part.rels).lines(body)
        if text:
            yield Note(text=text, kind="notes")

    def warnings(self) -> Iterator[str]:
        """Yield what was left out."""
        if self.gallery.skipped:
            yield f"Pictures not kept: {self.gallery.skipped}."
        yield from self.unread.warnings()


def _title_of(slide: Slide, texts: Texts) -> str:
    """Return a slide's title on one line."""
    shape = slide.shapes.title
    body = None if shape is None else shape._element.find(qn("p:txBody"))
    return "" if body is None else " ".join(texts.lines(body).split())


def _title(presentation: Presentation, blocks: list[Block]) -> str:
    """Return the first slide's title, else the one among the properties."""
    first = next((block.text for block in blocks[:1] if isinstance(block, Heading)), "")
    return first or visible_text(presentation.core_properties.title)
