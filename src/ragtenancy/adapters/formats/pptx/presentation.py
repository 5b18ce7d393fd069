"""A whole presentation: its slides' shapes as blocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import IO

from lxml import etree
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.oxml.ns import qn
from pptx.package import Package
from pptx.presentation import Presentation
from pptx.shapes.autoshape import Shape
from pptx.shapes.base import BaseShape
from pptx.shapes.graphfrm import GraphicFrame
from pptx.shapes.group import GroupShape
from pptx.shapes.picture import Picture as PictureShape
from pptx.slide import Slide
from pptx.table import Table as PptxTable
from pptx.text.text import TextFrame

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


_BULLET = "•"
_DIAGRAM = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/diagramData"
_TRUE = ("1", "true")
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def frame_blocks(frame: TextFrame, *, is_list: bool) -> Iterator[Block]:
    """Yield the paragraphs of a text frame; those of an outline are list items."""
    numbers: dict[int, int] = {}
    for paragraph in frame.paragraphs:
        text = visible_text(paragraph.text.replace("\v", "\n"))
        if not text:
            continue
        depth = paragraph.level
        marker = _marker(paragraph._p, depth, numbers, is_list=is_list)
        yield ListItem(text=text, marker=marker, depth=depth) if marker else Paragraph(text=text)


def _marker(
    paragraph: etree._Element, depth: int, numbers: dict[int, int], *, is_list: bool
) -> str:
    """Return a paragraph's marker, counting numbered ones by depth."""
    numbers.update(dict.fromkeys((deeper for deeper in numbers if deeper > depth), 0))
    properties = paragraph.find(qn("a:pPr"))
    if properties is not None and properties.find(qn("a:buAutoNum")) is not None:
        numbers[depth] = numbers.get(depth, 0) + 1
        return f"{numbers[depth]}."
    numbers[depth] = 0
    if properties is not None and properties.find(qn("a:buChar")) is not None:
        return _BULLET
    bare = properties is not None and properties.find(qn("a:buNone")) is not None
    return _BULLET if is_list and not bare else ""


def table_blocks(table: PptxTable) -> list[Block]:
    """Return a table's blocks; the first row is special by default, the first column by choice."""
    cells = [
        _cell(cell, y, x, is_special=table.first_col and x == 0)
        for y, row in enumerate(table._tbl.tr_lst)
        for x, cell in enumerate(row.tc_lst)
        if not (cell.get("hMerge") in _TRUE or cell.get("vMerge") in _TRUE)
    ]
    return blocks_of(Grid(cells=cells, is_table=True))


def _cell(cell: etree._Element, y: int, x: int, *, is_special: bool) -> Cell:
    body = cell.find(qn("a:txBody"))
    fill = cell.find(f"{qn('a:tcPr')}/{qn('a:solidFill')}")
    return Cell(
        row=y,
        column=x,
        text="" if body is None else _text(body),
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


def diagram_blocks(shape: GraphicFrame) -> Iterator[Block]:
    """Yield the texts of a diagram (SmartArt) as list items."""
    reference = shape._element.find(f".//{qn('dgm:relIds')}")
    place = reference.get(qn("r:dm")) if reference is not None else None
    relationship = shape.part.rels.get(place or "")
    if relationship is None or relationship.is_external or relationship.reltype != _DIAGRAM:
        return
    root = etree.fromstring(relationship.target_part.blob, _PARSER)
    for text in _diagram_points(root):
        yield ListItem(text=text, marker=_BULLET)


def _diagram_points(root: etree._Element) -> Sequence[str]:
    return [text for point in root.iter(qn("dgm:pt")) if (text := _text(point))]


def _text(element: etree._Element) -> str:
    """Return the paragraphs of an element, one per line."""
    lines = ("".join(_runs(paragraph)) for paragraph in element.iter(qn("a:p")))
    return visible_text("\n".join(line for line in lines if line.strip()))


def _runs(paragraph: etree._Element) -> Iterator[str]:
    for element in paragraph.iter(qn("a:t"), qn("a:br")):
        yield "\n" if element.tag == qn("a:br") else element.text or ""


_REPEATED = (PP_PLACEHOLDER.SLIDE_NUMBER, PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.FOOTER)
_LISTS = (PP_PLACEHOLDER.BODY, PP_PLACEHOLDER.OBJECT)


def title_of(slide: Slide) -> str:
    """Return a slide's title on one line."""
    shape = slide.shapes.title
    return " ".join(visible_text(shape.text_frame.text).split()) if shape is not None else ""


class Shapes:
    """Reads shapes into blocks; counts what it cannot read."""

    def __init__(self, gallery: Gallery) -> None:
        self.gallery = gallery
        self.objects = 0

    def blocks_of(self, slide: Slide) -> Iterator[Block]:
        """Yield the blocks of a slide except its title, which is identified by its placeholder."""
        title = slide.shapes.title
        own = None if title is None else title.shape_id
        others = (shape for shape in slide.shapes if shape.shape_id != own)
        yield from self._read(others)

    def _read(self, shapes: Iterable[BaseShape]) -> Iterator[Block]:
        for shape in sorted(shapes, key=_place):
            if isinstance(shape, GroupShape):
                yield from self._read(shape.shapes)
            elif not _is_repeated(shape):
                yield from self._blocks(shape)

    def _blocks(self, shape: BaseShape) -> Iterator[Block]:
        if isinstance(shape, PictureShape):
            yield self.gallery.picture(shape)
        elif isinstance(shape, GraphicFrame):
            yield from self._graphic(shape)
        elif isinstance(shape, Shape):
            yield from frame_blocks(shape.text_frame, is_list=_kind(shape) in _LISTS)

    def _graphic(self, shape: GraphicFrame) -> Iterator[Block]:
        if shape.has_table:
            yield from table_blocks(shape.table)
        elif shape.has_chart:
            yield from chart_blocks(shape.chart._chartSpace)
        elif shape._element.find(f".//{qn('dgm:relIds')}") is not None:
            yield from diagram_blocks(shape)
        else:
            self.objects += 1


def _kind(shape: BaseShape) -> PP_PLACEHOLDER | None:
    return shape.placeholder_format.type if shape.is_placeholder else None


def _is_repeated(shape: BaseShape) -> bool:
    return _kind(shape) in _REPEATED


def _place(shape: BaseShape) -> tuple[int, int]:
    """Return a shape's top and left edges; a connector or unknown shape may have none."""
    return (shape.top or 0, shape.left or 0)


def read_presentation(file: IO[bytes]) -> ParsedDocument:
    """Read a presentation that passed the scan."""
    presentation = Package.open(file).main_document_part.presentation
    shapes = Shapes(Gallery())
    pages: list[int] = []
    blocks: list[Block] = []
    for number, slide in enumerate(presentation.slides, 1):
        read = list(_blocks(slide, shapes))
        blocks += read
        pages += [number] * len(read)
    return ParsedDocument(
        title=_title(presentation, blocks),
        blocks=blocks,
        pages=pages,
        images=shapes.gallery.images,
        warnings=list(_warnings(shapes)),
    )


def _blocks(slide: Slide, shapes: Shapes) -> Iterator[Block]:
    title = title_of(slide)
    if title:
        yield Heading(text=title, level=1)
    yield from shapes.blocks_of(slide)
    if slide.has_notes_slide:
        frame = slide.notes_slide.notes_text_frame
        text = visible_text(frame.text) if frame is not None else ""
        if text:
            yield Note(text=text, kind="notes")


def _title(presentation: Presentation, blocks: list[Block]) -> str:
    """Return the first slide's title, else the one among the properties."""
    first = next((block.text for block in blocks[:1] if isinstance(block, Heading)), "")
    return first or visible_text(presentation.core_properties.title)


def _warnings(shapes: Shapes) -> Iterator[str]:
    if shapes.gallery.skipped:
        yield f"Pictures not kept: {shapes.gallery.skipped}."
    if shapes.objects:
        yield f"{shapes.objects} embedded objects were not read."
