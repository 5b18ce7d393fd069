"""What charts and SmartArt say: their data live in parts of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lxml import etree

from ragtenancy.adapters.formats.docx.wordml import CHART, DIAGRAM, DRAWING
from ragtenancy.domain.parsed import Block, Paragraph, Table
from ragtenancy.domain.visible_text import visible_text

_MOST_POINTS = 100
_NOT_CONTENT = ("pres", "parTrans", "sibTrans")
_LINE = f"{{{DRAWING}}}p"
_TEXT = f"{{{DRAWING}}}t"


def graphic_blocks(root: etree._Element) -> Sequence[Block]:
    """Return a chart as its titles and a table of its data, SmartArt as its lines."""
    if root.tag == f"{{{DIAGRAM}}}dataModel":
        return _paragraph(_diagram_lines(root))
    if root.tag == f"{{{CHART}}}chartSpace":
        titles = (line for title in root.iter(_c("title")) for line in _lines(title))
        return [*_paragraph(titles), *_data(root)]
    return []


def _c(name: str) -> str:
    return f"{{{CHART}}}{name}"


def _paragraph(lines: Iterator[str]) -> Sequence[Block]:
    text = visible_text("\n".join(lines))
    return [Paragraph(text=text)] if text else []


def _diagram_lines(root: etree._Element) -> Iterator[str]:
    for point in root.iter(f"{{{DIAGRAM}}}pt"):
        if point.get("type") not in _NOT_CONTENT:
            yield from _lines(point)


def _lines(element: etree._Element) -> Iterator[str]:
    """Yield each paragraph of text that is not empty."""
    for line in element.iter(_LINE):
        text = "".join(part.text or "" for part in line.iter(_TEXT)).strip()
        if text:
            yield text


def _data(root: etree._Element) -> Sequence[Block]:
    """Return a table of categories by series."""
    series = list(root.iter(_c("ser")))
    names = ["".join(_points(each, "tx").values()) for each in series]
    categories: dict[int, str] = {}
    for each in series:
        categories = _points(each, "cat") | _points(each, "xVal") | categories
    values = [_points(each, "val") | _points(each, "yVal") for each in series]
    places = sorted(categories.keys() | {place for each in values for place in each})
    rows = [
        [categories.get(place, ""), *(each.get(place, "") for each in values)]
        for place in places[:_MOST_POINTS]
    ]
    return [Table(rows=[["", *names], *rows], header_rows=1)] if rows else []


def _points(series: etree._Element, kind: str) -> dict[int, str]:
    """Return what Word kept of a series' cells by their place."""
    found: dict[int, str] = {}
    for holder in series.iterchildren(_c(kind)):
        for point in holder.iter(_c("pt")):
            place, text = point.get("idx", ""), point.findtext(_c("v"))
            if place.isdecimal() and text:
                found.setdefault(int(place[:9]), visible_text(_rounded(text)))
    return found


def _rounded(text: str) -> str:
    """Return a number as Word shows it: the file says 4.4000000000000004 for 4.4."""
    try:
        return f"{float(text):.12g}" if "." in text else text
    except ValueError:
        return text
