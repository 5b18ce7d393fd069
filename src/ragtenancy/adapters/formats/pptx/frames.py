"""Text frames, tables and diagrams into blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lxml import etree
from pptx.oxml.ns import qn
from pptx.shapes.graphfrm import GraphicFrame
from pptx.table import Table as PptxTable
from pptx.text.text import TextFrame

from ragtenancy.domain.parsed import Block, ListItem, Paragraph, Table
from ragtenancy.domain.visible_text import visible_text

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
    """Return what stands before a paragraph; it counts numbered ones by their depth."""
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


def table_block(table: PptxTable) -> Table:
    """Return a table; a merged cell's text stands in its first place."""
    rows = [[_cell(cell) for cell in row.tc_lst] for row in table._tbl.tr_lst]
    return Table(rows=rows, header_rows=1 if table.first_row and len(rows) > 1 else 0)


def _cell(cell: etree._Element) -> str:
    body = cell.find(qn("a:txBody"))
    merged = cell.get("hMerge") in _TRUE or cell.get("vMerge") in _TRUE
    return "" if merged or body is None else _text(body)


def diagram_blocks(shape: GraphicFrame) -> Iterator[Block]:
    """Yield the texts of a diagram (SmartArt) as list items."""
    reference = shape._element.find(f".//{qn('dgm:relIds')}")
    place = reference.get(qn("r:dm")) if reference is not None else None
    relationship = shape.part.rels.get(place or "")
    if relationship is None or relationship.is_external or relationship.reltype != _DIAGRAM:
        return
    root = etree.fromstring(relationship.target_part.blob, _PARSER)
    for text in _points(root):
        yield ListItem(text=text, marker=_BULLET)


def _points(root: etree._Element) -> Sequence[str]:
    return [text for point in root.iter(qn("dgm:pt")) if (text := _text(point))]


def _text(element: etree._Element) -> str:
    """Return the paragraphs of an element, a line each."""
    lines = ("".join(_runs(paragraph)) for paragraph in element.iter(qn("a:p")))
    return visible_text("\n".join(line for line in lines if line.strip()))


def _runs(paragraph: etree._Element) -> Iterator[str]:
    for element in paragraph.iter(qn("a:t"), qn("a:br")):
        yield "\n" if element.tag == qn("a:br") else element.text or ""
